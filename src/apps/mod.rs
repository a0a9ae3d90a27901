//! The kinds of app. Each kind is one file here and one row of [`KINDS`].

pub mod galene;
pub mod plain;

use crate::signin::app::AppKind;

/// The table of kinds.
#[derive(Debug, Clone, Copy)]
pub struct AppKinds {
    pub offered: &'static [&'static AppKind],
    /// Kinds that are planned. The message for one says that it is not offered yet.
    pub planned: &'static [&'static str],
}

/// The kinds that this server offers.
pub const KINDS: AppKinds = AppKinds { offered: &[&plain::KIND, &galene::KIND], planned: &["jitsi"] };

impl AppKinds {
    /// The kind with this name in the config.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&'static AppKind> {
        self.offered.iter().copied().find(|kind| kind.name == name)
    }

    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.names_of(|_| true)
    }

    /// The names of the kinds that satisfy the condition.
    #[must_use]
    pub fn names_of(&self, holds: impl Fn(&AppKind) -> bool) -> Vec<&'static str> {
        self.offered.iter().filter(|kind| holds(kind)).map(|kind| kind.name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::KINDS;
    use crate::signin::app::NEVER_GIVEN;

    #[test]
    fn each_kind_is_found_by_the_name_in_the_config_and_by_no_other() {
        for known in KINDS.offered {
            assert_eq!(KINDS.find(known.name).unwrap().name, known.name);
        }
        for unknown in ["", "Galene", "galène", "plain ", "jitsi"] {
            assert!(KINDS.find(unknown).is_none(), "{unknown}");
        }
    }

    // C31
    #[test]
    fn no_rule_can_give_admin_to_an_app_of_any_kind() {
        for known in KINDS.offered {
            assert_eq!(known.permissions.expand(NEVER_GIVEN), None, "{}", known.name);
            for word in known.permissions.words() {
                let given = known.permissions.expand(word).unwrap();
                assert!(!given.contains(&NEVER_GIVEN.to_owned()), "{}: {word}", known.name);
            }
        }
    }

    // C18, C29
    #[test]
    fn each_kind_has_its_own_token_type() {
        assert_eq!(KINDS.find("plain").unwrap().token_type, "login+jwt");
        assert_eq!(KINDS.find("galene").unwrap().token_type, "JWT");
    }
}
