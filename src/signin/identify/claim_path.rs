//! Where a claim is: its name, or a path into nested claims.

use std::convert::Infallible;
use std::fmt;

use serde_json::{Map, Value};

/// A claim's name, or a path of names with dots between them: `realm_access.roles`. A number in a path is the place of
/// an entry in a list, counted from 0: `emails.0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimPath(String);

/// Any text, since any text may be the exact name of a claim.
impl<T: Into<String>> From<T> for ClaimPath {
    fn from(path: T) -> Self {
        Self(path.into())
    }
}

impl fmt::Display for ClaimPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl ClaimPath {
    /// `None` for an empty text, or one with an empty step.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.split('.').all(|step| !step.is_empty()).then(|| Self(text.to_owned()))
    }

    /// The path as the operator wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The claim of exactly this name, or else the one at the end of the path. `None` if it is missing or null.
    #[must_use]
    pub fn find<'c>(&self, claims: &'c Map<String, Value>) -> Option<&'c Value> {
        let Ok(found) = self.find_from(&|name| Ok(claims.get(name).filter(|value| !value.is_null())));
        found
    }

    /// The value at the end of the path. A name on the path may hold dots, too: some providers use an address as a
    /// name, and the id of a Keycloak client may hold dots. So at each step, the longest name that leads to a value
    /// comes first.
    ///
    /// `first`: takes the first step.
    ///
    /// # Errors
    /// That of the first step that fails.
    pub fn find_from<N: Nested>(&self, first: &Step<'_, N>) -> Result<Option<N>, N::Error> {
        find(first, &self.0)
    }
}

/// A value that may have values within it.
pub trait Nested: Copy {
    type Error;

    /// The member of this name of an object, or the entry at this place of a list. `None` if it is missing or null.
    ///
    /// # Errors
    /// When it can't be read.
    fn step(self, name: &str) -> Result<Option<Self>, Self::Error>;
}

/// Takes one step, as [`Nested::step`] does.
pub type Step<'s, N> = dyn Fn(&str) -> Result<Option<N>, <N as Nested>::Error> + 's;

fn find<N: Nested>(step: &Step<'_, N>, path: &str) -> Result<Option<N>, N::Error> {
    if let Some(whole) = step(path)? {
        return Ok(Some(whole));
    }
    for (dot, _) in path.rmatch_indices('.') {
        let (name, rest) = path.split_at(dot);
        let Some(inner) = step(name)? else { continue };
        let found = find(&|name| inner.step(name), rest.strip_prefix('.').unwrap_or_default())?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

impl Nested for &Value {
    type Error = Infallible;

    fn step(self, name: &str) -> Result<Option<Self>, Infallible> {
        let found = match self {
            Value::Object(members) => members.get(name),
            Value::Array(items) => place_in_list(name).and_then(|place| items.get(place)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        };
        Ok(found.filter(|value| !value.is_null()))
    }
}

/// The place that a step of a path names in a list, from 0 on.
#[must_use]
pub fn place_in_list(step: &str) -> Option<usize> {
    // `parse` also reads `+1` and `01`, which would be further names of the same place.
    step.parse().ok().filter(|place: &usize| place.to_string() == step)
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
            // A name on the path may hold dots.
            ("https://example.edu/roles.0", json!("staff")),
            ("data.a.b", json!("dotted")),
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
