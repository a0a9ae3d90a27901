//! Tests of members named twice, broken texts, and bytes that are not JSON.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{JsonError, Members};
use crate::base::readable_json::readable;

/// All members of a signed object.
fn signed(bytes: &[u8]) -> Result<Map<String, Value>, JsonError> {
    let text = std::str::from_utf8(bytes).map_err(|why| JsonError(why.to_string()))?;
    let members = Members::read_signed(text)?;
    members.names().map(|name| Ok((name.to_owned(), members.get(name)?.unwrap_or_default()))).collect()
}

// C56
#[test]
fn an_error_never_quotes_a_document_that_is_not_an_object() {
    for text in
        ["\"eyJhbGciOi.secret.x\"", " \"{\\\"access_token\\\":\\\"secret\\\"}\"", "[\"secret\"]", "secret", "17"]
    {
        let (whole, members) = (signed(text.as_bytes()).unwrap_err(), Members::read(text.as_bytes()).unwrap_err());
        for why in [whole.to_string(), members.to_string()] {
            assert!(!why.contains("secret") && !why.contains("17"), "{why}");
        }
    }
}

// C16
#[test]
fn in_an_unsigned_object_only_the_members_that_are_read_must_be_valid() {
    let bytes = b"\xef\xbb\xbf {\"a\":1,\"b\":1,\"b\":2,\"c\":{\"d\":1,\"d\":2},\"e\":1e999,\"f\":null} ";
    let members = Members::read(bytes).unwrap();
    assert_eq!(members.get("a"), Ok(Some(json!(1))));
    assert_eq!((members.get("f"), members.get("g")), (Ok(None), Ok(None)));
    for name in ["b", "c", "e"] {
        assert!(members.get(name).is_err(), "{name}");
    }
    for bad in [&b"[]"[..], b"", b"{}x", b"{\"a\":}", b"\xff", b"null", b"{\"\\ud800\":1}"] {
        assert!(Members::read(bad).is_err(), "{bad:?}");
    }
}

proptest! {
    // C16
    #[test]
    fn arbitrary_bytes_are_read_or_refused_and_never_panic(bytes: Vec<u8>) {
        let _read = signed(&bytes);
        let _members = Members::read(&bytes).map(|members| members.get("a"));
    }

    // C16: the oracle is serde_json's own reader, which keeps the last of two members.
    #[test]
    fn objects_are_read_as_in_serde_json_unless_a_member_is_repeated(
        pairs in proptest::collection::vec(("[abc]", "[0-9]|null|\"x\"|\\{\"a\":1\\}|\\[[1-3]\\]"), 0..5)
    ) {
        let body = pairs.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect::<Vec<_>>().join(",");
        let text = format!("{{{body}}}");
        let theirs: Value = serde_json::from_str(&text).unwrap();
        let times = |name: &str| pairs.iter().filter(|(other, _)| other == name).count();
        let doubled = pairs.iter().any(|(name, _)| times(name) > 1);
        match signed(text.as_bytes()) {
            Ok(ours) => prop_assert!(!doubled && Value::Object(ours) == theirs),
            Err(_) => prop_assert!(doubled),
        }
        let members = Members::read(text.as_bytes()).unwrap();
        for name in ["a", "b", "c"] {
            match members.get(name) {
                Ok(value) => prop_assert!(times(name) < 2 && value.unwrap_or_default() == theirs[name]),
                Err(_) => prop_assert!(times(name) > 1),
            }
        }
    }
}

// C16
#[test]
fn a_member_named_twice_is_refused_at_any_depth() {
    assert!(signed(br#"{"sub":"a","sub":"b"}"#).is_err());
    assert!(signed(br#"{"a":[{"b":1,"b":1}]}"#).is_err());
    assert!(signed(br#"{"sub":"a","\u0073ub":"b"}"#).is_err());
    assert!(signed(br#"{"a":{"b":1},"c":{"b":1}}"#).is_ok());
}

#[test]
fn an_error_names_its_true_cause() {
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(130), "]".repeat(130));
    let lone = br#"{"a":"\udc00"}"#;
    for (bytes, start) in [
        (deep.as_bytes(), "it is nested deeper than 127 levels, at line 1 column 1"),
        (lone, "a text has half of a surrogate pair: \\ud800 to \\udfff come in pairs, at line 1 column "),
        (br#"{"a":"\ud800x"}"#, "a text has half of a surrogate pair: "),
        (br#"{"a":1,"a":1}"#, "a member named twice"),
    ] {
        let why = signed(bytes).unwrap_err().to_string();
        assert!(why.starts_with(start), "{why}");
        assert!(
            Members::read(bytes)
                .unwrap()
                .get("a")
                .unwrap_err()
                .to_string()
                .starts_with(start.split(',').next().unwrap())
        );
    }
}

// C15, C16: a member that no code reads may be broken, but never named twice.
#[test]
fn a_signed_object_may_contain_broken_members_but_no_member_twice() {
    let deep = |inner: &str| format!("{}{inner}{}", "[".repeat(100_000), "]".repeat(100_000));
    let read = |bytes: &[u8]| {
        let text = String::from_utf8(readable(bytes).into_owned()).unwrap();
        Members::read_signed(&text).map(|members| members.get("sub"))
    };
    for broken in [
        b"\"o\":1e999".to_vec(),
        b"\"o\":\"\\ud83d\",\"\\ud83d\":1,\"\\udc00\":2".to_vec(),
        b"\"name\":\"J\xfcrgen\",\"nick\":\"a\tb \\\" {\"".to_vec(),
        format!("\"o\":{}", deep("{\"a\":\"a\",\"b\":[\"a\",\"a\"]}")).into_bytes(),
    ] {
        assert_eq!(read(&[b"{\"sub\":\"ada\",", &broken[..], b"}"].concat()), Ok(Ok(Some(json!("ada")))));
    }
    for (name, twice) in [
        ("a", deep(r#"{"a":1,"a":1}"#)),
        ("b", r#"{"x\\":1,"b" : 1,"\u0062":2}"#.to_owned()),
        ("sub", "1,\"sub\":1e999".to_owned()),
        ("x\\ny", r#"{"x\ny":"value","x\u000ay":2}"#.to_owned()),
    ] {
        let why = read(format!("{{\"sub\":\"ada\",\"o\":{twice}}}").as_bytes()).unwrap_err();
        assert_eq!(why.to_string(), format!("a member named twice: \"{name}\""));
    }
    assert!(read(b"\xef\xbb\xbf{\"sub\":\"ada\"}").is_err());
}

// C16
#[test]
fn data_after_the_object_is_refused() {
    assert!(signed(br#"{"sub":"a"} {}"#).is_err());
    assert!(signed(br#"{"sub":"a"}x"#).is_err());
    assert!(signed(br"[]").is_err());
    assert!(signed(br#"{"exp":1e400}"#).is_err());
}
