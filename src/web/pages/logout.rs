//! Signing out: the question, and the page after it.

use serde::Serialize;

use super::{Page, Way};

/// Asks before signing out, because a link on another site must not do it (C53).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogoutAsk {
    /// The person who is signed in. With `None`, the page says that nobody is.
    pub account_name: Option<String>,
    /// The button posts to this address.
    pub action: String,
    pub hidden: Vec<(String, String)>,
    pub ways: Vec<Way>,
}

/// Says that the person is signed out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignedOut {
    pub ways: Vec<Way>,
}

impl Page for LogoutAsk {
    const TEMPLATE: &'static str = "logout_ask.html";
    const SOURCE: &'static str = include_str!("../../../templates/logout_ask.html");

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        use super::{WayKind, tests::HOSTILE};
        let ways = || vec![Way::new(WayKind::Continue, "/auth/galene", Some("Conference"))];
        let asked = Self { account_name: Some("Dee".into()), action: "/logout".into(), hidden: vec![], ways: ways() };
        let nobody = Self { account_name: None, ..asked.clone() };
        let hidden = vec![(HOSTILE.into(), HOSTILE.into())];
        let ways = vec![Way::new(WayKind::Continue, HOSTILE, Some(HOSTILE))];
        let hostile = Self { account_name: Some(HOSTILE.into()), action: HOSTILE.into(), hidden, ways };
        vec![asked, nobody, hostile]
    }
}

impl Page for SignedOut {
    const TEMPLATE: &'static str = "signed_out.html";
    const SOURCE: &'static str = include_str!("../../../templates/signed_out.html");

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        use super::{WayKind, tests::HOSTILE};
        let again = Way::new(WayKind::SignIn, "/auth/galene", Some("Conference"));
        let hostile = Way::new(WayKind::SignIn, HOSTILE, Some(HOSTILE));
        vec![Self { ways: vec![again] }, Self { ways: vec![] }, Self { ways: vec![hostile] }]
    }
}
