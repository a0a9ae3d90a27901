//! The Galène conference server, whose stock client reads `?token=` and whose server checks `sub`, `aud` and `exp`.

use crate::signin::arrive::{ErrorReturn, Kind, SubjectClaim};

pub const KIND: Kind = Kind {
    name: "galene",
    token_type: "JWT",
    subject: SubjectClaim::Username,
    // Its page takes every return without a token for "go to the portal": an error sent there would loop.
    error_return: ErrorReturn::Never,
    expand,
    takes_username,
};

/// The words that a rule may give.
pub const PERMISSIONS: [&str; 4] = ["op", "present", "observe", "record"];

/// Galène neither expands nor validates permissions, so a rule's word becomes the list that the word means there.
///
/// `record` is a word of its own, as Galène honours it even where the group forbids recording. `admin` opens the
/// group's administration to the bearer and is never given by a rule.
fn expand(permission: &str) -> Option<Vec<String>> {
    let words: &[&str] = match permission {
        "op" => &["op", "present", "message", "caption", "token"],
        "present" => &["present", "message"],
        "observe" => &[],
        "record" => &["record"],
        _ => return None,
    };
    Some(words.iter().map(|word| (*word).to_owned()).collect())
}

/// What Galène answers with a bare "not authorised": RFC-less, read from its own check of `sub`.
fn takes_username(name: &str) -> Result<(), &'static str> {
    if name.contains('\\') {
        return Err("Galène takes no \\ in a name");
    }
    if name.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
        return Err("Galène takes no / at either end of a name, no // and no . or .. between slashes");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::KIND;
    use crate::base::username::Username;
    use crate::signin::arrive::{ErrorReturn, SubjectClaim};

    #[test]
    fn a_word_of_a_rule_becomes_the_permissions_that_it_means_there() {
        for (word, meant) in [
            ("op", &["op", "present", "message", "caption", "token"][..]),
            ("present", &["present", "message"]),
            ("observe", &[]),
            ("record", &["record"]),
        ] {
            assert_eq!((KIND.expand)(word).unwrap(), meant, "{word}");
        }
    }

    // C31: Galène hands on whatever stands in the token, so nothing passes by itself
    #[test]
    fn a_word_that_galene_rules_do_not_have_is_no_permission() {
        for word in ["admin", "Op", "OP", "op ", "", "message", "caption", "token", "op,admin", "*"] {
            assert_eq!((KIND.expand)(word), None, "{word:?}");
        }
    }

    #[test]
    fn a_name_that_galene_would_refuse_is_refused_here_with_the_reason() {
        for bad in ["DOMAIN\\dee", "/dee", "dee/", "a//b", "a/./b", "a/../b", ".", "..", "../a", ""] {
            assert!((KIND.takes_username)(bad).is_err(), "{bad:?}");
        }
        for good in ["dee", "Dee Ó", "dee@example.edu", "a/b", ".dee", "dee..", "d.e.e", "..."] {
            assert_eq!((KIND.takes_username)(good), Ok(()), "{good:?}");
        }
    }

    #[test]
    fn galene_takes_every_name_that_an_account_can_have() {
        for name in ["dee", "Dee Ó", "dee@example.edu", "...", "dee-2", "a:b", "~", "%2e%2e"] {
            let name: Username = name.parse().unwrap();
            assert_eq!((KIND.takes_username)(name.as_str()), Ok(()), "{name}");
        }
    }

    // C33: its page takes a return without a token for "go to the portal"
    #[test]
    fn galene_is_never_told_of_a_refusal_and_shows_the_username() {
        assert_eq!(KIND.error_return, ErrorReturn::Never);
        assert_eq!(KIND.subject, SubjectClaim::Username);
        assert_eq!(KIND.token_type, "JWT");
    }
}
