//! Which local account an external identity is: the one it is tied to, a new one, or none.

use minijinja::{Environment, ErrorKind, UndefinedBehavior};
use serde_json::{Map, Value};

use super::permit::Account;
use crate::base::username::Username;

/// What happens when an identity comes that is tied to no account.
#[derive(Debug, Clone)]
pub enum FirstLogin {
    /// An account is made; its name comes from this template over the claims.
    Provision(UsernameTemplate),
    /// Nobody comes in whom an admin did not link.
    Refuse,
}

/// What is to be done. E-mail, name and username play no part in it (security rules C21, C22).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    SignIn(Account),
    /// Make an account of this name, or of the next free one after it.
    Provision {
        wished: Username,
    },
    Refuse,
}

/// Why no account can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{template} gives no username: {why}; the claims that came: {}", .claims.join(", "))]
pub struct NoName {
    template: String,
    why: String,
    /// Names, never values.
    claims: Vec<String>,
}

/// Decides by the account that the identity's key (provider, issuer, subject) is tied to, and by nothing else.
///
/// # Errors
/// When an account is to be made and the template gives no usable name.
pub fn decide(tied: Option<Account>, policy: &FirstLogin, claims: &Map<String, Value>) -> Result<Decision, NoName> {
    match (tied, policy) {
        (Some(account), _) => Ok(Decision::SignIn(account)),
        (None, FirstLogin::Provision(template)) => Ok(Decision::Provision { wished: template.name(claims)? }),
        (None, FirstLogin::Refuse) => Ok(Decision::Refuse),
    }
}

/// A minijinja template over a provider's claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsernameTemplate(String);

impl UsernameTemplate {
    /// # Errors
    /// Where the template itself is wrong, in words for whoever wrote it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let environment = Environment::new();
        let template = environment.template_from_str(text).map_err(|why| why.to_string())?;
        // A filter, function or test that doesn't exist shows only when it is used: better now than at a login.
        match template.render(()) {
            Err(why) if is_of_the_template(why.kind()) => Err(why.to_string()),
            Ok(_) | Err(_) => Ok(Self(text.to_owned())),
        }
    }

    /// The name that somebody ordinary would get, where every claim that the template asks for says something.
    ///
    /// # Errors
    /// When even then there is none.
    pub fn sample(&self) -> Result<Username, NoName> {
        let environment = Environment::new();
        let asked = environment.template_from_str(&self.0).map(|template| template.undeclared_variables(false));
        let says = |claim: String| {
            let text = if matches!(claim.as_str(), "email" | "upn") { "ada@example.edu" } else { "ada" };
            (claim, Value::from(text))
        };
        self.name(&asked.unwrap_or_default().into_iter().map(says).collect())
    }

    /// As the operator wrote it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    fn name(&self, claims: &Map<String, Value>) -> Result<Username, NoName> {
        let failed = |why: String| NoName { template: self.0.clone(), why, claims: names(claims) };
        // Only texts and numbers make a name: an object or `true` printed into one is a mistake, not a wish.
        let printable: Map<String, Value> = claims
            .iter()
            .filter(|(_, value)| matches!(value, Value::String(_) | Value::Number(_)))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let environment = strict();
        let template = environment.template_from_str(&self.0).map_err(|why| failed(why.kind().to_string()))?;
        let rendered = template.render(minijinja::value::Serde(&printable)).map_err(|why| {
            let mut asked: Vec<_> = template.undeclared_variables(false).into_iter().collect();
            asked.retain(|name| !printable.contains_key(name));
            asked.sort();
            failed(format!("{}, {}", why.kind(), no_text(&asked)))
        })?;
        rendered.trim().parse().map_err(|why: crate::base::ids::NotAName| failed(why.to_string()))
    }
}

/// Faults that no claims can cause or mend.
fn is_of_the_template(fault: ErrorKind) -> bool {
    use ErrorKind::{TemplateNotFound, UnknownFilter, UnknownFunction, UnknownTest};
    matches!(fault, TemplateNotFound | UnknownFilter | UnknownFunction | UnknownTest)
}

/// The claims' names in order, as few and as short as fit a log line, and nothing in them that would break it.
fn names(claims: &Map<String, Value>) -> Vec<String> {
    let escaped = claims.keys().map(|name| name.chars().take(40).flat_map(char::escape_debug).collect::<String>());
    let mut names: Vec<_> = escaped.collect();
    names.sort();
    names.truncate(40);
    names
}

fn no_text(claims: &[String]) -> String {
    if claims.is_empty() { "with every claim there".into() } else { format!("no text in {}", claims.join(", ")) }
}

/// An environment in which a claim that did not come is a fault, not an empty text.
fn strict() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment
}

/// How many names are tried before somebody has to look: `dee`, `dee-2`, … `dee-99`.
pub const MOST_SUFFIXES: u32 = 99;

/// The names to try in turn: the wished one, then with a number.
pub fn candidates(wished: &Username) -> impl Iterator<Item = Username> + '_ {
    std::iter::once(wished.clone()).chain((2..=MOST_SUFFIXES).map(|number| wished.suffixed(number)))
}

#[cfg(test)]
mod tests;
