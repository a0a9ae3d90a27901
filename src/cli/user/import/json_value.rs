//! One value of a list in JSON.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::list::{GROUPS, HASHES, NAMES};

/// Where a value is broken.
pub(super) struct JsonFault {
    /// How many lines after its beginning.
    pub ahead: u64,
    pub column: usize,
}

/// Some programs cut a text in the middle of an emoji, and write only half of its code.
const LONE_SURROGATE: &str =
    "a text in it has half of a surrogate pair, such as \\ud83d alone, which is not a character; write the whole pair";

/// The text of one value and its length; or where it is broken. Does not return the JSON parser's message, which might
/// quote a hash.
pub(super) fn next_value(text: &str) -> Result<(&RawValue, usize), JsonFault> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter();
    match values.next() {
        Some(Ok(value)) => Ok((value, values.byte_offset())),
        Some(Err(why)) => {
            let ahead = u64::try_from(why.line()).unwrap_or(1).saturating_sub(1);
            Err(JsonFault { ahead, column: why.column() })
        }
        None => Err(JsonFault { ahead: 0, column: 1 }),
    }
}

/// Reads a value. A member that we don't read may hold an invalid value, such as the number 1e999.
pub(super) fn parsed(value: &RawValue) -> Result<Value, String> {
    let whole = match serde_json::from_str(value.get()) {
        Ok(whole) => return Ok(whole),
        Err(why) => unreadable("it", &why),
    };
    let Ok(members) = serde_json::from_str::<BTreeMap<String, &RawValue>>(value.get()) else { return Err(whole) };
    let mut object = Map::new();
    for (name, member) in members {
        let value = match serde_json::from_str(member.get()) {
            Ok(value) => value,
            Err(why) if is_read(&name) => return Err(unreadable(&format!("its \"{name}\""), &why)),
            Err(_) => Value::Null,
        };
        object.insert(name, value);
    }
    Ok(Value::Object(object))
}

fn is_read(member: &str) -> bool {
    NAMES.contains(&member)
        || HASHES.contains(&member)
        || [GROUPS, "users", "credentials", "enabled", "serviceAccountClientId"].contains(&member)
}

fn unreadable(what: &str, why: &serde_json::Error) -> String {
    let message = why.to_string();
    if message.contains("surrogate") || message.contains("end of hex escape") {
        LONE_SURROGATE.to_owned()
    } else {
        format!("{what} holds a value that can't be read, such as a number that is too large")
    }
}
