//! A provider's own words in an answer, without the secrets of the login.

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
