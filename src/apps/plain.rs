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

/// Permissions are the app's own words, handed on as they stand; a word says something, and `admin` is never given by a
/// rule.
fn expand(permission: &str) -> Option<Vec<String>> {
    (!permission.trim().is_empty() && permission != "admin").then(|| vec![permission.to_owned()])
}

#[cfg(test)]
mod tests {
    use super::KIND;
    use crate::signin::arrive::{ErrorReturn, SubjectClaim};

    #[test]
    fn permissions_are_the_apps_own_words() {
        for word in ["op", "read", "Lesen & Schreiben"] {
            assert_eq!((KIND.expand)(word), Some(vec![word.to_owned()]));
        }
        for nothing in ["", " ", "\u{a0}"] {
            assert_eq!((KIND.expand)(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn a_plain_app_is_told_of_refusals_and_knows_people_by_their_stable_id() {
        assert_eq!(KIND.error_return, ErrorReturn::Location);
        assert_eq!(KIND.subject, SubjectClaim::AccountId);
        assert_eq!((KIND.takes_username)("any name at all"), Ok(()));
    }
}
