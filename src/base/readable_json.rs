//! Makes unsigned JSON of foreign servers readable, so that a broken member hides no other.
//!
//! RFC 8259 §8.1 asks for UTF-8, and §7 for escaped control characters. Programs that write JSON by hand, in Latin-1
//! or with a raw line break, break these rules in members that we don't read.

use std::borrow::Cow;

/// Replaces each piece that is not Unicode. Ordinary text never holds this noncharacter.
/// [`super::strict_json::Members::get`] refuses a member with it, so two values that differ only in a broken byte
/// never count as equal.
pub const BROKEN: char = '\u{ffff}';

/// The document with [`BROKEN`] for bytes that are not UTF-8 and for half surrogate pairs, with escapes for raw control
/// characters in texts, and without NULs at its end. A document on one line without escapes is not copied.
#[must_use]
pub fn readable(document: &[u8]) -> Cow<'_, [u8]> {
    let end = document.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let document = document.get(..end).unwrap_or_default();
    if is_plain(document) { Cow::Borrowed(document) } else { Cow::Owned(corrected(&lossy(document)).into_bytes()) }
}

/// A quick check whether the document certainly needs no correction.
fn is_plain(document: &[u8]) -> bool {
    std::str::from_utf8(document).is_ok() && !document.iter().any(|byte| *byte < b' ' || *byte == b'\\')
}

/// The text with [`BROKEN`] for bytes that are not UTF-8.
pub(super) fn lossy(document: &[u8]) -> String {
    let mut text = String::with_capacity(document.len());
    for chunk in document.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend((!chunk.invalid().is_empty()).then_some(BROKEN));
    }
    text
}

fn corrected(document: &str) -> String {
    let mut corrected = String::with_capacity(document.len());
    let mut rest = document.chars();
    let mut in_text = false;
    while let Some(c) = rest.next() {
        match c {
            '"' => {
                in_text = !in_text;
                corrected.push(c);
            }
            '\\' if in_text => fix_escape(&mut rest, &mut corrected),
            c if in_text && c < ' ' => corrected.extend(format!("\\u{:04x}", u32::from(c)).chars()),
            c => corrected.push(c),
        }
    }
    corrected
}

/// Copies the escape after a backslash. Half of a surrogate pair (RFC 8259 §8.2) and an escape that JSON does not have
/// become [`BROKEN`].
fn fix_escape(rest: &mut std::str::Chars<'_>, corrected: &mut String) {
    let Some(unit) = code_unit(rest.as_str()) else {
        match rest.next() {
            Some(c @ ('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't')) => corrected.extend(['\\', c]),
            Some(_) | None => corrected.push(BROKEN),
        }
        return;
    };
    let first: String = rest.by_ref().take(5).collect();
    let low = rest.as_str().strip_prefix('\\').and_then(code_unit).filter(|low| (0xdc00..=0xdfff).contains(low));
    match (unit, low) {
        (0xd800..=0xdbff, Some(_)) => {
            corrected.push('\\');
            corrected.push_str(&first);
            corrected.extend(rest.by_ref().take(6));
        }
        (0xd800..=0xdfff, _) => corrected.push(BROKEN),
        _ => {
            corrected.push('\\');
            corrected.push_str(&first);
        }
    }
}

/// The code unit of `u` and four hexadecimal digits.
fn code_unit(text: &str) -> Option<u32> {
    let digits = text.strip_prefix('u')?.get(..4)?;
    digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::readable;
    use crate::base::strict_json::Members;

    // C15
    #[test]
    fn a_broken_member_hides_no_other_and_is_not_read_itself() {
        for (broken, value) in [
            (&b"{\"other\":\"Universit\xe4t\",\"a\":1}"[..], None),
            (b"{\"oth\xe4er\":1,\"a\":1}", None),
            (b"{\"other\":\"\\ud800\",\"a\":1}", None),
            (b"{\"other\":\"\\uDC00\\uD800x\",\"a\":1}", None),
            (b"{\"\\ud83d\":1,\"a\":1}", None),
            (b"{\"other\":\"it\\'s\",\"a\":1}", None),
            (b"{\"other\":\"\\\xe4 \\u12 \\\n\",\"a\":1}", None),
            (b"{\"other\":\"a\tb\nc\\\"\x01\",\"a\":1}\0\0", Some(json!("a\tb\nc\"\u{1}"))),
            (b"{\"other\":\"\\ud83d\\ude00 \\\\ud800 \\u00e4\",\"a\":1}", Some(json!("\u{1f600} \\ud800 \u{e4}"))),
        ] {
            let document = readable(broken);
            let members = Members::read(&document).unwrap();
            assert_eq!(members.get("a"), Ok(Some(json!(1))), "{broken:?}");
            match value {
                Some(value) => assert_eq!(members.get("other"), Ok(Some(value))),
                None => assert!(members.get("other").map_or(true, |other| other.is_none()), "{broken:?}"),
            }
        }
    }

    // C21: two people whose subjects differ in a broken byte do not become one.
    #[test]
    fn a_subject_that_is_not_unicode_is_refused() {
        for subject in [&b"{\"sub\":\"j\xe4\"}"[..], b"{\"sub\":\"j\xfc\"}", b"{\"sub\":\"j\\ud800\"}"] {
            let document = readable(subject);
            let why = Members::read(&document).unwrap().get("sub").unwrap_err().to_string();
            assert_eq!(why, "a text that is not Unicode");
        }
    }

    proptest! {
        // C16: a document that every reader accepts keeps its meaning.
        #[test]
        fn a_valid_document_keeps_its_meaning(name: String, text: String, number: i64) {
            for document in [json!({ &name: text, "n": number }).to_string(), format!("{:#}",
                json!({ &name: [&text] }))] {
                let readable = readable(document.as_bytes());
                let value: Value = serde_json::from_slice(&readable).unwrap();
                prop_assert_eq!(value, serde_json::from_str::<Value>(&document).unwrap());
            }
        }

        #[test]
        fn arbitrary_bytes_become_text_and_never_panic(bytes: Vec<u8>) {
            prop_assert!(std::str::from_utf8(&readable(&bytes)).is_ok());
        }

        #[test]
        fn a_plain_document_is_not_copied(text in "[ -\\[\\]-~]{0,40}") {
            prop_assert!(matches!(readable(text.as_bytes()), Cow::Borrowed(_)));
        }
    }
}
