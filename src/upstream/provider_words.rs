//! A provider's own words in an answer, without the secrets of the login.

use crate::base::parameters::Parameters;
use crate::base::redaction::Redaction;

/// Quotes a provider's words for one line of the log, without the secrets of the login (security rule C56).
#[derive(Debug)]
pub struct ProviderWords {
    secrets: Redaction,
}

impl ProviderWords {
    /// `secrets`: what this login sent to the provider, or keeps for it. A provider may repeat it in an error.
    #[must_use]
    pub fn without<'s>(secrets: impl IntoIterator<Item = &'s str>) -> Self {
        Self { secrets: Redaction::of(secrets) }
    }

    /// Searches only the beginning for secrets: visitors can send long texts, and the search in them is slow.
    #[must_use]
    pub fn quote(&self, words: &str) -> String {
        const SEARCHED: usize = 1_000;
        const SHOWN: usize = 200;
        let beginning: String = words.chars().take(SEARCHED).collect();
        if self.secrets.is_in(&beginning) {
            return self.secrets.quote(&beginning, SHOWN);
        }
        // Direction marks stay: the log spells them out, so that an operator sees what a visitor tried.
        beginning.chars().filter(|c| !c.is_control()).take(SHOWN).collect()
    }
}

/// The parts of an answer that may be a handle or a nonce, which are unknown without the login. Handles have 80
/// characters and nonces 43; error codes are shorter. `None`: a visitor made the answer up. It holds more than anybody
/// should search for.
pub(super) fn possible_secrets(answer: &Parameters) -> Option<Vec<&str>> {
    const MAX: usize = 32;
    let is_separator = |c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_');
    let words = answer.lossy_values().flat_map(|value| value.split(is_separator));
    let possible: Vec<&str> = words.filter(|word| word.len() >= 32).take(MAX + 1).collect();
    (possible.len() <= MAX).then_some(possible)
}

#[cfg(test)]
mod tests {
    use super::possible_secrets;
    use crate::base::parameters::Parameters;

    #[test]
    fn only_long_words_may_be_secrets_and_an_answer_full_of_them_is_not_searched() {
        let handle = "h".repeat(80);
        let answer = |words: usize| format!("error=access_denied&state={}", vec![handle.as_str(); words].join("+"));
        let found = |query: &str| possible_secrets(&Parameters::read(query.as_bytes())).map(|words| words.len());
        assert_eq!([found("error=access_denied"), found(&answer(1)), found(&answer(33))], [Some(0), Some(1), None]);
    }
}
