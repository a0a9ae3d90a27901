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

/// What a name looks like. Only for comparing, never for showing.
///
/// This is the skeleton of UTS 39 §4, with one difference: an ASCII character stands for itself. UTS 39 confuses `m`
/// with `rn` and `1` with `l`, so it would refuse `kern` if there is `kem`, and `xl1` if there is `xll`. A character
/// outside ASCII stands for the one that it looks like. If that is a bar or a ring, it looks like several ASCII
/// characters. Then the skeleton of the name has no letter for any of them, but [`BAR`] or [`RING`].
/// See docs/decisions/look-alike-names.md.
#[must_use]
pub fn skeleton(name: &str) -> String {
    AMBIGUOUS.iter().fold(
        shapes(name),
        |skeleton, one| {
            if skeleton.contains(one.shape) { one.merged(&skeleton) } else { skeleton }
        },
    )
}

/// How many skeletons [`lookalikes`] returns at most.
pub const MAX_LOOKALIKES: usize = 12;

/// The skeletons of the names that look like this one: its own comes first. Two names look alike if the skeleton of
/// the one is among these of the other.
///
/// Of the ASCII names that look like one with several bars outside ASCII, only those with the same character for all
/// of them are here. There may be too many others.
#[must_use]
pub fn lookalikes(name: &str) -> Vec<String> {
    AMBIGUOUS.iter().fold(vec![skeleton(name)], |skeletons, one| {
        skeletons.iter().flat_map(|skeleton| one.lookalikes(skeleton)).collect()
    })
}

/// A shape outside ASCII that looks like several ASCII characters.
struct Ambiguous {
    /// Stands for the shape in a skeleton. A noncharacter (Unicode §23.7), which no name has.
    shape: char,
    ascii: &'static [char],
}

/// A vertical bar, such as a Greek capital iota.
const BAR: char = '\u{fdd0}';
/// A digit that is a ring, such as the Tamil zero.
const RING: char = '\u{fdd1}';
const AMBIGUOUS: [Ambiguous; 2] =
    [Ambiguous { shape: BAR, ascii: &['i', 'l', '1'] }, Ambiguous { shape: RING, ascii: &['o', '0'] }];

impl Ambiguous {
    /// The skeleton with the shape instead of each ASCII character that looks like it.
    fn merged(&self, skeleton: &str) -> String {
        skeleton.replace(self.ascii, &self.shape.to_string())
    }

    /// The skeletons that differ from this one only by the shape: its own comes first.
    fn lookalikes(&self, skeleton: &str) -> Vec<String> {
        let mut all = vec![skeleton.to_owned()];
        if skeleton.contains(self.shape) {
            all.extend(self.ascii.iter().map(|c| skeleton.replace(self.shape, &c.to_string())));
        } else if skeleton.contains(self.ascii) {
            all.push(self.merged(skeleton));
        }
        all
    }
}

/// The shapes of a name's characters, without the difference of case.
///
/// The shape is that of the character as it was typed. A compatibility form or the other case may look different:
/// U+03F2 looks like `c`, and its compatibility form `ς` does not.
fn shapes(name: &str) -> String {
    let shown = name.nfd().filter(|c| !is_ignorable(*c));
    let shapes: String = shown.map(shape).filter(|shape| !shape.is_empty()).collect();
    collapse_spaces(&default_case_fold_str(&shapes).nfd().collect::<String>())
}

fn shape(c: char) -> String {
    if c.is_ascii() {
        return c.into();
    }
    let alone = String::from(c);
    let compatible = || alone.nfkc().nfd().filter(|c| !is_ignorable(*c));
    let lookalike: String = unicode_security::skeleton(&alone).collect();
    if lookalike == alone {
        return compatible().map(|part| if part == c { c.into() } else { shape(part) }).collect();
    }
    // UTS 39 has one prototype for several ASCII characters that look alike. Here these differ.
    match lookalike.as_str() {
        "rn" => "m".into(),
        "l" if compatible().all(|c| c.is_ascii()) => compatible().collect(),
        "l" => BAR.into(),
        "O" | "o" if c.is_numeric() && compatible().any(|c| !c.is_ascii()) => RING.into(),
        "O" | "o" if c.is_numeric() => compatible().collect(),
        _ => lookalike,
    }
}

#[cfg(test)]
mod tests;
