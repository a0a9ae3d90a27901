//! The code that a refused person can read out.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::base::random;

/// The code of a refusal on the page, in the log and in the audit: `V-` and eight characters that can be read out.
///
/// It has 38 random bits. It has no vowels and no look-alike characters, so no code spells a word.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReferenceCode(String);

impl ReferenceCode {
    #[must_use]
    pub fn fresh() -> Self {
        let mut drawn = u64::from_be_bytes(random::bytes());
        let mut code = String::from("V-");
        for _ in 0..8 {
            let letter = ALPHABET.get(usize::try_from(drawn % 27).unwrap_or(0)).copied().unwrap_or(b'2');
            code.push(char::from(letter));
            drawn /= 27;
        }
        Self(code)
    }

    /// Reads what a person typed or copied: any case, with or without the `V-` or its hyphen, and words or punctuation
    /// around it.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        // `V77K6K93S`, without its hyphen, has one character more than a code.
        fn bare(word: &str) -> &str {
            word.strip_prefix('V').filter(|rest| rest.len() == 8).unwrap_or(word)
        }
        let upper = text.to_ascii_uppercase();
        let is_code = |word: &&str| word.len() == 8 && word.bytes().all(|c| ALPHABET.contains(&c));
        let mut codes = upper.split(|c: char| !c.is_alphanumeric()).map(bare).filter(is_code);
        let code = codes.next()?;
        codes.all(|other| other == code).then(|| Self(format!("V-{code}")))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReferenceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Digits and consonants only, none easily taken for another.
const ALPHABET: &[u8; 27] = b"23456789BCDFGHJKMNPQRSTVWXZ";
