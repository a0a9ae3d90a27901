//! Prepares passwords by `SASLprep` (RFC 4013, RFC 4511 §4.2): some keyboards type one letter as several code points.
//! Also the form in which names are compared.

use std::borrow::Cow;

use crate::base::secret::Secret;
use crate::base::username::folded;

/// The prepared form, if it differs from the typed one. Directories don't prepare passwords themselves and may have
/// either form, so the typed one is tried first.
pub fn saslprep_form(typed: &Secret<String>) -> Option<Secret<String>> {
    match stringprep::saslprep(typed.expose()) {
        Ok(Cow::Owned(form)) if form != *typed.expose() && !form.is_empty() => Some(Secret::new(form)),
        // A password that SASLprep forbids has no prepared form.
        Ok(Cow::Owned(_) | Cow::Borrowed(_)) | Err(_) => None,
    }
}

/// `random`, as a password that is tried as many times as `typed`.
pub fn as_many_forms(typed: &Secret<String>, random: &str) -> Secret<String> {
    /// `SASLprep` removes it.
    const SOFT_HYPHEN: char = '\u{ad}';
    let end = saslprep_form(typed).map(|_| SOFT_HYPHEN);
    Secret::new(random.chars().chain(end).collect())
}

/// The form in which directories compare names: they ignore case, width and runs of spaces (RFC 4518 §2).
pub fn canonical(name: &str) -> String {
    folded(name).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{as_many_forms, saslprep_form};
    use crate::base::secret::Secret;

    fn form(typed: &str) -> Option<String> {
        saslprep_form(&Secret::new(typed.to_owned())).map(|form| form.expose().clone())
    }

    #[test]
    fn a_password_has_a_second_form_if_preparing_changes_it() {
        assert_eq!(form("cafe\u{301}"), Some("café".into()));
        assert_eq!(form("a\u{a0}b\u{ad}c"), Some("a bc".into()));
        for same in ["cafe", "café", " a b ", "\u{ad}", "a\u{7}b", "日本"] {
            assert_eq!(form(same), None, "{same:?}");
        }
    }

    // C42
    #[test]
    fn a_random_password_has_as_many_forms_as_the_typed_one() {
        for typed in ["cafe\u{301}", "café", "cafe"] {
            let random = as_many_forms(&Secret::new(typed.to_owned()), "random");
            assert_eq!(saslprep_form(&random).is_some(), form(typed).is_some(), "{typed:?}");
        }
    }
}
