//! The claims as values of a template, and the missing ones that it used.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use minijinja::Environment;
use minijinja::value::{Object, ObjectRepr, Serde, Value};
use serde_json::{Map, Value as Json};

use super::claim_words::{tested_paths, without_place};
use crate::base::username::folded;
use crate::signin::identify::ClaimPath;

pub(super) fn is_missing(value: &Value) -> bool {
    value.downcast_object_ref::<NoText>().is_some()
}

/// Marks a missing claim in the rendered text. No username holds a noncharacter.
pub(super) const MISSING: char = '\u{fdd0}';

/// A claim that is neither text nor a number: it is missing, or it holds other claims. It is false in a condition. A
/// name that contains it is refused.
#[derive(Debug)]
struct NoText {
    /// Where it is, as [`ClaimPath`] writes it.
    place: String,
    /// The same for the log, shortened.
    path: String,
    /// Its name in an error.
    name: String,
    value: Json,
    values: Arc<ClaimValues>,
}

impl Object for NoText {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }
    fn is_true(self: &Arc<Self>) -> bool {
        false
    }
    fn get_value(self: &Arc<Self>, step: &Value) -> Option<Value> {
        Some(self.step(step).unwrap_or_else(|| Value::from_dyn_object(Arc::clone(self))))
    }
    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.values.note_missing(&self.name, Use::Printed);
        write!(f, "{MISSING}")
    }
}

impl NoText {
    /// The claim below this one. `None` for a step that is neither a name nor a place.
    fn step(&self, step: &Value) -> Option<Value> {
        let step = match (step.as_str(), usize::try_from(step.clone()).ok()) {
            (Some(name), _) => name.to_owned(),
            (None, Some(place)) => place.to_string(),
            (None, None) => return None,
        };
        let place = format!("{}.{step}", self.place);
        let path = format!("{}.{}", self.path, shorten_name(&step));
        // In a text, a place would be that of a character.
        let name = if self.value.is_array() { &path } else { without_place(&path) }.to_owned();
        if name != self.name {
            self.values.note_missing(&self.name, Use::SteppedInto);
        }
        Some(self.values.value(place, (path, name)))
    }
}

/// Where the values of the claims come from.
#[derive(Debug)]
pub(super) enum Source {
    Claims(Map<String, Json>),
    /// Every claim has an ordinary text, except those that hold others.
    Sample {
        with_members: BTreeSet<String>,
    },
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
    /// Its path, shortened.
    name: String,
    used: Use,
}

/// The most that a template does with a claim that is neither text nor a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Use {
    Read,
    /// It reads a claim below this one. Then that one is needed.
    SteppedInto,
    /// It is a part of the result, or of a value that a filter made from it.
    Printed,
}

impl ClaimValues {
    pub fn new(source: Source, environment: &Environment<'_>) -> Self {
        let globals = environment.globals().map(|(name, _)| name.to_owned()).collect();
        Self { source, globals, missing: Mutex::default() }
    }

    fn get(self: &Arc<Self>, name: &str) -> Value {
        let shown = shorten_name(name);
        self.value(name.to_owned(), (shown.clone(), shown))
    }

    /// A template reads the claim that a path of the config would: a name may hold dots.
    fn find(&self, place: &str) -> Option<&Json> {
        match &self.source {
            Source::Sample { .. } => None,
            Source::Claims(claims) => ClaimPath::from(place).find(claims),
        }
    }

    /// Only visible text and numbers count: an object or `true` in a name would be a mistake, and so would a dot with
    /// nothing after it.
    fn value(self: &Arc<Self>, place: String, (path, name): (String, String)) -> Value {
        match (&self.source, self.find(&place)) {
            (Source::Sample { with_members }, _) if !with_members.contains(&path) => sample_text(&path),
            (_, Some(Json::String(text))) if !folded(text).trim().is_empty() => Value::from(text.as_str()),
            (_, Some(Json::Number(number))) => Value::from(Serde(number)),
            (_, claim) => {
                self.note_missing(&name, Use::Read);
                let value = claim.cloned().unwrap_or_default();
                Value::from_object(NoText { place, path, name, value, values: Arc::clone(self) })
            }
        }
    }

    fn note_missing(&self, name: &str, used: Use) {
        let mut missing = self.locked();
        if let Some(claim) = missing.iter_mut().find(|claim| claim.name == name) {
            claim.used = claim.used.max(used);
        } else if missing.len() < MAX_NAMES {
            missing.push(MissingClaim { name: name.to_owned(), used });
        }
    }

    fn locked(&self) -> MutexGuard<'_, Vec<MissingClaim>> {
        self.missing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The names of the missing claims that the template needed. A claim that it only tests in an `if` may be missing,
    /// unless nothing else explains the result.
    pub fn missing(&self, template: &str) -> Vec<String> {
        let missing = self.locked();
        let tested = tested_paths(template);
        let is_needed = |claim: &&MissingClaim| claim.used == Use::Printed || !tested.contains(&claim.name);
        let (needed, optional): (Vec<_>, Vec<_>) =
            missing.iter().filter(|claim| claim.used != Use::SteppedInto).partition(is_needed);
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

fn sample_text(path: &str) -> Value {
    let name = path.rsplit('.').next();
    Value::from(if matches!(name, Some("email" | "upn")) { "ada@example.edu" } else { "ada" })
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
