//! Tests of the rules that a provider's answer must meet, one by one.

mod claims;
mod shape;

use super::{IssParameter, Issuers, issuer_agrees};
use crate::base::ids::Issuer;
use crate::base::redaction::Redaction;

// C8
#[test]
fn the_iss_of_an_answer_must_equal_the_issuer_exactly() {
    let asked = Issuer::from("https://sso.example.edu");
    let issuers = Issuers { configured: &asked, aliases: &[] };
    for promised in [IssParameter::Required, IssParameter::Optional] {
        assert_eq!(issuer_agrees(issuers, promised, Some("https://sso.example.edu")), Ok(()));
        for other in [
            "https://sso.example.edu/",
            "https://SSO.example.edu",
            "https://sso.example.edu:443",
            "http://sso.example.edu",
            "https://another.example",
            " https://sso.example.edu",
            "",
        ] {
            let broken = issuer_agrees(issuers, promised, Some(other)).unwrap_err();
            assert_eq!((broken.rule, broken.expected.as_str()), ("C8", asked.as_str()), "{other}");
            assert_eq!(broken.got, other);
        }
    }
}

// C8
#[test]
fn a_missing_iss_is_refused_only_if_the_metadata_promises_it() {
    let asked = Issuer::from("https://sso.example.edu");
    let issuers = Issuers { configured: &asked, aliases: &[] };
    assert_eq!(issuer_agrees(issuers, IssParameter::Optional, None), Ok(()));
    assert_eq!(issuer_agrees(issuers, IssParameter::Required, None).unwrap_err().rule, "C8");
}

// C8
#[test]
fn an_alias_of_the_issuer_counts_as_the_issuer_and_only_as_that_exact_text() {
    let (configured, aliases) = (Issuer::from("https://appleid.apple.com"), ["https://account.apple.com".into()]);
    let issuers = Issuers { configured: &configured, aliases: &aliases };
    for iss in ["https://appleid.apple.com", "https://account.apple.com"] {
        assert_eq!(issuer_agrees(issuers, IssParameter::Required, Some(iss)), Ok(()));
    }
    for iss in ["https://account.apple.com/", "https://ACCOUNT.apple.com", "https://a.account.apple.com", "account"] {
        let broken = issuer_agrees(issuers, IssParameter::Optional, Some(iss)).unwrap_err();
        assert_eq!(broken.expected, "https://appleid.apple.com or https://account.apple.com", "{iss}");
    }
}

// C56
#[test]
fn text_of_a_provider_is_cut_and_stays_on_one_line() {
    let broken = super::RuleViolation::new("C12", "x", "y", format!("a\r\nb\u{1b}[31m{}", "z".repeat(1000)));
    let shown = broken.to_string();
    let got = shown.strip_prefix("C12: x: expected y, got ").unwrap();
    assert!(got.starts_with("ab[31mzzz") && got.chars().count() == 200, "{got}");
    let long = super::RuleViolation::new("C12", "x", "é".repeat(300), "z").to_string();
    assert_eq!(long, format!("C12: x: expected {}, got z", "é".repeat(200)));
    assert_eq!(
        super::RuleViolation::new("C12", "`aud`", "us", "them").to_string(),
        "C12: `aud`: expected us, got them"
    );
}

// C56
#[test]
fn no_piece_of_a_secret_stays_where_the_text_of_a_provider_is_cut() {
    let secret = "s3cr3t-t0ken-of-thirty-characters";
    for before in 150..=210 {
        let got = format!("{}{secret} after it", "é ".repeat(before / 2));
        let shown = super::RuleViolation::new("C12", "x", "y", got).without(&Redaction::of([secret])).to_string();
        assert!(!shown.contains("s3cr"), "{before}: {shown}");
    }
}
