//! The page that asks before signing out, and the page after it.

use serde::Serialize;

use super::{NextStep, Page};

/// Asks before signing out, because a link on another site must not do it (C53).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogoutConfirmation {
    /// The person who is signed in. With `None`, the page says that nobody is.
    pub account_name: Option<String>,
    /// The button posts to this address.
    pub action: String,
    pub hidden: Vec<(String, String)>,
    pub next_steps: Vec<NextStep>,
}

/// Says that the person is signed out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignedOut {
    pub next_steps: Vec<NextStep>,
}

impl Page for LogoutConfirmation {
    const TEMPLATE: &'static str = "logout_confirmation.html";
    const SOURCE: &'static str = include_str!("../../../templates/logout_confirmation.html");

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        use super::{NextStepKind, tests::HOSTILE};
        let next_steps = || vec![NextStep::new(NextStepKind::Continue, "/auth/galene", Some("Conference"))];
        let asked = Self {
            account_name: Some("Dee".into()),
            action: "/logout".into(),
            hidden: vec![],
            next_steps: next_steps(),
        };
        let nobody = Self { account_name: None, ..asked.clone() };
        let hidden = vec![(HOSTILE.into(), HOSTILE.into())];
        let next_steps = vec![NextStep::new(NextStepKind::Continue, HOSTILE, Some(HOSTILE))];
        let hostile = Self { account_name: Some(HOSTILE.into()), action: HOSTILE.into(), hidden, next_steps };
        vec![asked, nobody, hostile]
    }
}

impl Page for SignedOut {
    const TEMPLATE: &'static str = "signed_out.html";
    const SOURCE: &'static str = include_str!("../../../templates/signed_out.html");

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        use super::{NextStepKind, tests::HOSTILE};
        let again = NextStep::new(NextStepKind::SignIn, "/auth/galene", Some("Conference"));
        let hostile = NextStep::new(NextStepKind::SignIn, HOSTILE, Some(HOSTILE));
        vec![Self { next_steps: vec![again] }, Self { next_steps: vec![] }, Self { next_steps: vec![hostile] }]
    }
}
