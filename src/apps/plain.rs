//! An app that reads our own shape of token, in the fragment.

use crate::signin::arrive::{ErrorReturn, Kind, SubjectClaim};

pub const KIND: Kind = Kind {
    name: "plain",
    token_type: "login+jwt",
    subject: SubjectClaim::AccountId,
    error_return: ErrorReturn::Location,
    expand,
    takes_username: |_| Ok(()),
};

/// Permissions are the app's own words, handed on as they stand; `admin` is never given by a rule.
fn expand(permission: &str) -> Option<Vec<String>> {
    (permission != "admin").then(|| vec![permission.to_owned()])
}
