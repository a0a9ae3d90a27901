//! A hook that returns the typed password, by mistake. It must reach neither the database nor the log (security rule
//! C56).

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value};

use super::Webhook;
use crate::signin::identify::RETURNED_PASSWORD_FIX;
use crate::upstream::attempt::Attempt;

/// The error for an answer with such a subject.
pub const SUBJECT_IS_PASSWORD: &str = "`subject` is the typed password, which must not be stored";
/// The hook may also be right: some people have their own number as their password.
pub const SUBJECT_IS_PASSWORD_FIX: &str = "let the hook never return the password; if it returns a number of the \
     person that is also their password, they have to choose another password";

/// Claims whose names say nothing about a password, since a hook takes them from a standard: OpenID Connect Core §2 and
/// §5.1.
const STANDARD_CLAIMS: [&str; 23] = [
    "acr",
    "address",
    "amr",
    "auth_time",
    "birthdate",
    "email",
    "email_verified",
    "family_name",
    "gender",
    "given_name",
    "locale",
    "middle_name",
    "name",
    "nickname",
    "phone_number",
    "phone_number_verified",
    "picture",
    "preferred_username",
    "profile",
    "sub",
    "updated_at",
    "website",
    "zoneinfo",
];

/// The claims that the log has named, as it shows them, until the config is read again.
#[derive(Debug, Default)]
pub(super) struct NamedClaims(Mutex<BTreeSet<String>>);

/// How many claims the log names. The hook makes up their names, so there may be others without end.
const MAX_NAMED: usize = 20;

impl NamedClaims {
    /// Whether the log is to name this claim now.
    fn insert(&self, claim: &str) -> bool {
        let mut named = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        named.len() < MAX_NAMED && named.insert(claim.to_owned())
    }
}

impl Webhook {
    /// Leaves out each claim whose value or name is the typed password: values may become a username, and the log lists
    /// names. A group may have the same name as a password, and only groups that the config names are stored.
    ///
    /// Returns the names of the claims whose value was the password. A refusal may name them.
    pub(super) fn leave_out_password(&self, claims: &mut Map<String, Value>, attempt: &Attempt<'_>) -> Vec<String> {
        let is_password_name = |name: &str| !STANDARD_CLAIMS.contains(&name) && attempt.is_password(name);
        let mut left_out = Vec::new();
        claims.retain(|name, value| {
            let (by_value, by_name) = (holds_password(value, attempt), is_password_name(name));
            if *name == self.groups_claim || !(by_value || by_name) {
                return true;
            }
            self.warn_of_password(&attempt.redaction().quote_name(name, 60));
            // C15: as an unreadable one, it must not count as absent.
            let decides = name == "email_verified";
            if decides {
                *value = Value::Array(Vec::new());
            } else if !by_name {
                left_out.push(name.clone());
            }
            decides
        });
        left_out
    }

    fn warn_of_password(&self, claim: &str) {
        if self.named_claims.insert(claim) {
            tracing::warn!(
                provider = %self.id, cause = "claim_ignored",
                "the claim {claim} of the hook's answer is the typed password and left out; {RETURNED_PASSWORD_FIX}"
            );
        }
    }
}

/// Whether a claim is the typed password, or has it at any depth: a template may take a nested value as the username.
fn holds_password(value: &Value, attempt: &Attempt<'_>) -> bool {
    match value {
        Value::String(text) => attempt.is_password(text),
        Value::Number(number) => number.as_f64().is_some_and(|number| attempt.is_password_number(number)),
        Value::Array(list) => list.iter().any(|value| holds_password(value, attempt)),
        Value::Object(members) => members.values().any(|value| holds_password(value, attempt)),
        Value::Null | Value::Bool(_) => false,
    }
}
