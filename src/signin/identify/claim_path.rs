//! A path to a claim, which may lie inside another one.

use serde_json::{Map, Value};

/// The name of a claim, or a path into one: `realm_access.roles`, `emails.0.value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimPath(String);

impl<T: Into<String>> From<T> for ClaimPath {
    fn from(path: T) -> Self {
        Self(path.into())
    }
}

impl ClaimPath {
    /// The path as the operator wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The claim of exactly that name, or else the value at the end of the path. A step is the name of a member, or the
    /// place in a list, from 0 on. `None` if it is missing or null.
    #[must_use]
    pub fn find<'c>(&self, claims: &'c Map<String, Value>) -> Option<&'c Value> {
        let along_the_path = || {
            let mut steps = self.0.split('.');
            let first = claims.get(steps.next()?)?;
            steps.try_fold(first, step)
        };
        // Some providers use an address as the name, which has dots.
        claims.get(&self.0).or_else(along_the_path).filter(|value| !value.is_null())
    }
}

fn step<'c>(value: &'c Value, step: &str) -> Option<&'c Value> {
    match value {
        Value::Object(members) => members.get(step),
        // `parse` also reads `+1` and `01`, which would be further names of the same place.
        Value::Array(items) => items.get(step.parse::<usize>().ok().filter(|place| place.to_string() == step)?),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use super::ClaimPath;

    fn claims() -> Map<String, Value> {
        let claims = json!({
            "sub": "ada",
            "data": { "id": 7, "name": null, "0": "zero", "a.b": "dotted" },
            "emails": [{ "value": "ada@example.edu" }, { "value": "ada@example.org" }],
            "https://example.edu/roles": ["staff"],
            "data.id": "exact",
            "none": null,
            "": { "": "empty" },
        });
        serde_json::from_value(claims).unwrap()
    }

    fn find(path: &str) -> Option<Value> {
        ClaimPath::from(path).find(&claims()).cloned()
    }

    #[test]
    fn a_path_is_a_name_or_steps_into_objects_and_lists() {
        for (path, value) in [
            ("sub", json!("ada")),
            ("emails.0.value", json!("ada@example.edu")),
            ("emails.1.value", json!("ada@example.org")),
            ("data.0", json!("zero")),
            ("https://example.edu/roles", json!(["staff"])),
            (".", json!("empty")),
            // A claim with exactly that name comes first.
            ("data.id", json!("exact")),
        ] {
            assert_eq!(find(path), Some(value), "{path}");
        }
    }

    #[test]
    fn a_missing_or_null_value_is_not_found() {
        for path in ["x", "none", "none.x", "sub.x", "sub.0", "data.name", "data.x", "data.", ".data", "data..id"] {
            assert_eq!(find(path), None, "{path}");
        }
        // A dot in a name is found only if the whole path is that name.
        for path in ["data.a.b", "https://example.edu/roles.0"] {
            assert_eq!(find(path), None, "{path}");
        }
        for path in ["emails.2", "emails.-1", "emails.+1", "emails.01", "emails.1.", "emails.value", "emails. 0"] {
            assert_eq!(find(path), None, "{path}");
        }
    }

    proptest! {
        #[test]
        fn no_path_panics(path in "[a-z0-9.]{0,20}|\\PC{0,20}", number in prop_oneof![0..4_u128, any::<u128>()]) {
            let _found = find(&path);
            let in_list = find(&format!("emails.{number}"));
            prop_assert_eq!(in_list.is_some(), number < 2);
        }
    }
}
