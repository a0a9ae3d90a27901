//! What every start may ask for, wherever it leads: how the person is to sign in.

use serde::{Deserialize, Serialize};

use super::StartRefused;
use super::parameter::{hint, once};
use crate::base::ids::ProviderId;

/// How the person is to sign in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferences {
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderId>,
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    pub login_hint: Option<String>,
    #[serde(rename = "q", default, skip_serializing_if = "Prompt::is_as_needed")]
    pub prompt: Prompt,
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub ui_locales: Option<String>,
}

impl Preferences {
    /// The preferences of a start's query.
    pub(super) fn read(query: &[(String, String)]) -> Result<Self, StartRefused> {
        let provider = once(query, "provider")?.map(|id| id.parse().map_err(|_| StartRefused::UnknownProvider));
        Ok(Self {
            provider: provider.transpose()?,
            login_hint: hint(query, "login_hint"),
            prompt: Prompt::read(query)?,
            ui_locales: hint(query, "ui_locales"),
        })
    }

    /// The parameters that ask for the same again.
    pub(super) fn parameters(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let optional = [
            ("provider", self.provider.as_ref().map(ProviderId::as_str)),
            ("login_hint", self.login_hint.as_deref()),
            ("prompt", self.prompt.as_parameter()),
            ("ui_locales", self.ui_locales.as_deref()),
        ];
        optional.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }

    /// Leaves out a hint: first the languages, then the name. Returns whether there was one.
    pub fn leave_out_hint(&mut self) -> bool {
        self.ui_locales.take().or_else(|| self.login_hint.take()).is_some()
    }

    /// Leaves out `prompt`, for the step after a login that has just fulfilled it.
    pub fn ask_as_needed(&mut self) {
        self.prompt = Prompt::AsNeeded;
    }

    /// Asks for the choice of an account, at any provider.
    pub fn ask_for_another_account(&mut self) {
        self.provider = None;
        self.prompt = Prompt::SelectAccount;
    }
}

/// Which pages the person is to see (OpenID Connect Core §3.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// Ask only what is needed.
    #[default]
    AsNeeded,
    /// Have the person authenticate again, even within a session, and demand a proof of it.
    Login,
    /// The same without the proof: each person that the provider returns is accepted. Only our own pages ask for it. It
    /// grants no more than a start without `prompt`.
    LoginWithoutProof,
    /// The same after [`Self::SelectAccount`]: it has to lead to another account, or to the same one with a proof. Only
    /// our own redirects ask for it.
    LoginForAnotherAccount,
    /// Show no page: send the app a token or an error.
    None,
    /// Offer the choice of an account.
    SelectAccount,
}

impl Prompt {
    fn read(query: &[(String, String)]) -> Result<Self, StartRefused> {
        match once(query, "prompt")? {
            None => Ok(Self::AsNeeded),
            Some("login") => Ok(Self::Login),
            Some("login_without_proof") => Ok(Self::LoginWithoutProof),
            Some("login_for_another_account") => Ok(Self::LoginForAnotherAccount),
            Some("none") => Ok(Self::None),
            Some("select_account") => Ok(Self::SelectAccount),
            Some(_) => Err(StartRefused::UnknownPrompt),
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    const fn is_as_needed(&self) -> bool {
        matches!(self, Self::AsNeeded)
    }

    /// Its value in a query. `None`: the default is not written.
    #[must_use]
    pub const fn as_parameter(self) -> Option<&'static str> {
        match self {
            Self::AsNeeded => None,
            Self::Login => Some("login"),
            Self::LoginWithoutProof => Some("login_without_proof"),
            Self::LoginForAnotherAccount => Some("login_for_another_account"),
            Self::None => Some("none"),
            Self::SelectAccount => Some("select_account"),
        }
    }

    /// Its value in a request to a provider.
    #[must_use]
    pub const fn for_provider(self) -> Option<&'static str> {
        if self.is_login() { Some("login") } else { self.as_parameter() }
    }

    /// Whether the person has to authenticate again.
    #[must_use]
    pub const fn is_login(self) -> bool {
        matches!(self, Self::Login | Self::LoginWithoutProof | Self::LoginForAnotherAccount)
    }
}
