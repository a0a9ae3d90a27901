//! JSON objects that name each member once (security rule C16).

mod repeated_names;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};

use super::readable_json::BROKEN;

const NAMED_TWICE: &str = "a member named twice";

fn named_twice() -> JsonError {
    JsonError(NAMED_TWICE.to_owned())
}

/// A name is not cut: in a part of it, a part of a secret could not be recognised (security rule C56).
fn shown_name(name: &str) -> String {
    const MAX_SHOWN: usize = 60;
    match name.chars().count() {
        0..=MAX_SHOWN => format!("{name:?}"),
        length => format!("a name of {length} characters"),
    }
}

/// `serde_json` quotes the text that it found instead of an object. It may be a token (security rule C56).
fn check_is_object(bytes: &[u8]) -> Result<(), JsonError> {
    match bytes.trim_ascii_start().first() {
        Some(b'{') => Ok(()),
        None => Err(JsonError("it is empty".to_owned())),
        Some(_) => Err(JsonError("it does not begin as an object".to_owned())),
    }
}

/// What is wrong with the JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct JsonError(String);

impl JsonError {
    /// Whether a member was named twice.
    #[must_use]
    pub fn is_repeated_name(&self) -> bool {
        self.0 == NAMED_TWICE
    }

    fn of(why: &serde_json::Error) -> Self {
        let message = why.to_string();
        let cause = if message.starts_with("recursion limit exceeded") {
            "it is nested deeper than 127 levels"
        } else if message.contains("surrogate") || message.starts_with("unexpected end of hex escape") {
            "a text has half of a surrogate pair: \\ud800 to \\udfff come in pairs"
        } else {
            return Self(message);
        };
        Self(format!("{cause}, at line {} column {}", why.line(), why.column()))
    }
}

/// The members of an object, each parsed only when it is read.
///
/// A member that we read must be named once, at any depth. Other members may hold anything.
#[derive(Debug)]
pub struct Members<'b> {
    unique: BTreeMap<String, &'b RawValue>,
    repeated: BTreeSet<String>,
}

/// The value of these bytes; `None` if it is null.
///
/// # Errors
/// When a member within it is named twice, or when [`super::readable_json::readable`] found that it is not Unicode.
pub fn value_of(raw: &RawValue) -> Result<Option<Value>, JsonError> {
    if raw.get().contains(BROKEN) {
        return Err(JsonError("a text that is not Unicode".to_owned()));
    }
    let mut reader = serde_json::Deserializer::from_str(raw.get());
    let value = UniqueMembers.deserialize(&mut reader).map_err(|why| JsonError::of(&why))?;
    Ok(Some(value).filter(|value| !value.is_null()))
}

impl<'b> Members<'b> {
    /// Splits one JSON object. A byte order mark before it is skipped (RFC 8259 §8.1).
    ///
    /// # Errors
    /// What is wrong with it, without its content.
    pub fn read(bytes: &'b [u8]) -> Result<Self, JsonError> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        check_is_object(bytes)?;
        serde_json::from_slice(bytes).map_err(|why| JsonError::of(&why))
    }

    /// Splits one signed JSON object that [`super::readable_json::readable`] made readable. Every member must be named
    /// once, at any depth, even if no code reads it.
    ///
    /// RFC 8725 §2.4 and RFC 7515 §4: two parsers of the same bytes must never see different claims.
    ///
    /// # Errors
    /// What is wrong with it, without its content. A member that is named twice is named.
    pub fn read_signed(text: &'b str) -> Result<Self, JsonError> {
        let members = Self::read(text.as_bytes())?;
        if text.starts_with('\u{feff}') {
            return Err(JsonError("it does not begin as an object".to_owned()));
        }
        match repeated_names::repeated_name(text) {
            Some(name) => Err(JsonError(format!("{NAMED_TWICE}: {}", shown_name(&name)))),
            None => Ok(members),
        }
    }

    /// One member; `None` if it is missing or null.
    ///
    /// # Errors
    /// When it, or a member within it, is named twice, or when [`super::readable_json::readable`] found that it is not
    /// Unicode.
    pub fn get(&self, name: &str) -> Result<Option<Value>, JsonError> {
        self.raw(name)?.map_or(Ok(None), value_of)
    }

    /// The bytes of one member; `None` if it is missing.
    ///
    /// # Errors
    /// When it is named twice.
    pub fn raw(&self, name: &str) -> Result<Option<&'b RawValue>, JsonError> {
        if self.repeated.contains(name) {
            return Err(named_twice());
        }
        Ok(self.unique.get(name).copied())
    }

    /// Whether there is a member of this name that is not null. It may be named twice.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.unique.get(name).is_some_and(|raw| raw.get() != "null")
    }

    /// A text, only for the log, with U+FFFD for what is not Unicode; `None` if it is missing, empty or not text.
    #[must_use]
    pub fn lossy_text(&self, name: &str) -> Option<String> {
        let text: String = serde_json::from_str(self.unique.get(name)?.get()).ok()?;
        Some(text.replace(BROKEN, "\u{fffd}")).filter(|text| !text.is_empty())
    }

    /// Every name, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.unique.keys().map(String::as_str)
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
                let (mut unique, mut repeated) = (BTreeMap::new(), BTreeSet::new());
                while let Some(name) = members.next_key::<String>()? {
                    let value: &'de RawValue = members.next_value()?;
                    match unique.entry(name) {
                        Entry::Vacant(new) => _ = new.insert(value),
                        Entry::Occupied(mut one) => {
                            repeated.insert(one.key().clone());
                            one.insert(value);
                        }
                    }
                }
                Ok(Members { unique, repeated })
            }
        }
        reader.deserialize_map(Split)
    }
}

struct UniqueMembers;

impl<'de> DeserializeSeed<'de> for UniqueMembers {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for UniqueMembers {
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
        while let Some(item) = items.next_element_seed(UniqueMembers)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(UniqueMembers)?;
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom(NAMED_TWICE));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests;
