//! A hook that returns the typed password, by mistake. It must reach neither the database nor the log (security rule
//! C56).

use std::sync::atomic::Ordering;

use serde_json::{Map, Value};

use super::Webhook;
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

impl Webhook {
    /// Leaves out each claim whose value or name is the typed password: values may become a username, and the log lists
    /// names. A group may have the same name as a password, and only groups that the config names are stored.
    pub(super) fn leave_out_password(&self, claims: &mut Map<String, Value>, attempt: &Attempt<'_>) {
        let is_password = |value: &Value| match value {
            Value::String(text) => attempt.is_password(text),
            // Some hooks write text of digits as a number.
            Value::Number(number) => attempt.is_password(&number.to_string()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
        };
        let is_password_name = |name: &str| !STANDARD_CLAIMS.contains(&name) && attempt.is_password(name);
        let holds_password =
            |value: &Value| is_password(value) || value.as_array().is_some_and(|list| list.iter().any(is_password));
        claims.retain(|name, value| {
            if *name == self.groups_claim || !(is_password_name(name) || holds_password(value)) {
                return true;
            }
            if !self.warned_of_password.swap(true, Ordering::Relaxed) {
                let claim = attempt.redaction().quote_name(name, 60);
                tracing::warn!(
                    provider = %self.id, cause = "claim_ignored",
                    "the claim {claim} of the hook's answer is the typed password and left out; let the hook never \
                     return the password; a person whose password is also the value of a claim has to choose another"
                );
            }
            // C15: as an unreadable one, it must not count as absent.
            let decides = name == "email_verified";
            if decides {
                *value = Value::Array(Vec::new());
            }
            decides
        });
    }
}
