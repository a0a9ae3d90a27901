//! The pages of a person who asks to be let in.

use serde::Serialize;

use super::{Day, NewIdentity, NextStep, Page};

/// The form for the message to the people who run the site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccessRequestForm {
    /// `None`: the sign-in leads to a page of ours.
    pub app_name: Option<String>,
    pub identity: NewIdentity,
    /// The page's own path, which the form posts to.
    pub action: String,
    /// What the person wrote before.
    pub message: String,
    /// The most characters of a message.
    pub longest: usize,
    /// Whether the message is too long.
    pub too_long: bool,
    /// Back to the question.
    pub back_href: String,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccessRequestStatus {
    pub state: AccessPageState,
    pub identity: NewIdentity,
    /// The id of the request.
    pub reference: String,
    /// The day on which the person asked last.
    pub asked_on: Day,
    pub message: Option<String>,
    /// The admin's words.
    pub note: Option<String>,
    pub next_steps: Vec<NextStep>,
    /// To the form: to write another message, or to ask again. `None`: the person can't now.
    pub form_href: Option<String>,
    /// To the other answers to the question.
    pub question_href: Option<String>,
    /// Where the form posts that chooses another sign-in.
    pub dismiss_action: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccessPageState {
    /// The person has just asked.
    Sent,
    Waiting,
    Refused,
}

impl Page for AccessRequestForm {
    const TEMPLATE: &'static str = "access_request_form.html";
    const SOURCE: &'static str = include_str!("../../../templates/access_request_form.html");

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        samples::forms()
    }
}

impl Page for AccessRequestStatus {
    const TEMPLATE: &'static str = "access_request_status.html";
    const SOURCE: &'static str = include_str!("../../../templates/access_request_status.html");

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        samples::statuses()
    }
}

#[cfg(test)]
mod samples;
