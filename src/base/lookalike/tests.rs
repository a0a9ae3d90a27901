//! Tests: which names look alike, and which alphabets a name mixes.

use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization as _;
use unicode_security::{GeneralSecurityProfile as _, RestrictionLevel, RestrictionLevelDetection as _};

use super::{MAX_LOOKALIKES, Scripts, lookalikes, skeleton};

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
        ("coco", "\u{3f2}ο\u{3f2}ο"),
        ("Coco", "\u{3f9}ο\u{3f2}ο"),
        ("co", "\u{3f2}ο"),
        ("fo", "\u{17f}ο"),
        ("io", "Ιο"),
        ("lo", "Ιο"),
        ("1o", "Ιο"),
        ("oo", "\u{be6}\u{be6}"),
        ("00", "\u{be6}\u{be6}"),
        ("ΙΑΝ", "IАN"),
        ("a1", "ａ１"),
    ] {
        assert!(look_alike(one, other), "{one} {other}: {:?} {:?}", lookalikes(one), lookalikes(other));
    }
}

/// Whether one of the two is refused if the other exists. The order must not matter.
fn look_alike(one: &str, other: &str) -> bool {
    let forth = lookalikes(one).contains(&skeleton(other));
    assert_eq!(forth, lookalikes(other).contains(&skeleton(one)), "{one} {other}: the order matters");
    forth
}

#[test]
fn names_that_people_can_distinguish_have_different_skeletons() {
    let latin = ["kern", "kem", "xl1", "xll", "x11", "ian", "lan", "paul0", "paulo", "Jörn", "Jöm", "jorn"];
    let others = ["иван", "анна", "xł1", "xłl", "ｋ1", "ｋｌ", "νονο", "nono"];
    let names = [latin.as_slice(), &others].concat();
    for (at, one) in names.iter().enumerate() {
        for other in names.iter().skip(at + 1) {
            assert!(!look_alike(one, other), "{one} {other}");
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
        prop_assert_eq!(look_alike(&one, &other), are_one);
    }

    #[test]
    fn the_order_of_two_names_does_not_matter(one in "[jlοoΙا൦٥ߊ-]{1,4}", other in "[jlοoΙا൦٥ߊ-]{1,4}") {
        look_alike(&one, &other);
    }

    #[test]
    fn the_lookalikes_are_few(name in "[jil1οo0Ιا൦٥ߊ-]{1,6}") {
        prop_assert!(lookalikes(&name).len() <= MAX_LOOKALIKES);
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
