//! What one kind of app asks of arrive, permit, seal and send. A new kind is one file here and one line in [`kind`].

pub mod galene;
pub mod plain;

use crate::signin::arrive::Kind;

/// The kinds that the config file may name.
pub const KINDS: [&Kind; 2] = [&plain::KIND, &galene::KIND];

/// The kind of that name.
#[must_use]
pub fn kind(name: &str) -> Option<Kind> {
    KINDS.into_iter().find(|kind| kind.name == name).copied()
}

#[cfg(test)]
mod tests {
    use super::{KINDS, kind};

    #[test]
    fn each_kind_is_found_by_the_name_in_the_config_and_by_no_other() {
        for known in KINDS {
            assert_eq!(kind(known.name).unwrap().name, known.name);
        }
        for unknown in ["", "Galene", "galène", "plain ", "jitsi"] {
            assert!(kind(unknown).is_none(), "{unknown}");
        }
    }

    // C31
    #[test]
    fn no_kind_lets_a_rule_give_admin() {
        for known in KINDS {
            assert_eq!((known.expand)("admin"), None, "{}", known.name);
        }
        for word in ["op", "present", "observe", "record"] {
            let words = (kind("galene").unwrap().expand)(word).unwrap();
            assert!(!words.contains(&"admin".to_owned()), "{word}");
        }
    }

    // C18, C29
    #[test]
    fn each_kinds_tokens_say_what_they_are() {
        assert_eq!(kind("plain").unwrap().token_type, "login+jwt");
        assert_eq!(kind("galene").unwrap().token_type, "JWT");
    }
}
