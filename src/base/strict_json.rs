//! JSON that says each thing once (security rule C16).

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Reads one JSON object, refusing a member named twice at any depth, and anything after it.
///
/// RFC 8725 §2.4 and RFC 7515 §4: two readers of the same bytes must never see different claims.
///
/// # Errors
/// What is wrong with it, without its content.
pub fn object(bytes: &[u8]) -> Result<Map<String, Value>, NotStrict> {
    serde_json::from_slice(bytes).map(|Object(members)| members).map_err(|why| NotStrict(why.to_string()))
}

/// What was wrong with the JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotStrict(String);

/// A JSON object in which nothing is named twice, for reading one inside another document.
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
    use super::object;

    // C16
    #[test]
    fn a_member_named_twice_is_refused_at_any_depth() {
        assert!(object(br#"{"sub":"a","sub":"b"}"#).is_err());
        assert!(object(br#"{"a":[{"b":1,"b":1}]}"#).is_err());
        assert!(object(br#"{"sub":"a","\u0073ub":"b"}"#).is_err());
        assert!(object(br#"{"a":{"b":1},"c":{"b":1}}"#).is_ok());
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
