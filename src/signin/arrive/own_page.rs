//! A start without an app, `GET /auth`: the person signs in to Vestibule itself, and then sees a page of ours.

use serde::{Deserialize, Serialize};

use super::parameter::once_up_to;
use super::return_to::ReturnTo;
use super::{Preferences, Prompt, StartRefused};
use crate::base::urls::{ACCOUNT, PublicUrl};

/// What a start without an app asked for. Holding one proves that it leads to a page of ours.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnPageRequest {
    /// `None`: to the page of the person's account.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    return_to: Option<ReturnTo>,
    #[serde(flatten)]
    pub preferences: Preferences,
}

/// Every parameter of a start without an app that we read.
pub const OWN_PAGE_PARAMETERS: [&str; 5] = ["return_to", "provider", "login_hint", "prompt", "ui_locales"];

pub const MAX_RETURN_TO_LENGTH: usize = 512;

impl OwnPageRequest {
    /// Reads the query of a start without an app, already decoded into names and values.
    ///
    /// # Errors
    /// The first fault found (security rule C35).
    pub fn read(query: &[(String, String)], public_url: &PublicUrl) -> Result<Self, StartRefused> {
        let return_to = once_up_to(query, "return_to", MAX_RETURN_TO_LENGTH)?;
        let return_to = return_to.map(|path| ReturnTo::parse(path, public_url)).transpose()?;
        let preferences = Preferences::read(query).map_err(|why| match why {
            StartRefused::UnknownPrompt => StartRefused::PromptOfOwnPage,
            StartRefused::UnknownProvider => StartRefused::UnknownProviderHere,
            why => why,
        })?;
        // No app waits for an answer.
        if preferences.prompt == Prompt::None {
            return Err(StartRefused::PromptOfOwnPage);
        }
        Ok(Self { return_to, preferences })
    }

    /// The path and query of the page that the person sees at the end.
    #[must_use]
    pub fn leads_to(&self) -> &str {
        self.return_to.as_ref().map_or(ACCOUNT, ReturnTo::as_str)
    }

    /// The query that makes the same request again.
    #[must_use]
    pub fn parameters(&self) -> Vec<(&'static str, &str)> {
        let return_to = self.return_to.as_ref().map(|path| ("return_to", path.as_str()));
        return_to.into_iter().chain(self.preferences.parameters()).collect()
    }
}

#[cfg(test)]
mod tests;
