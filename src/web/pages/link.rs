//! The pages that ask at a first login whether the person has an account already.

use serde::Serialize;

use super::{Choice, Day, Page, Search, SignInForm};

/// Asks whether the person has an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LinkQuestion {
    pub app_name: Option<String>,
    pub room: Option<String>,
    pub identity: NewIdentity,
    pub notice: Option<NoticeKind>,
    /// To prove an account. `None`: the config does not offer it.
    pub proof: Option<ProofChoices>,
    /// Where the form posts that makes an account. `None`: the person can't have a new one.
    pub new_action: Option<String>,
    /// To ask to be let in. `None`: the person can't ask now, or the config does not offer it.
    pub request: Option<AccessOffer>,
    /// Where the form posts that chooses another sign-in.
    pub dismiss_action: String,
}

/// Whether the person can ask to be let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum AccessOffer {
    /// To the page for the message.
    Open { href: String },
    /// Too many people wait.
    Full,
}

/// The sign-in methods of the app, which may open the person's account. They are the same for all people (rule L2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProofChoices {
    pub choices: Vec<Choice>,
    pub search: Option<Search>,
    pub form: Option<SignInForm>,
}

/// The identity with which the person has signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewIdentity {
    pub provider_name: String,
    /// The name and the e-mail address that the provider says.
    pub name: Option<String>,
    pub email: Option<String>,
}

/// A sentence about the step before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeKind {
    NoAccount,
    NotFresh,
    AccountDisabled,
    ProofLost,
}

/// Names both sides, and asks whether the new identity shall open the account (rule L10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LinkConfirmation {
    pub account_name: String,
    pub identity: NewIdentity,
    /// Everything that opens the account already.
    pub methods: Vec<MethodLine>,
    pub confirm_action: String,
    pub back_action: String,
}

/// One sign-in method of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MethodLine {
    pub provider_name: String,
    /// The name or the e-mail address that the provider says.
    pub says: Option<String>,
    /// The day of the link.
    pub since: Day,
}

impl Page for LinkQuestion {
    const TEMPLATE: &'static str = "link_question.html";
    const SOURCE: &'static str = include_str!("../../../templates/link_question.html");

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        samples::questions()
    }
}

impl Page for LinkConfirmation {
    const TEMPLATE: &'static str = "link_confirmation.html";
    const SOURCE: &'static str = include_str!("../../../templates/link_confirmation.html");

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        samples::confirmations()
    }
}

#[cfg(test)]
mod samples;
