//! Secrets in every spelling, and texts without one.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use url::form_urlencoded::byte_serialize;

use super::escape::Escape;
use super::{REDACTED_WHOLE, Redaction};

fn formed(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

/// Everything that we send of a secret, and what servers make of it.
fn spellings(secret: &str) -> Vec<String> {
    let form = formed(secret);
    let percent = secret.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat();
    let mut spellings = vec![secret.to_owned(), form.clone(), form.replace('+', "%20"), percent, formed(&form)];
    let html = [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&#39;")];
    let html = |text: &str| html.into_iter().fold(text.to_owned(), |text, (c, name)| text.replace(c, name));
    let (decimal, hexadecimal): (String, String) =
        secret.chars().map(|c| (format!("&#{};", u32::from(c)), format!("&#x{:X};", u32::from(c)))).unzip();
    let quoted = |text: &str| {
        let json = serde_json::to_string(text).unwrap();
        json[1..json.len() - 1].to_owned()
    };
    let utf16 = secret.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<Vec<_>>().concat();
    let bytes = secret.bytes().map(|byte| format!("\\x{byte:02x}")).collect::<Vec<_>>().concat();
    let directory = secret.bytes().map(|byte| format!("\\{byte:02x}")).collect::<Vec<_>>().concat();
    spellings.extend([directory, html(secret), html(&html(secret)), decimal, hexadecimal, utf16, bytes, html(&form)]);
    spellings.extend([quoted(secret).replace('&', "\\u0026"), secret.escape_debug().to_string()]);
    spellings.extend([quoted(secret), quoted(&quoted(secret)), html(&quoted(secret)), quoted(&html(secret))]);
    for pair in [format!("client:{form}"), format!("client:{secret}"), format!("\0ada\0{secret}")] {
        for base64 in [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD] {
            spellings.push(base64.encode(&pair));
        }
        spellings.push(formed(&STANDARD.encode(&pair)));
    }
    spellings
}

// C56
#[test]
fn a_secret_is_left_out_in_every_spelling_that_is_sent() {
    for secret in [
        "s3cr3t-of-the-client",
        "a+b c/d=e&f%41é~",
        "100%",
        "%41%",
        "日本語のパスワード",
        "x y",
        "ab&cd\"ef<gh12345678",
        "back\\slash\\n&amp;lt;",
        "🔑 of 'the' <client>",
    ] {
        let redaction = Redaction::of([secret, ""]);
        for spelling in spellings(secret) {
            let said = format!("bad client (\"{spelling}\"), try again");
            let quoted = redaction.quote(&said, 200);
            assert!(redaction.is_in(&said), "{spelling}");
            assert!(quoted.starts_with("bad client (\"[left out]") && quoted.ends_with("\"), try again"), "{quoted}");
            assert!(!quoted.contains(&spelling) && quoted.matches("[left out]").count() == 1, "{quoted}");
        }
    }
    // A short one is found too, and only by asking whether it is there.
    for spelling in spellings("ö") {
        assert!(Redaction::of(["ö"]).is_in(&format!("no: {spelling}")), "{spelling}");
    }
}

// C56
#[test]
fn what_stands_behind_a_secret_does_not_hide_it() {
    for (secret, said) in [
        ("&a0\\", "no: &amp;a0\\:"),
        ("a&b-of-ours\\", "no \"a&amp;b-of-ours\\\""),
        ("A \"of ours\\", r#"A \&quot;of ours\\""#),
        ("a\\b-of-ours%", "a\\\\b-of-ours%41"),
    ] {
        let redaction = Redaction::of([secret]);
        assert!(redaction.is_in(said), "{said}");
        assert!(redaction.quote(said, 200).contains("[left out]"), "{said}");
    }
}

// C56
#[test]
fn neither_unseen_characters_nor_a_cut_let_a_secret_through() {
    let redaction = Redaction::of(["s3cr3t-of-the-client", "c0de"]);
    let parted = "no s3cr3t\u{200b}-of-the\n-client of c0\u{202e}de";
    assert_eq!(redaction.quote(parted, 200), "no [left out] of [left out]");
    assert_eq!(redaction.quote("no s3cr3t-of-the-cl", 200), "no [left out]");
    assert_eq!(redaction.quote("no s3cr3t%2Dof%2Dthe%2Dcl", 200), "no [left out]");
    let header = STANDARD.encode("client:s3cr3t-of-the-client");
    assert_eq!(redaction.quote(&format!("no Basic {}", &header[..30]), 200), "no Basic [left out]");
    assert_eq!(redaction.quote("the client is s3cr3t", 200), "the client is s3cr3t");
    let long = format!("{}s3cr3t-of-the-client", "x".repeat(195));
    assert_eq!(redaction.quote(&long, 200), format!("{}[left", "x".repeat(195)));
}

// C56: servers fold names.
#[test]
fn a_secret_is_there_in_any_case() {
    let redaction = Redaction::of(["MyPassw0rd, \u{c4}h"]);
    for said in ["no mypassw0rd, \u{e4}h", "no MYPASSW0RD\\2c \u{c4}H", "no uid=mypassw0rd\\, \u{e4}h,dc=x"] {
        assert!(redaction.is_in(said), "{said}");
    }
    assert!(!redaction.is_in("no myword"));
    let code = Redaction::of(["c0de-0a1b2c3d"]);
    assert_eq!(code.quote("unknown code C0DE-0A1B2C3D", 200), REDACTED_WHOLE);
    assert_eq!(code.quote("unknown code c0de-0a1b2c3d", 200), "unknown code [left out]");
}

// C56
#[test]
fn of_a_long_text_only_the_beginning_is_searched_and_quoted() {
    let secrets: Vec<String> = (0..12).map(|at| format!("s3cr3t-{at}-of+the%2Fclient")).collect();
    let redaction = Redaction::of(secrets.iter().map(String::as_str));
    for unit in ["c2VjcmV0 ", "%2525", "&amp;\\5c%41", "AAAA"] {
        let long = unit.repeat((1 << 15) / unit.len());
        assert!(redaction.quote(&format!("{long}{}", secrets[3]), 1 << 16).len() < 1 << 13, "{unit}");
        assert!(redaction.quote(&format!("{} {long}", secrets[3]), 30).starts_with("[left out]"), "{unit}");
    }
    // What cannot be seen does not move a secret out of sight.
    let hidden = format!("{}{}", "\u{200b}".repeat(1 << 16), secrets[3]);
    assert!(redaction.is_in(&hidden));
    // Nor does the end of what is searched part one.
    let parted = format!("{}{}", "x".repeat((1 << 12) - 1), secrets[3]);
    assert!(redaction.quote(&parted, 1 << 16).ends_with("[left out]"));
}

#[test]
fn words_without_a_secret_stay_as_they_are() {
    let redaction = Redaction::of(["s3cr3t-of-the-client"]);
    for said in ["", "AADSTS7000215: Invalid client secret provided", "100% of 1+1 %zz %", "Grüße, 日本"] {
        assert_eq!((redaction.quote(said, 200).as_str(), redaction.is_in(said)), (said, false));
    }
    assert_eq!(Redaction::default().quote("x", 200), "x");
}

proptest! {
    // C56
    #[test]
    fn whatever_stands_around_a_secret_it_is_found(
        secret in "[ -~]{4,40}", before in "(\\PC{0,20}[ :(\"])?", after in "([ :)\"]\\PC{0,20})?"
    ) {
        let redaction = Redaction::of([secret.as_str()]);
        for spelling in spellings(&secret) {
            let said = format!("{before}{spelling}{after}");
            prop_assert!(redaction.is_in(&said), "{}", said);
        }
    }

    #[test]
    fn no_text_is_too_odd(secrets: Vec<String>, said: String) {
        let redaction = Redaction::of(secrets.iter().map(String::as_str));
        let _quoted = redaction.quote(&said, 200);
    }
}

#[test]
fn a_sign_before_a_number_makes_no_escape() {
    for text in ["%+5", "\\x+5", "\\u+061", "\\u{+61}", "&#+65;", "&#x+41;"] {
        assert!(Escape::at(text.as_bytes()).is_none(), "{text}");
    }
}
