//! The claims as values of a template, and the missing ones that it used.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use minijinja::Environment;
use minijinja::value::{Object, ObjectRepr, Serde, Value};
use serde_json::{Map, Value as Json};

use crate::base::username::folded;

pub(super) fn is_missing(value: &Value) -> bool {
    value.downcast_object_ref::<Missing>().is_some()
}

/// Marks a missing claim in the rendered text. No username holds a noncharacter.
pub(super) const MISSING: char = '\u{fdd0}';

/// A missing claim. It is false in a condition. A name that contains any part of it is refused.
#[derive(Debug)]
struct Missing {
    name: String,
    values: Arc<ClaimValues>,
}

impl Object for Missing {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }
    fn is_true(self: &Arc<Self>) -> bool {
        false
    }
    fn get_value(self: &Arc<Self>, _: &Value) -> Option<Value> {
        Some(Value::from_dyn_object(Arc::clone(self)))
    }
    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for missing in self.values.locked().iter_mut().filter(|missing| missing.name == self.name) {
            missing.is_printed = true;
        }
        write!(f, "{MISSING}")
    }
}

/// Where the values of the claims come from.
#[derive(Debug)]
pub(super) enum Source {
    Claims(Map<String, Json>),
    /// Every claim has an ordinary value.
    Sample,
}

/// The claims, and the missing ones that the template used.
#[derive(Debug)]
pub(super) struct ClaimValues {
    source: Source,
    /// Names that minijinja itself defines.
    globals: BTreeSet<String>,
    missing: Mutex<Vec<MissingClaim>>,
}

#[derive(Debug)]
struct MissingClaim {
    /// Its name, shortened.
    name: String,
    /// It is a part of the result, or of a value that a filter made from it.
    is_printed: bool,
}

impl ClaimValues {
    pub fn new(source: Source, environment: &Environment<'_>) -> Self {
        let globals = environment.globals().map(|(name, _)| name.to_owned()).collect();
        Self { source, globals, missing: Mutex::default() }
    }

    /// Only visible text and numbers count: an object or `true` in a name would be a mistake, and so would a dot with
    /// nothing after it.
    fn get(self: &Arc<Self>, name: &str) -> Value {
        match &self.source {
            Source::Sample if matches!(name, "email" | "upn") => Value::from("ada@example.edu"),
            Source::Sample => Value::from("ada"),
            Source::Claims(claims) => match claims.get(name) {
                Some(Json::String(text)) if !folded(text).trim().is_empty() => Value::from(text.as_str()),
                Some(Json::Number(number)) => Value::from(Serde(number)),
                Some(_) | None => self.missing_claim(shorten_name(name)),
            },
        }
    }

    fn missing_claim(self: &Arc<Self>, name: String) -> Value {
        let mut missing = self.locked();
        if missing.len() < MAX_NAMES && !missing.iter().any(|known| known.name == name) {
            missing.push(MissingClaim { name: name.clone(), is_printed: false });
        }
        Value::from_object(Missing { name, values: Arc::clone(self) })
    }

    fn locked(&self) -> MutexGuard<'_, Vec<MissingClaim>> {
        self.missing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The names of the missing claims that the template needed. A claim that it only tests in an `if` may be missing,
    /// unless nothing else explains the result.
    pub fn missing(&self, template: &str) -> Vec<String> {
        let missing = self.locked();
        let tested = tested_names(template);
        let (needed, optional): (Vec<_>, Vec<_>) =
            missing.iter().partition(|claim| claim.is_printed || !tested.contains(claim.name.as_str()));
        let named = if needed.is_empty() { optional } else { needed };
        named.into_iter().map(|claim| claim.name.clone()).collect()
    }

    /// The claims' names in order: few enough for a log line.
    pub fn names(&self) -> Vec<String> {
        let Source::Claims(claims) = &self.source else { return Vec::new() };
        let mut names: Vec<_> = claims.keys().cloned().collect();
        names.sort();
        names.truncate(MAX_NAMES);
        names
    }
}

/// The words in the conditions of a template: those between `if` or `elif` and the end of the condition.
fn tested_names(template: &str) -> BTreeSet<&str> {
    let is_part = |c: char| c.is_alphanumeric() || "_:/.-".contains(c);
    let (mut names, mut is_condition) = (BTreeSet::new(), false);
    for word in template.split_inclusive(|c: char| !is_part(c)) {
        let (name, end) = match word.char_indices().next_back().filter(|(_, last)| !is_part(*last)) {
            Some((at, last)) => (&word[..at], Some(last)),
            None => (word, None),
        };
        match name {
            "if" | "elif" => is_condition = true,
            "else" => is_condition = false,
            name if is_condition => _ = names.insert(name),
            _ => {}
        }
        is_condition &= !matches!(end, Some('%' | '}'));
    }
    names
}

const MAX_NAMES: usize = 40;

/// A claim's name for the log: short, with every control character escaped. What replaces a secret fits.
pub(super) fn shorten_name(name: &str) -> String {
    name.chars().take(60).flat_map(char::escape_debug).collect()
}

/// The variables of a template: each claim by its name, and `claims`.
#[derive(Debug)]
pub(super) struct Root(Arc<ClaimValues>);

impl Root {
    pub fn value(values: &Arc<ClaimValues>) -> Value {
        Value::from_object(Self(Arc::clone(values)))
    }
}

impl Object for Root {
    fn get_value(self: &Arc<Self>, name: &Value) -> Option<Value> {
        match name.as_str()? {
            "claims" => Some(Value::from_object(Claims(Arc::clone(&self.0)))),
            name if self.0.globals.contains(name) => None,
            name => Some(self.0.get(name)),
        }
    }
}

/// The variable `claims`.
#[derive(Debug)]
struct Claims(Arc<ClaimValues>);

impl Object for Claims {
    fn get_value(self: &Arc<Self>, name: &Value) -> Option<Value> {
        Some(self.0.get(name.as_str()?))
    }
}
