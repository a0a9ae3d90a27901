//! The Galène conference server. Its stock client reads `?token=`, and its server checks `sub`, `aud` and `exp`.

use std::time::Duration;

use crate::signin::app::{
    AddressScheme, AppKind, AuthServerSupport, ErrorReturn, KeyDelivery, Permissions, ResponseMode, SubjectClaim,
};

pub const KIND: AppKind = AppKind {
    name: "galene",
    product: "Galène",
    addresses: AddressScheme::RoomsBelowUrl("group/{room}/"),
    // The stock client reads nothing but the query.
    response_mode: ResponseMode::Query,
    // Galène checks the token when the person clicks "Join", which may take them two minutes.
    lifetime: Duration::from_mins(2),
    authserver: AuthServerSupport::Optional,
    keys: KeyDelivery::GaleneGroups,
    token_type: "JWT",
    subject: SubjectClaim::Username,
    // The stock client reads every return without a token as "go to the portal", so an error sent there would loop.
    error_return: ErrorReturn::Never,
    permissions: Permissions::Table(&PERMISSIONS),
    check_username,
};

/// Galène neither expands nor validates permissions, so each word of a rule becomes the list that it means in Galène.
///
/// `op` does not include `record`: Galène honours it even if the group forbids recording.
const PERMISSIONS: [(&str, &[&str]); 4] = [
    ("op", &["op", "present", "message", "caption", "token"]),
    ("present", &["present", "message"]),
    ("observe", &[]),
    ("record", &["record"]),
];

/// Refuses the names that Galène's own check of `sub` refuses. Galène would only answer "not authorised".
fn check_username(name: &str) -> Result<(), &'static str> {
    if name.contains('\\') {
        return Err("Galène accepts no \\ in a name");
    }
    if name.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
        return Err("Galène accepts no / at either end of a name, no // and no . or .. between slashes");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::KIND;
    use crate::base::username::Username;
    use crate::signin::app::{ErrorReturn, SubjectClaim};

    #[test]
    fn a_word_of_a_rule_becomes_the_permissions_that_it_means_in_galene() {
        for (word, meant) in [
            ("op", &["op", "present", "message", "caption", "token"][..]),
            ("present", &["present", "message"]),
            ("observe", &[]),
            ("record", &["record"]),
        ] {
            assert_eq!(KIND.permissions.expand(word).unwrap(), meant, "{word}");
        }
    }

    // C31: Galène obeys every permission in a token, so each must come from the table
    #[test]
    fn an_unknown_word_is_not_a_galene_permission() {
        for word in ["admin", "Op", "OP", "op ", "", "message", "caption", "token", "op,admin", "*"] {
            assert_eq!(KIND.permissions.expand(word), None, "{word:?}");
        }
    }

    #[test]
    fn a_name_that_galene_would_refuse_is_refused_here_with_the_reason() {
        for bad in ["DOMAIN\\dee", "/dee", "dee/", "a//b", "a/./b", "a/../b", ".", "..", "../a", ""] {
            assert!((KIND.check_username)(bad).is_err(), "{bad:?}");
        }
        for good in ["dee", "Dee Ó", "dee@example.edu", "a/b", ".dee", "dee..", "d.e.e", "..."] {
            assert_eq!((KIND.check_username)(good), Ok(()), "{good:?}");
        }
    }

    #[test]
    fn galene_accepts_every_name_that_an_account_can_have() {
        for name in ["dee", "Dee Ó", "dee@example.edu", "...", "dee-2", "a:b", "~", "%2e%2e"] {
            let name: Username = name.parse().unwrap();
            assert_eq!((KIND.check_username)(name.as_str()), Ok(()), "{name}");
        }
    }

    // C33: its page reads every return without a token as "go to the portal"
    #[test]
    fn galene_never_gets_an_error_and_shows_the_username() {
        assert_eq!(KIND.error_return, ErrorReturn::Never);
        assert_eq!(KIND.subject, SubjectClaim::Username);
        assert_eq!(KIND.token_type, "JWT");
    }
}
