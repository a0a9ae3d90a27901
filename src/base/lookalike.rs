//! Names that people can't tell apart: which alphabets a name is written in, and what it looks like (Unicode UTS 39).

use std::fmt;

use caseless::default_case_fold_str;
use unicode_normalization::UnicodeNormalization;
use unicode_security::mixed_script::AugmentedScriptSet;

use super::invisible::{collapse_spaces, is_ignorable};

/// Which alphabets one username may mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scripts {
    /// One, or several that people write together: Latin with Japanese, Chinese or Korean. UTS 39 §5.2, "Highly
    /// Restrictive".
    #[default]
    One,
    Mixed,
}

/// Why a name is refused: it mixes alphabets that people don't write together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct MixedScripts(Vec<&'static str>);

impl fmt::Display for MixedScripts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; choose another, or {}", self.problem(), Self::SETTING)
    }
}

impl MixedScripts {
    /// The setting that allows such names.
    pub const SETTING: &str = "set usernames = \"mixed_scripts\" under [accounts]";

    /// The rule and how this name breaks it, without the fix.
    #[must_use]
    pub fn problem(&self) -> String {
        format!("a username is written in one alphabet, and this one mixes {}", self.0.join(" and "))
    }
}

impl Scripts {
    /// Whether a new account may have this name. Existing accounts are not checked.
    ///
    /// # Errors
    /// When the name mixes alphabets and the config does not allow it.
    pub fn admit(self, name: &str) -> Result<(), MixedScripts> {
        match self {
            Self::Mixed => Ok(()),
            Self::One if is_written_together(name) => Ok(()),
            Self::One => Err(MixedScripts(scripts(name))),
        }
    }
}

/// UTS 39 §5.2, without its list of characters for identifiers: a username is not an identifier.
fn is_written_together(name: &str) -> bool {
    let latin = AugmentedScriptSet::for_char('a');
    let (mut all, mut non_latin) = (AugmentedScriptSet::default(), AugmentedScriptSet::default());
    for c in name.nfkc() {
        let set = AugmentedScriptSet::for_char(c);
        all.intersect_with(set);
        let mut in_latin = set;
        in_latin.intersect_with(latin);
        if in_latin.is_empty() {
            non_latin.intersect_with(set);
        }
    }
    !all.is_empty() || non_latin.hanb || non_latin.jpan || non_latin.kore
}

/// The alphabets of a name, in the order of their first letters.
fn scripts(name: &str) -> Vec<&'static str> {
    let sets = name.nfkc().map(AugmentedScriptSet::for_char).filter(|set| !set.is_all());
    let mut names = Vec::new();
    for set in sets {
        let script = set.base.iter().next().map_or("an unknown one", |script| script.full_name());
        if !names.contains(&script) {
            names.push(script);
        }
    }
    names
}

/// What a name looks like: no two accounts have names with the same skeleton. Only for comparing, never for showing.
///
/// This is the skeleton of UTS 39 §4, with one difference: an ASCII character stands for itself. UTS 39 confuses `m`
/// with `rn` and `1` with `l`, so it would refuse `kern` if there is `kem`, and `xl1` if there is `xll`. A character
/// outside ASCII stands for the one that it looks like. See docs/decisions/look-alike-names.md.
#[must_use]
pub fn skeleton(name: &str) -> String {
    let shown = name.nfkc().nfd().filter(|c| !is_ignorable(*c));
    let lookalike: String = shown.flat_map(|c| prototype(c).chars().collect::<Vec<_>>()).collect();
    collapse_spaces(&default_case_fold_str(&lookalike).nfd().collect::<String>())
}

fn prototype(c: char) -> String {
    if c.is_ascii() {
        return c.into();
    }
    let alone = String::from(c);
    let lookalike: String = unicode_security::skeleton(&alone).collect();
    // UTS 39 has one prototype for several ASCII characters that look alike. Here these differ.
    match lookalike.as_str() {
        "rn" => "m".into(),
        "l" if c.is_uppercase() => "I".into(),
        "l" if c.is_numeric() => "1".into(),
        "O" | "o" if c.is_numeric() => "0".into(),
        _ => lookalike,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization as _;
    use unicode_security::{GeneralSecurityProfile as _, RestrictionLevel, RestrictionLevelDetection as _};

    use super::{Scripts, skeleton};

    #[test]
    fn a_name_in_letters_of_another_alphabet_has_the_skeleton_of_the_name_it_looks_like() {
        for (one, other) in [
            ("ada", "аdа"),
            ("coco", "сосо"),
            ("Coco", "СОСО"),
            ("TOM", "ТОМ"),
            ("IAN", "ΙΑΝ"),
            ("IVAN", "ІVАN"),
            ("alex", "аӏех"),
            ("Ada", "ᎪᎠᎪ".replace('Ꭰ', "d").as_str()),
            ("paul", "pаul"),
            ("a-b", "a\u{2010}b"),
            ("o'neil", "o\u{2019}neil"),
            ("ada", "ɑdɑ"),
            ("ada", "ada\u{ad}"),
        ] {
            assert_eq!(skeleton(one), skeleton(other), "{one} {other}");
        }
    }

    #[test]
    fn names_that_people_can_distinguish_have_different_skeletons() {
        let names =
            ["kern", "kem", "xl1", "xll", "x11", "ian", "lan", "paul0", "paulo", "Jörn", "Jöm", "jorn", "иван", "анна"];
        for (at, one) in names.iter().enumerate() {
            for other in names.iter().skip(at + 1) {
                assert_ne!(skeleton(one), skeleton(other), "{one} {other}");
            }
        }
    }

    #[test]
    fn a_name_has_one_alphabet_or_several_that_people_write_together() {
        for good in [
            "ada",
            "Zoë ❤\u{fe0f}",
            "анна-2",
            "Ελένη",
            "山田太郎",
            "ヤマダ たろう",
            "Kim 김철수",
            "alice山田",
            "שרה",
            "०१ देव",
            "ｄｅｅ",
        ] {
            assert_eq!(Scripts::One.admit(good), Ok(()), "{good}");
        }
        for (bad, scripts) in [
            ("аdа", "Cyrillic and Latin"),
            ("pаul", "Latin and Cyrillic"),
            ("Ελena", "Greek and Latin"),
            ("анна山", "Cyrillic and Han"),
        ] {
            let why = Scripts::One.admit(bad).unwrap_err().to_string();
            assert!(why.contains(&format!("mixes {scripts};")), "{why}");
            assert_eq!(Scripts::Mixed.admit(bad), Ok(()));
        }
    }

    proptest! {
        #[test]
        fn no_text_causes_a_panic(text: String) {
            let _looks = skeleton(&text);
            let _written = Scripts::One.admit(&text).map_err(|why| why.to_string());
        }

        #[test]
        fn ascii_names_look_alike_only_if_letters_and_spaces_match(one in "[ -~]{1,12}", other in "[ -~]{1,12}") {
            let collapse_spaces = |text: &str| {
                let mut text = text.to_ascii_lowercase();
                while text.contains("  ") {
                    text = text.replace("  ", " ");
                }
                text
            };
            let are_one = collapse_spaces(&one) == collapse_spaces(&other);
            prop_assert_eq!(skeleton(&one) == skeleton(&other), are_one);
        }

        // The oracle is the crate's own level, which is defined only for identifiers.
        #[test]
        fn one_alphabet_is_what_uts_39_calls_highly_restrictive(
            text in "[a-zäß0-9а-яΑ-ωא-ת一-丐ぁ-んァ-ン가-각ㄅ-ㄩ]{1,6}"
        ) {
            let text: String = text.nfkc().filter(|c| c.identifier_allowed()).collect();
            let theirs = text.as_str().check_restriction_level(RestrictionLevel::HighlyRestrictive);
            prop_assert_eq!(Scripts::One.admit(&text).is_ok(), theirs, "{:?}", text);
        }
    }
}
