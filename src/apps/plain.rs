//! The kind of app that reads a token in Vestibule's own format, from the fragment of the URL.

use std::time::Duration;

use crate::signin::app::{
    AddressScheme, AppKind, AuthServerSupport, ErrorReturn, KeyDelivery, Permissions, ResponseMode, SubjectClaim,
};

pub const KIND: AppKind = AppKind {
    name: "plain",
    product: "the app",
    addresses: AddressScheme::Listed,
    response_mode: ResponseMode::Fragment,
    lifetime: Duration::from_mins(1),
    authserver: AuthServerSupport::None,
    keys: KeyDelivery::Fetched,
    token_type: "login+jwt",
    subject: SubjectClaim::AccountId,
    error_return: ErrorReturn::Location,
    permissions: Permissions::OfTheApp,
    check_username: |_| Ok(()),
};

#[cfg(test)]
mod tests {
    use super::KIND;
    use crate::signin::app::{ErrorReturn, SubjectClaim};

    #[test]
    fn permissions_are_the_apps_own_words() {
        for word in ["op", "read", "Lesen & Schreiben"] {
            assert_eq!(KIND.permissions.expand(word), Some(vec![word.to_owned()]));
        }
        for blank in ["", " ", "\u{a0}"] {
            assert_eq!(KIND.permissions.expand(blank), None, "{blank:?}");
        }
    }

    #[test]
    fn a_plain_app_gets_errors_and_knows_people_by_their_stable_id() {
        assert_eq!(KIND.error_return, ErrorReturn::Location);
        assert_eq!(KIND.subject, SubjectClaim::AccountId);
        assert_eq!((KIND.check_username)("any name at all"), Ok(()));
    }
}
