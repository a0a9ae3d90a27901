//! Passwords as RFC 4511 §4.2 wants them sent: prepared by `SASLprep` (RFC 4013). One letter can be typed as several code
//! points, and some keyboards do.

use std::borrow::Cow;

use crate::base::secret::Secret;

/// The password in its prepared form, where that is another than was typed. Directories don't prepare it themselves, and
/// may know either: so it is tried as typed first.
pub fn prepared(typed: &Secret<String>) -> Option<Secret<String>> {
    match stringprep::saslprep(typed.expose()) {
        Ok(Cow::Owned(form)) if form != *typed.expose() && !form.is_empty() => Some(Secret::new(form)),
        // What it forbids was never prepared by anybody.
        Ok(Cow::Owned(_) | Cow::Borrowed(_)) | Err(_) => None,
    }
}

/// `random` as a password that is tried as often as `typed`.
pub fn as_many_forms(typed: &Secret<String>, random: &str) -> Secret<String> {
    /// Preparing takes it out.
    const SOFT_HYPHEN: char = '\u{ad}';
    let end = prepared(typed).map(|_| SOFT_HYPHEN);
    Secret::new(random.chars().chain(end).collect())
}

#[cfg(test)]
mod tests {
    use super::{as_many_forms, prepared};
    use crate::base::secret::Secret;

    fn form(typed: &str) -> Option<String> {
        prepared(&Secret::new(typed.to_owned())).map(|form| form.expose().clone())
    }

    #[test]
    fn a_password_has_a_second_form_where_preparing_changes_it() {
        assert_eq!(form("cafe\u{301}"), Some("café".into()));
        assert_eq!(form("a\u{a0}b\u{ad}c"), Some("a bc".into()));
        for same in ["cafe", "café", " a b ", "\u{ad}", "a\u{7}b", "日本"] {
            assert_eq!(form(same), None, "{same:?}");
        }
    }

    // C42
    #[test]
    fn nobodys_password_has_as_many_forms_as_the_one_that_was_typed() {
        for typed in ["cafe\u{301}", "café", "cafe"] {
            let nobodys = as_many_forms(&Secret::new(typed.to_owned()), "random");
            assert_eq!(prepared(&nobodys).is_some(), form(typed).is_some(), "{typed:?}");
        }
    }
}
