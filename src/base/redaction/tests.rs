//! Tests of secrets in every spelling, and of texts without one.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use url::form_urlencoded::byte_serialize;

use super::escape::Escape;
use super::{REDACTED_WHOLE, Redaction};

fn form_encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

/// A secret as we send it, and as servers may write it.
fn spellings(secret: &str) -> Vec<String> {
    let form = form_encoded(secret);
    let percent = secret.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat();
    let mut spellings = vec![secret.to_owned(), form.clone(), form.replace('+', "%20"), percent, form_encoded(&form)];
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
        spellings.push(form_encoded(&STANDARD.encode(&pair)));
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
            let words = format!("bad client (\"{spelling}\"), try again");
            let quoted = redaction.quote(&words, 200);
            assert!(redaction.is_in(&words), "{spelling}");
            assert!(quoted.starts_with("bad client (\"[left out]") && quoted.ends_with("\"), try again"), "{quoted}");
            assert!(!quoted.contains(&spelling) && quoted.matches("[left out]").count() == 1, "{quoted}");
        }
    }
    // `is_in` also finds a short secret.
    for spelling in spellings("ö") {
        assert!(Redaction::of(["ö"]).is_in(&format!("no: {spelling}")), "{spelling}");
    }
}

// C56
#[test]
fn characters_after_a_secret_do_not_hide_it() {
    for (secret, words) in [
        ("&a0\\", "no: &amp;a0\\:"),
        ("a&b-of-ours\\", "no \"a&amp;b-of-ours\\\""),
        ("A \"of ours\\", r#"A \&quot;of ours\\""#),
        ("a\\b-of-ours%", "a\\\\b-of-ours%41"),
    ] {
        let redaction = Redaction::of([secret]);
        assert!(redaction.is_in(words), "{words}");
        assert!(redaction.quote(words, 200).contains("[left out]"), "{words}");
    }
}

// C56
#[test]
fn neither_invisible_characters_nor_a_cut_hide_a_secret() {
    let redaction = Redaction::of(["s3cr3t-of-the-client", "c0de"]);
    let split = "no s3cr3t\u{200b}-of-the\n-client of c0\u{202e}de";
    assert_eq!(redaction.quote(split, 200), "no [left out] of [left out]");
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
fn a_secret_is_found_in_any_letter_case() {
    let redaction = Redaction::of(["MyPassw0rd, \u{c4}h"]);
    for words in ["no mypassw0rd, \u{e4}h", "no MYPASSW0RD\\2c \u{c4}H", "no uid=mypassw0rd\\, \u{e4}h,dc=x"] {
        assert!(redaction.is_in(words), "{words}");
    }
    assert!(!redaction.is_in("no myword"));
    let code = Redaction::of(["c0de-0a1b2c3d"]);
    assert_eq!(code.quote("unknown code C0DE-0A1B2C3D", 200), REDACTED_WHOLE);
    assert_eq!(code.quote("unknown code c0de-0a1b2c3d", 200), "unknown code [left out]");
}

// C56
#[test]
fn only_the_beginning_of_a_long_text_is_searched_and_quoted() {
    let secrets: Vec<String> = (0..12).map(|at| format!("s3cr3t-{at}-of+the%2Fclient")).collect();
    let redaction = Redaction::of(secrets.iter().map(String::as_str));
    for unit in ["c2VjcmV0 ", "%2525", "&amp;\\5c%41", "AAAA"] {
        let long = unit.repeat((1 << 15) / unit.len());
        assert!(redaction.quote(&format!("{long}{}", secrets[3]), 1 << 16).len() < 1 << 13, "{unit}");
        assert!(redaction.quote(&format!("{} {long}", secrets[3]), 30).starts_with("[left out]"), "{unit}");
    }
    // Invisible characters do not move a secret out of the searched part.
    let hidden = format!("{}{}", "\u{200b}".repeat(1 << 16), secrets[3]);
    assert!(redaction.is_in(&hidden));
    // The end of the quoted part does not split a secret.
    let split = format!("{}{}", "x".repeat((1 << 12) - 1), secrets[3]);
    assert!(redaction.quote(&split, 1 << 16).ends_with("[left out]"));
}

#[test]
fn words_without_a_secret_stay_as_they_are() {
    let redaction = Redaction::of(["s3cr3t-of-the-client"]);
    for words in ["", "AADSTS7000215: Invalid client secret provided", "100% of 1+1 %zz %", "Grüße, 日本"] {
        assert_eq!((redaction.quote(words, 200).as_str(), redaction.is_in(words)), (words, false));
    }
    assert_eq!(Redaction::default().quote("x", 200), "x");
}

proptest! {
    // C56
    #[test]
    fn a_secret_is_found_whatever_surrounds_it(
        secret in "[ -~]{4,40}", before in "(\\PC{0,20}[ :(\"])?", after in "([ :)\"]\\PC{0,20})?"
    ) {
        let redaction = Redaction::of([secret.as_str()]);
        for spelling in spellings(&secret) {
            let words = format!("{before}{spelling}{after}");
            prop_assert!(redaction.is_in(&words), "{}", words);
        }
    }

    #[test]
    fn arbitrary_text_can_be_quoted(secrets: Vec<String>, words: String) {
        let redaction = Redaction::of(secrets.iter().map(String::as_str));
        let _quoted = redaction.quote(&words, 200);
    }
}

#[test]
fn a_sign_before_a_number_makes_no_escape() {
    for text in ["%+5", "\\x+5", "\\u+061", "\\u{+61}", "&#+65;", "&#x+41;"] {
        assert!(Escape::at(text.as_bytes()).is_none(), "{text}");
    }
}
