//! The username of a new account: the operator's template over the provider's claims.

mod claim_values;
mod claim_words;
mod invalid_name;

use std::sync::{Arc, LazyLock};

use minijinja::value::{Rest, Value, ValueKind};
use minijinja::{Environment, ErrorKind, UndefinedBehavior, escape_formatter};
use serde_json::{Map, Value as Json};

use crate::base::counted::counted;
use crate::base::ids::InvalidName;
use crate::base::lookalike::{MixedScripts, Scripts};
use crate::base::redaction::Redaction;
use crate::base::username::Username;
use claim_values::{ClaimValues, MISSING, Root, Source, is_missing, shorten_name};
use claim_words::paths_with_members;
use invalid_name::{corrected_template, explain_invalid};

/// Marks a value that is not text in the rendered text. No username holds a noncharacter.
const NOT_TEXT: char = '\u{fdd1}';

/// Why the template gives no username.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UsernameError {
    /// The claims that the template needs are missing, or give no name.
    #[error("{template} gives no username: {why}; the claims received: {}", shown_names(.claims))]
    Missing {
        template: String,
        why: String,
        /// Names, never values. They are not cut here: in a part of a name, a part of a secret could not be recognised.
        claims: Vec<String>,
    },
    /// The claims came, but the template can't work with their values.
    #[error(
        "{template} gives no username: a filter or an operation of the template does not fit the value of a claim \
         ({why}); leave it out, or use another claim in the template"
    )]
    NotApplicable { template: String, why: String },
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
            other @ (Self::NotApplicable { .. } | Self::Invalid { .. } | Self::MixedScripts { .. }) => other,
        }
    }
}

fn shown_names(names: &[String]) -> String {
    names.iter().map(|name| shorten_name(name)).collect::<Vec<_>>().join(", ")
}

fn characters(count: usize) -> String {
    counted(count, "character", "characters")
}

/// A minijinja template over a provider's claims. Each claim is a variable. `claims` holds all of them, too, for names
/// that can't be a variable: `{{ claims["cognito:username"] }}`. Claims may hold others: `{{ data.login }}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsernameTemplate {
    text: String,
    scripts: Scripts,
}

impl UsernameTemplate {
    /// # Errors
    /// What is wrong with the template itself, for the operator who wrote it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let template = ENVIRONMENT.template_from_str(text).map_err(|why| why.to_string())?;
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
        self.rendered(Source::Sample { with_members: paths_with_members(&self.text) })
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
        let values = Arc::new(ClaimValues::new(source, &ENVIRONMENT));
        let rendered = ENVIRONMENT.render_str(&self.text, Root::value(&values));
        let missing = |why: String| {
            let absent = values.missing(&self.text);
            let why = if absent.is_empty() { why } else { format!("no text in {}", absent.join(", ")) };
            UsernameError::Missing { template: self.text.clone(), why, claims: values.names() }
        };
        // Only the kind of the error: its message may hold the value of a claim (security rule C56).
        let text = rendered.map_err(|why| match missing(why.kind().to_string()) {
            UsernameError::Missing { template, why, .. } if values.missing(&self.text).is_empty() => {
                UsernameError::NotApplicable { template, why }
            }
            missing => missing,
        })?;
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

/// Made once: a config with thousands of providers has as many templates.
static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(strict_environment);

/// An environment that lets only text and numbers into a name, and detects each use of a missing claim.
fn strict_environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_formatter(|out, state, value| match value.kind() {
        ValueKind::String | ValueKind::Number => escape_formatter(out, state, value),
        // `to_string` also records that the claim was printed.
        _ if is_missing(value) => escape_formatter(out, state, &Value::from(value.to_string())),
        _ => escape_formatter(out, state, &Value::from(NOT_TEXT.to_string())),
    });
    for name in ["default", "d"] {
        environment.add_filter(name, default);
    }
    environment.add_test("defined", |value: &Value| !is_missing(value) && !value.is_undefined());
    environment.add_test("undefined", |value: &Value| is_missing(value) || value.is_undefined());
    environment
}

/// Like minijinja's own filter, which doesn't know missing claims.
#[expect(clippy::needless_pass_by_value, reason = "minijinja passes the remaining arguments by value")]
fn default(value: &Value, others: Rest<Value>) -> Value {
    let lax = others.get(1).is_some_and(Value::is_true);
    if is_missing(value) || value.is_undefined() || (lax && !value.is_true()) {
        others.first().cloned().unwrap_or_else(|| Value::from(""))
    } else {
        value.clone()
    }
}

#[cfg(test)]
mod tests;
