//! JSON objects that name each member once (security rule C16).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};

/// Reads one JSON object. Refuses a member that is named twice at any depth, and anything after the object.
///
/// RFC 8725 §2.4 and RFC 7515 §4: two parsers of the same bytes must never see different claims.
///
/// # Errors
/// What is wrong with it, without its content.
pub fn object(bytes: &[u8]) -> Result<Map<String, Value>, NotStrict> {
    is_object(bytes)?;
    serde_json::from_slice(bytes).map(|Object(members)| members).map_err(|why| NotStrict::of(&why))
}

/// `serde_json` quotes the text that it found instead of an object. It may be a token (security rule C56).
fn is_object(bytes: &[u8]) -> Result<(), NotStrict> {
    match bytes.trim_ascii_start().first() {
        None | Some(b'{') => Ok(()),
        Some(_) => Err(NotStrict("it does not begin as an object".to_owned())),
    }
}

/// What is wrong with the JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotStrict(String);

impl NotStrict {
    fn of(why: &serde_json::Error) -> Self {
        let told = why.to_string();
        let cause = if told.starts_with("recursion limit exceeded") {
            "it is nested deeper than 127 levels"
        } else if told.contains("surrogate") || told.starts_with("unexpected end of hex escape") {
            "a text has half of a surrogate pair: \\ud800 to \\udfff come in pairs"
        } else {
            return Self(told);
        };
        Self(format!("{cause}, at line {} column {}", why.line(), why.column()))
    }
}

/// The members of an object that nobody signed, each read only when it is asked for.
///
/// A member that we read is named once, at any depth. A member that we don't read may be anything.
#[derive(Debug)]
pub struct Members<'b> {
    once: BTreeMap<String, &'b RawValue>,
    twice: BTreeSet<String>,
}

impl<'b> Members<'b> {
    /// Splits one JSON object. A byte order mark before it is skipped (RFC 8259 §8.1).
    ///
    /// # Errors
    /// What is wrong with it, without its content.
    pub fn read(bytes: &'b [u8]) -> Result<Self, NotStrict> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        is_object(bytes)?;
        serde_json::from_slice(bytes).map_err(|why| NotStrict::of(&why))
    }

    /// One member; `None` if it is missing or null.
    ///
    /// # Errors
    /// When it, or a member within it, is named twice.
    pub fn get(&self, name: &str) -> Result<Option<Value>, NotStrict> {
        if self.twice.contains(name) {
            return Err(NotStrict("a member named twice".to_owned()));
        }
        let Some(raw) = self.once.get(name) else { return Ok(None) };
        let mut reader = serde_json::Deserializer::from_str(raw.get());
        let value = Once.deserialize(&mut reader).map_err(|why| NotStrict::of(&why))?;
        Ok(Some(value).filter(|value| !value.is_null()))
    }

    /// The bytes of one member; `None` if it is missing.
    ///
    /// # Errors
    /// When it is named twice.
    pub fn raw(&self, name: &str) -> Result<Option<&'b RawValue>, NotStrict> {
        if self.twice.contains(name) {
            return Err(NotStrict("a member named twice".to_owned()));
        }
        Ok(self.once.get(name).copied())
    }

    /// Every name, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.once.keys().map(String::as_str)
    }
}

impl<'de: 'b, 'b> Deserialize<'de> for Members<'b> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Split;
        impl<'de> Visitor<'de> for Split {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Members<'de>, A::Error> {
                let (mut once, mut twice) = (BTreeMap::new(), BTreeSet::new());
                while let Some(name) = members.next_key::<String>()? {
                    let value: &'de RawValue = members.next_value()?;
                    if once.insert(name.clone(), value).is_some() {
                        twice.insert(name);
                    }
                }
                Ok(Members { once, twice })
            }
        }
        reader.deserialize_map(Split)
    }
}

/// A JSON object that names no member twice, for an object inside another document.
#[derive(Debug)]
pub struct Object(pub Map<String, Value>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        match Once.deserialize(reader)? {
            Value::Object(members) => Ok(Self(members)),
            _ => Err(D::Error::custom("not a JSON object")),
        }
    }
}

struct Once;

impl<'de> DeserializeSeed<'de> for Once {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Once {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number out of range"))
    }
    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Once)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(Once)?;
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom("a member named twice"));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{Members, object};

    // C56
    #[test]
    fn an_error_never_quotes_what_stands_in_place_of_an_object() {
        for text in
            ["\"eyJhbGciOi.secret.x\"", " \"{\\\"access_token\\\":\\\"secret\\\"}\"", "[\"secret\"]", "secret", "17"]
        {
            let (whole, members) = (object(text.as_bytes()).unwrap_err(), Members::read(text.as_bytes()).unwrap_err());
            for why in [whole.to_string(), members.to_string()] {
                assert!(!why.contains("secret") && !why.contains("17"), "{why}");
            }
        }
    }

    // C16
    #[test]
    fn of_an_unsigned_object_only_the_members_that_are_read_must_be_in_order() {
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
        fn arbitrary_bytes_are_read_or_refused_and_never_a_panic(bytes: Vec<u8>) {
            let _read = object(&bytes);
            let _members = Members::read(&bytes).map(|members| members.get("a"));
        }

        // C16: the oracle is serde_json's own reader, which takes the last of two.
        #[test]
        fn what_is_read_is_what_another_reader_reads(
            pairs in proptest::collection::vec(("[abc]", "[0-9]|null|\"x\"|\\{\"a\":1\\}|\\[[1-3]\\]"), 0..5)
        ) {
            let body = pairs.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect::<Vec<_>>().join(",");
            let text = format!("{{{body}}}");
            let theirs: Value = serde_json::from_str(&text).unwrap();
            let times = |name: &str| pairs.iter().filter(|(other, _)| other == name).count();
            let doubled = pairs.iter().any(|(name, _)| times(name) > 1);
            match object(text.as_bytes()) {
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
        assert!(object(br#"{"sub":"a","sub":"b"}"#).is_err());
        assert!(object(br#"{"a":[{"b":1,"b":1}]}"#).is_err());
        assert!(object(br#"{"sub":"a","\u0073ub":"b"}"#).is_err());
        assert!(object(br#"{"a":{"b":1},"c":{"b":1}}"#).is_ok());
    }

    #[test]
    fn what_is_wrong_is_told_by_its_true_name() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(130), "]".repeat(130));
        let lone = br#"{"a":"\udc00"}"#;
        for (bytes, start) in [
            (deep.as_bytes(), "it is nested deeper than 127 levels, at line 1 column 1"),
            (lone, "a text has half of a surrogate pair: \\ud800 to \\udfff come in pairs, at line 1 column "),
            (br#"{"a":"\ud800x"}"#, "a text has half of a surrogate pair: "),
            (br#"{"a":1,"a":1}"#, "a member named twice"),
        ] {
            let why = object(bytes).unwrap_err().to_string();
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

    // C16
    #[test]
    fn whatever_follows_the_object_is_refused() {
        assert!(object(br#"{"sub":"a"} {}"#).is_err());
        assert!(object(br#"{"sub":"a"}x"#).is_err());
        assert!(object(br"[]").is_err());
        assert!(object(br#"{"exp":1e400}"#).is_err());
    }
}
