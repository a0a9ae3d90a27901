//! Where a claim is: its name, or a path into nested claims.

use std::fmt;

use serde_json::{Map, Value};

/// A claim's name, or a path of names with dots between them: `realm_access.roles`. A number in a path is the place of
/// an entry in a list, counted from 0: `emails.0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimPath(String);

impl ClaimPath {
    /// `None` for an empty text, or one with an empty step.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.split('.').all(|step| !step.is_empty()).then(|| Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The names of the path.
    pub fn steps(&self) -> impl Iterator<Item = &str> {
        self.0.split('.')
    }

    /// The claim of exactly this name, or else the one at the end of the path. `None` if it is missing or null.
    #[must_use]
    pub fn find<'c>(&self, claims: &'c Map<String, Value>) -> Option<&'c Value> {
        let along_the_path = || {
            let mut steps = self.steps();
            let first = claims.get(steps.next()?)?;
            steps.try_fold(first, |value, step| match value {
                Value::Array(list) => list.get(step.parse::<usize>().ok()?),
                value => value.as_object()?.get(step),
            })
        };
        claims.get(&self.0).or_else(along_the_path).filter(|value| !value.is_null())
    }
}

impl fmt::Display for ClaimPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
