//! The username of an account, and when two usernames count as the same.

use std::fmt;

use caseless::default_case_fold_str;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::ids::InvalidName;
use super::invisible::{collapse_spaces, is_ignorable, is_invisible};
use super::lookalike::{lookalikes, skeleton};

/// The username of an account: 1 to 64 characters, no `/`, `\`, control or bidi characters, neither `.` nor `..`.
///
/// Compare names by [`Username::folded`], never by their text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Username(String);

impl Username {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which usernames are unique: NFKC, case folded, NFKC again, without ignorable characters (Unicode
    /// §3.13, `NFKC_Casefold`), and with one space for several in a row.
    #[must_use]
    pub fn folded(&self) -> String {
        folded(&self.0)
    }

    /// What the name looks like, in any alphabet. No two accounts may look alike. Never use it to find an account.
    #[must_use]
    pub fn skeleton(&self) -> String {
        skeleton(&self.0)
    }

    /// The skeletons of the names that look like this one.
    #[must_use]
    pub fn lookalikes(&self) -> Vec<String> {
        lookalikes(&self.0)
    }

    /// This name with a number after it: `dee` → `dee-2`. A long name is cut so that both fit.
    #[must_use]
    pub fn suffixed(&self, number: u32) -> Self {
        let suffix = format!("-{number}");
        let kept: String = self.0.chars().take(MAX_LENGTH - suffix.len()).collect();
        Self(kept.trim_end().to_owned() + &suffix)
    }
}

/// The longest username, in characters.
pub const MAX_LENGTH: usize = 64;

impl std::str::FromStr for Username {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let length = text.chars().count();
        if !(1..=MAX_LENGTH).contains(&length) {
            return Err(InvalidName("a username has 1 to 64 characters"));
        }
        if text.chars().any(|c| matches!(c, '/' | '\\')) {
            return Err(InvalidName("a username holds no / and no \\"));
        }
        if text.chars().any(is_invisible) {
            return Err(InvalidName("a username holds no control or direction characters"));
        }
        if text == "." || text == ".." {
            return Err(InvalidName("a username is neither . nor .."));
        }
        if text.trim() != text {
            return Err(InvalidName("a username neither begins nor ends with a space"));
        }
        if folded(text).trim().is_empty() {
            return Err(InvalidName("a username has a visible character"));
        }
        Ok(Self(text.to_owned()))
    }
}

/// Any text in the form in which usernames are compared: [`Username::folded`].
#[must_use]
pub fn folded(text: &str) -> String {
    let visible: String = text.chars().filter(|c| !is_ignorable(*c)).nfkc().filter(|c| !is_ignorable(*c)).collect();
    let folded: String = default_case_fold_str(&visible).nfkc().collect();
    collapse_spaces(&folded)
}

impl TryFrom<String> for Username {
    type Error = InvalidName;
    fn try_from(text: String) -> Result<Self, InvalidName> {
        text.parse()
    }
}

impl From<Username> for String {
    fn from(name: Username) -> Self {
        name.0
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Username;

    fn name(text: &str) -> Username {
        text.parse().unwrap()
    }

    #[test]
    fn names_that_differ_only_in_case_or_width_count_as_one() {
        assert_eq!(name("Dee").folded(), name("dee").folded());
        assert_eq!(name("Straße").folded(), name("STRASSE").folded());
        assert_eq!(name("ｄｅｅ").folded(), name("dee").folded());
        for spaced in ["a  b", "a \u{a0} b", "A\u{2003}B"] {
            assert_eq!(
                (name(spaced).folded(), name(spaced).skeleton()),
                (name("a b").folded(), name("a b").skeleton())
            );
        }
        assert_ne!(name("dee").folded(), name("dea").folded());
        assert_ne!(name("a b").folded(), name("ab").folded());
    }

    #[test]
    fn invisible_characters_do_not_make_another_name() {
        let fillers =
            ["\u{ad}", "\u{34f}", "\u{115f}", "\u{1160}", "\u{3164}", "\u{ffa0}", "\u{fe0f}", "\u{e0041}", "\u{2063}"];
        for invisible in fillers {
            for other in [format!("dee{invisible}"), format!("{invisible}dee"), format!("d{invisible}ee")] {
                assert_eq!(name(&other).folded(), "dee", "{other:?}");
            }
            assert!(invisible.repeat(3).parse::<Username>().is_err(), "{invisible:?}");
        }
        assert_eq!(name("Zoë ❤\u{fe0f}").as_str(), "Zoë ❤\u{fe0f}");
    }

    #[test]
    fn a_folded_name_folds_to_itself() {
        let letters = ["ŉ", "ᾳ\u{301}", "K", "ſ", "ß", "ﬃ", "İ", "Ǆ"];
        let sequences = ["\u{345}\u{301}a", "᾽", "℡", "각\u{1160}"];
        for text in letters.into_iter().chain(sequences) {
            let once = name(text).folded();
            assert_eq!(super::folded(&once), once, "{text:?}");
        }
    }

    #[test]
    fn a_name_that_could_confuse_an_app_is_refused() {
        for bad in ["", ".", "..", "a/b", "DOMAIN\\user", "a\u{202e}b", "a\nb", " a", &"x".repeat(65)] {
            assert!(bad.parse::<Username>().is_err(), "{bad:?}");
        }
        assert!("x".repeat(64).parse::<Username>().is_ok());
    }

    #[test]
    fn a_suffix_never_makes_a_name_too_long() {
        let longest = name(&"x".repeat(64)).suffixed(12);
        assert_eq!(longest.as_str().chars().count(), 64);
        assert!(longest.as_str().ends_with("-12"));
    }

    proptest! {
        // The oracle is written with the standard library alone.
        #[test]
        fn a_text_is_refused_or_is_a_name_that_cannot_confuse_an_app(
            text in prop_oneof![any::<String>(), difficult_text()],
        ) {
            let Ok(name) = text.parse::<Username>() else { return Ok(()) };
            prop_assert_eq!(name.as_str(), &text);
            prop_assert!((1..=64).contains(&text.chars().count()) && text.trim() == text);
            let bad = |c: char| c.is_control() || "/\\\u{202e}\u{2066}\u{200b}\u{feff}".contains(c);
            prop_assert!(!text.contains(bad));
            let folded = name.folded();
            prop_assert!(!folded.is_empty());
            prop_assert_eq!(super::folded(&folded), folded.as_str());
            prop_assert_eq!(super::folded(&text.to_lowercase()).is_empty(), false);
            prop_assert!(!name.skeleton().is_empty());
            let suffixed = name.suffixed(99);
            prop_assert_eq!(suffixed.as_str().parse::<Username>(), Ok(suffixed.clone()));
        }
    }

    /// Letters and signs that are difficult in names.
    fn difficult_text() -> proptest::strategy::BoxedStrategy<String> {
        "[a-zA-Zа-яß1lI/\\\\. \u{ad}\u{200b}\u{202e}\u{345}\u{3164}ﬃ-]{0,70}".boxed()
    }
}
