//! The page that posts its fields by itself: a provider's answer to us again, or the start of a sign-in to a provider.

use serde::Serialize;

use super::Page;

/// A POST from another site brings no Lax cookie. This page posts the same fields once more, from our own site (C38).
/// Protocols that start by a form use it, too. Without script, the person presses a button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Repost {
    pub action: String,
    pub fields: Vec<(String, String)>,
}

impl Page for Repost {
    const TEMPLATE: &'static str = "repost.html";
    const SOURCE: &'static str = include_str!("../../../templates/repost.html");

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        use super::tests::HOSTILE;
        let fields = vec![("code".into(), "abc".into()), ("state".into(), "xyz".into())];
        let hostile = vec![(HOSTILE.into(), HOSTILE.into())];
        vec![Self { action: "/callback/uni".into(), fields }, Self { action: HOSTILE.into(), fields: hostile }]
    }
}
