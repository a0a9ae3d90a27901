//! A hook that returns the typed password, by mistake. It must reach neither the database nor the log (security rule
//! C56).

use std::sync::atomic::Ordering;

use serde_json::{Map, Value};

use super::Webhook;
use crate::upstream::attempt::Attempt;

/// The error for an answer with such a subject.
pub const SUBJECT_IS_PASSWORD: &str = "`subject` is the typed password, which must not be stored";

impl Webhook {
    /// Leaves out each claim whose value or name is the typed password: values may become a username, and the log lists
    /// names. A group may have the same name as a password, and only groups that the config names are stored.
    pub(super) fn leave_out_password(&self, claims: &mut Map<String, Value>, attempt: &Attempt<'_>) {
        let is_password = |value: &Value| value.as_str().is_some_and(|text| attempt.is_password(text));
        let holds_password =
            |value: &Value| is_password(value) || value.as_array().is_some_and(|list| list.iter().any(is_password));
        claims.retain(|name, value| {
            let left_out = *name != self.groups_claim && (attempt.is_password(name) || holds_password(value));
            if left_out && !self.warned_of_password.swap(true, Ordering::Relaxed) {
                let claim = attempt.redaction().quote_name(name, 60);
                tracing::warn!(
                    provider = %self.id, cause = "claim_ignored",
                    "the claim {claim} of the hook's answer is the typed password and left out; have the hook answer \
                     as examples/webhook/README.md says"
                );
            }
            !left_out
        });
    }
}
