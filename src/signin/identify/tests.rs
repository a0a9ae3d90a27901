//! Tests of the rules that a provider's answer must meet, one by one.

mod claims;
mod shape;

use super::{IssParameter, issuer_agrees};
use crate::base::ids::Issuer;

// C8
#[test]
fn the_iss_of_an_answer_must_equal_the_issuer_exactly() {
    let asked = Issuer::from("https://sso.example.edu");
    for promised in [IssParameter::Required, IssParameter::Optional] {
        assert_eq!(issuer_agrees(&asked, promised, Some("https://sso.example.edu")), Ok(()));
        for other in [
            "https://sso.example.edu/",
            "https://SSO.example.edu",
            "https://sso.example.edu:443",
            "http://sso.example.edu",
            "https://another.example",
            " https://sso.example.edu",
            "",
        ] {
            let broken = issuer_agrees(&asked, promised, Some(other)).unwrap_err();
            assert_eq!((broken.rule, broken.expected.as_str()), ("C8", asked.as_str()), "{other}");
            assert_eq!(broken.got, other);
        }
    }
}

// C8
#[test]
fn a_missing_iss_is_refused_only_if_the_metadata_promises_it() {
    let asked = Issuer::from("https://sso.example.edu");
    assert_eq!(issuer_agrees(&asked, IssParameter::Optional, None), Ok(()));
    assert_eq!(issuer_agrees(&asked, IssParameter::Required, None).unwrap_err().rule, "C8");
}

// C56
#[test]
fn text_of_a_provider_is_cut_and_stays_on_one_line() {
    let broken = super::RuleViolation::new("C12", "x", "y", format!("a\r\nb\u{1b}[31m{}", "z".repeat(1000)));
    assert!(broken.got.starts_with("ab[31mzzz") && broken.got.chars().count() == 200);
    assert_eq!(
        super::RuleViolation::new("C12", "`aud`", "us", "them").to_string(),
        "C12: `aud`: expected us, got them"
    );
}
