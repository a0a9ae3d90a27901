//! The texts by whose beginning an admin finds an account, and the range of texts that begin with what the admin typed.
//!
//! They only find accounts for admins. No sign-in uses them: a name or an address never leads a person to an account.

use std::collections::BTreeSet;

use crate::base::username::{Username, folded};
use crate::signin::remembered_profile::LastProfile;

/// The longest term, in characters. It keeps a term within what an index of PostgreSQL can hold.
const MAX_LENGTH: usize = 128;

/// The most characters of a text that are read.
const MAX_READ: usize = 4 * MAX_LENGTH;

/// At how many of its words a display name is found.
const MAX_ROTATIONS: usize = 4;

/// The terms of an account: the username; and of each profile, the e-mail address, its `@domain`, and the display name,
/// beginning at each of its words ("maria garcia", "garcia maria").
#[must_use]
pub fn search_terms<'p>(username: &Username, profiles: impl IntoIterator<Item = &'p LastProfile>) -> BTreeSet<String> {
    let mut terms = BTreeSet::from([words(username.as_str()).join(" ")]);
    for LastProfile { name, email, .. } in profiles {
        terms.extend(name.iter().flat_map(|name| rotations(&words(name))));
        if let Some(email) = email {
            let address = words(&email.address).join(" ");
            let domain = address.rfind('@').and_then(|at| address.get(at..));
            terms.extend(domain.map(str::to_owned));
            terms.insert(address);
        }
    }
    terms.into_iter().map(|term| cut(&term)).filter(|term| !term.is_empty() && term != "@").collect()
}

/// The name beginning at each of its first words, and at its last one, which is a surname in many languages.
fn rotations(words: &[String]) -> Vec<String> {
    let last = words.len().saturating_sub(1);
    let begins = (0..words.len()).filter(|at| *at + 1 < MAX_ROTATIONS || *at == last);
    let rotation = |begin| words.iter().cycle().skip(begin).take(words.len()).map(String::as_str);
    begins.map(|begin| rotation(begin).collect::<Vec<_>>().join(" ")).collect()
}

/// The words of a text as they are compared. "Garcia, Maria" has the same words as "GARCIA MARIA".
fn words(text: &str) -> Vec<String> {
    let read: String = text.chars().take(MAX_READ).collect();
    let is_between = |c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | ';');
    folded(&read).split(is_between).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn cut(term: &str) -> String {
    term.chars().take(MAX_LENGTH).collect()
}

/// The terms that begin with a text: from `first` on, and before `end`, in the order of their bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermRange {
    pub first: String,
    /// `None`: up to the last term.
    pub end: Option<String>,
}

impl TermRange {
    /// `None`: the text has no character that counts.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let first = cut(&words(text).join(" "));
        (!first.is_empty()).then(|| Self { end: after_all(&first), first })
    }

    #[must_use]
    pub fn contains(&self, term: &str) -> bool {
        term >= self.first.as_str() && self.end.as_deref().is_none_or(|end| term < end)
    }
}

/// The least text that comes after all texts that begin with `prefix`. UTF-8 sorts like the characters that it encodes.
fn after_all(prefix: &str) -> Option<String> {
    let mut end: Vec<char> = prefix.chars().collect();
    while let Some(last) = end.pop() {
        // A range of characters leaves out the surrogates.
        if let Some(next) = (last..=char::MAX).nth(1) {
            end.push(next);
            return Some(end.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{MAX_LENGTH, TermRange, search_terms};
    use crate::signin::account::Email;
    use crate::signin::remembered_profile::LastProfile;

    fn profile(name: &str, address: &str) -> LastProfile {
        let email = Some(Email { address: address.to_owned(), verified: false });
        LastProfile { name: Some(name.to_owned()), email, ..LastProfile::default() }
    }

    fn terms(username: &str, profiles: &[LastProfile]) -> Vec<String> {
        search_terms(&username.parse().unwrap(), profiles).into_iter().collect()
    }

    fn terms_of_name(name: &str) -> Vec<String> {
        terms("zoe", &[LastProfile { name: Some(name.to_owned()), ..LastProfile::default() }])
    }

    #[test]
    fn an_account_is_found_by_name_address_domain_and_username() {
        let profiles = [profile("Maria Garcia", "M.Garcia@Example.org"), LastProfile::default()];
        let expected = ["@example.org", "garcia maria", "m.garcia@example.org", "maria garcia", "mg"];
        assert_eq!(terms("MG", &profiles), expected);
        assert_eq!(terms("maria garcia", &profiles), expected[..4]);
        assert_eq!(terms("mg", &[]), ["mg"]);
    }

    #[test]
    fn each_of_four_words_of_a_name_begins_a_term_and_the_last_word_always_does() {
        assert_eq!(terms_of_name("d c b a"), ["a d c b", "b a d c", "c b a d", "d c b a", "zoe"]);
        let expected = ["a f e d c b", "d c b a f e", "e d c b a f", "f e d c b a", "zoe"];
        assert_eq!(terms_of_name("f e d c b a"), expected);
    }

    #[test]
    fn case_width_spaces_and_commas_make_no_difference() {
        for name in ["GARCÍA,  MARÍA", "garci\u{301}a mari\u{301}a", "Ｇarcía\u{a0}María", "\u{200b}García\nMaría;"]
        {
            assert_eq!(terms_of_name(name), ["garcía maría", "maría garcía", "zoe"], "{name:?}");
            assert_eq!(TermRange::of(name).unwrap().first, "garcía maría", "{name:?}");
        }
        assert_eq!(TermRange::of("Straße").unwrap().first, "strasse");
    }

    #[test]
    fn empty_values_make_no_term() {
        for nothing in ["", " ", ",", "\u{200b}", "\0"] {
            assert_eq!(terms("x", &[profile(nothing, nothing)]), ["x"], "{nothing:?}");
            assert_eq!(TermRange::of(nothing), None, "{nothing:?}");
        }
        assert_eq!(terms("x", &[profile("", "a@")]), ["a@", "x"]);
    }

    #[test]
    fn a_long_text_is_found_by_its_beginning_and_by_all_of_it() {
        let long = "ﬃ".repeat(2_000);
        let terms = terms("x", &[profile(&long, &format!("{long}@example.org"))]);
        let [long_term, _] = terms.as_slice() else { panic!("{terms:?}") };
        assert_eq!(*long_term, "ffi".repeat(50).chars().take(MAX_LENGTH).collect::<String>());
        for typed in [long.as_str(), "ffif", "FFIFFIFF"] {
            assert!(TermRange::of(typed).unwrap().contains(long_term), "{typed}");
        }
    }

    #[test]
    fn the_range_of_a_prefix_ends_after_the_highest_character() {
        let end = |prefix: &str| TermRange::of(prefix).unwrap().end;
        assert_eq!(end("ab").as_deref(), Some("ac"));
        assert_eq!(end("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(end("a\u{d7ff}").as_deref(), Some("a\u{e000}"));
        assert_eq!(end("\u{10ffff}\u{10ffff}"), None);
        assert!(TermRange::of("a").unwrap().contains("a\u{10ffff}\u{10ffff}"));
        assert!(TermRange::of("\u{10ffff}").unwrap().contains("\u{10ffff}\u{10ffff}"));
    }

    proptest! {
        #[test]
        fn a_range_holds_exactly_the_terms_that_begin_with_the_text(
            text in "[a-c%_\u{d7fe}-\u{d7ff}\u{e000}\u{10fffe}\u{10ffff}]{1,4}",
            term in "[a-c%_\u{d7fe}-\u{d7ff}\u{e000}\u{10fffe}\u{10ffff}]{1,6}",
        ) {
            let range = TermRange::of(&text).unwrap();
            prop_assert_eq!(range.contains(&term), term.starts_with(&range.first));
        }

        #[test]
        fn a_term_is_bounded_and_found_by_the_text_that_it_comes_from(name in any::<String>()) {
            let terms = terms("x", &[profile(&name, "")]);
            let is_bounded = |term: &String| term.chars().count() <= MAX_LENGTH && !term.contains(char::is_control);
            prop_assert!(terms.iter().all(is_bounded));
            if let Some(range) = TermRange::of(&name) {
                prop_assert!(terms.iter().any(|term| range.contains(term)));
            }
        }
    }
}
