//! The username of a new account: the operator's template over the provider's claims.

mod invalid_name;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::value::{Object, ObjectRepr, Rest, Serde, Value, ValueKind};
use minijinja::{Environment, ErrorKind, UndefinedBehavior, escape_formatter};
use serde_json::{Map, Value as Json};

use crate::base::counted::counted;
use crate::base::ids::InvalidName;
use crate::base::lookalike::{MixedScripts, Scripts};
use crate::base::redaction::Redaction;
use crate::base::username::{Username, folded};
use invalid_name::{corrected_template, explain_invalid};

/// Markers in the rendered text, for a missing claim and a value that is not text. No username holds a noncharacter.
const MISSING: char = '\u{fdd0}';
const NOT_TEXT: char = '\u{fdd1}';

/// Why the template gives no username.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UsernameError {
    /// The claims that the template needs are missing, or give no name.
    #[error("{template} gives no username: {why}; the claims received: {}", .claims.join(", "))]
    Missing {
        template: String,
        why: String,
        /// Names, never values.
        claims: Vec<String>,
    },
    /// The claims give a name that no account here can have.
    #[error("{template} gives a name of {} that can't be a username here: {why}; {fix}", characters(*.length))]
    Invalid { template: String, length: usize, why: String, fix: String },
    #[error(
        "{template} gives a name that can't be a username here: {}; use another claim in the template, or {}",
        .why.problem(), MixedScripts::SETTING
    )]
    MixedScripts { template: String, why: MixedScripts },
}

impl UsernameError {
    /// The same error, with the names of claims that repeat none of the secrets (security rule C56).
    #[must_use]
    pub fn without(self, secrets: &Redaction) -> Self {
        let shown = |name: String| if secrets.is_in(&name) { secrets.replacement().to_owned() } else { name };
        match self {
            Self::Missing { template, why, claims } => {
                Self::Missing { template, why, claims: claims.into_iter().map(shown).collect() }
            }
            other @ (Self::Invalid { .. } | Self::MixedScripts { .. }) => other,
        }
    }
}

fn characters(count: usize) -> String {
    counted(count, "character", "characters")
}

/// A minijinja template over a provider's claims. Each claim is a variable. `claims` holds all of them, too, for names
/// that can't be a variable: `{{ claims["cognito:username"] }}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsernameTemplate {
    text: String,
    scripts: Scripts,
}

impl UsernameTemplate {
    /// # Errors
    /// What is wrong with the template itself, for the operator who wrote it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let environment = strict_environment();
        let template = environment.template_from_str(text).map_err(|why| why.to_string())?;
        // Only rendering finds a filter, function or test that doesn't exist. It must fail now, not at a login.
        match template.render(()) {
            Err(why) if is_template_error(why.kind()) => Err(why.to_string()),
            Ok(_) | Err(_) => Ok(Self { text: text.to_owned(), scripts: Scripts::default() }),
        }
    }

    /// The same template, for usernames in these scripts.
    #[must_use]
    pub fn in_scripts(self, scripts: Scripts) -> Self {
        Self { scripts, ..self }
    }

    /// A sample name, made from sample values of all claims.
    ///
    /// # Errors
    /// When even these claims give no usable name.
    pub fn sample(&self) -> Result<Username, UsernameError> {
        self.rendered(Source::Sample)
    }

    /// The text as the operator wrote it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// # Errors
    /// When the claims give no usable name.
    pub fn name(&self, claims: &Map<String, Json>) -> Result<Username, UsernameError> {
        self.rendered(Source::Claims(claims.clone()))
    }

    fn rendered(&self, source: Source) -> Result<Username, UsernameError> {
        let environment = strict_environment();
        let values = Arc::new(ClaimValues::new(source, &environment));
        let rendered = environment.render_str(&self.text, Root::value(&values));
        let missing = |why: String| {
            let absent = values.missing();
            let why = if absent.is_empty() { why } else { format!("no text in {}", absent.join(", ")) };
            UsernameError::Missing { template: self.text.clone(), why, claims: values.names() }
        };
        // Only the kind of the error: its message may hold the value of a claim (security rule C56).
        let text = rendered.map_err(|why| missing(why.kind().to_string()))?;
        let text = text.trim();
        if text.contains(MISSING) {
            return Err(missing("a claim is missing".to_owned()));
        }
        if text.contains(NOT_TEXT) {
            return Err(missing("a part of the result is not text".to_owned()));
        }
        if text.is_empty() {
            return Err(missing("the result has no visible character".to_owned()));
        }
        let name: Username = text.parse().map_err(|why: InvalidName| UsernameError::Invalid {
            template: self.text.clone(),
            length: text.chars().count(),
            why: explain_invalid(text, &why),
            fix: corrected_template(&self.text, text),
        })?;
        match self.scripts.admit(name.as_str()) {
            Ok(()) => Ok(name),
            Err(why) => Err(UsernameError::MixedScripts { template: self.text.clone(), why }),
        }
    }
}

/// Errors that depend on the template alone, not on the claims.
fn is_template_error(fault: ErrorKind) -> bool {
    use ErrorKind::{TemplateNotFound, UnknownFilter, UnknownFunction, UnknownTest};
    matches!(fault, TemplateNotFound | UnknownFilter | UnknownFunction | UnknownTest)
}

/// An environment that lets only text and numbers into a name, and detects each use of a missing claim.
fn strict_environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_formatter(|out, state, value| match value.kind() {
        ValueKind::String | ValueKind::Number => escape_formatter(out, state, value),
        _ if is_missing(value) => escape_formatter(out, state, &Value::from(MISSING.to_string())),
        _ => escape_formatter(out, state, &Value::from(NOT_TEXT.to_string())),
    });
    for name in ["default", "d"] {
        environment.add_filter(name, default);
    }
    environment.add_test("defined", |value: &Value| !is_missing(value) && !value.is_undefined());
    environment.add_test("undefined", |value: &Value| is_missing(value) || value.is_undefined());
    environment
}

/// Like minijinja's own filter, which doesn't know [`Missing`].
#[expect(clippy::needless_pass_by_value, reason = "minijinja passes the remaining arguments by value")]
fn default(value: &Value, others: Rest<Value>) -> Value {
    let lax = others.get(1).is_some_and(Value::is_true);
    if is_missing(value) || value.is_undefined() || (lax && !value.is_true()) {
        others.first().cloned().unwrap_or_else(|| Value::from(""))
    } else {
        value.clone()
    }
}

fn is_missing(value: &Value) -> bool {
    value.downcast_object_ref::<Missing>().is_some()
}

/// A missing claim. It is false in a condition. A name that contains any part of it is refused.
#[derive(Debug)]
struct Missing;

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
        write!(f, "{MISSING}")
    }
}

/// Where the values of the claims come from.
#[derive(Debug)]
enum Source {
    Claims(Map<String, Json>),
    /// Every claim has an ordinary value.
    Sample,
}

/// The claims, and the missing ones that the template used.
#[derive(Debug)]
struct ClaimValues {
    source: Source,
    /// Names that minijinja itself defines.
    globals: BTreeSet<String>,
    missing: Mutex<Vec<String>>,
}

impl ClaimValues {
    fn new(source: Source, environment: &Environment<'_>) -> Self {
        let globals = environment.globals().map(|(name, _)| name.to_owned()).collect();
        Self { source, globals, missing: Mutex::default() }
    }

    /// Only texts and numbers count: an object or `true` in a name would be a mistake.
    fn get(&self, name: &str) -> Value {
        match &self.source {
            Source::Sample if matches!(name, "email" | "upn") => Value::from("ada@example.edu"),
            Source::Sample => Value::from("ada"),
            Source::Claims(claims) => match claims.get(name) {
                // Blank text counts as empty, so that `preferred_username or name` passes it over.
                Some(Json::String(text)) if folded(text).trim().is_empty() => Value::from(""),
                Some(Json::String(text)) => Value::from(text.as_str()),
                Some(Json::Number(number)) => Value::from(Serde(number)),
                Some(_) | None => {
                    let mut missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
                    if missing.len() < MAX_NAMES && !missing.iter().any(|known| known == name) {
                        missing.push(shorten_name(name));
                    }
                    Value::from_object(Missing)
                }
            },
        }
    }

    fn missing(&self) -> Vec<String> {
        self.missing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The claims' names in order: few and short enough for a log line, with every control character escaped.
    fn names(&self) -> Vec<String> {
        let Source::Claims(claims) = &self.source else { return Vec::new() };
        let mut names: Vec<_> = claims.keys().map(|name| shorten_name(name)).collect();
        names.sort();
        names.truncate(MAX_NAMES);
        names
    }
}

const MAX_NAMES: usize = 40;

fn shorten_name(name: &str) -> String {
    name.chars().take(40).flat_map(char::escape_debug).collect()
}

/// The variables of a template: each claim by its name, and `claims`.
#[derive(Debug)]
struct Root(Arc<ClaimValues>);

impl Root {
    fn value(values: &Arc<ClaimValues>) -> Value {
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
