//! The page that sends on, from our own address, what another site posted to us.

use serde::Serialize;

use super::Page;

/// A cross-site POST brings no Lax cookie; this page posts the same once more, same-site (C38). It needs no script: there
/// is a button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Repost {
    pub action: String,
    pub fields: Vec<(String, String)>,
}

impl Page for Repost {
    const TEMPLATE: &'static str = "repost.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        use super::tests::HOSTILE;
        let fields = vec![("code".into(), "abc".into()), ("state".into(), "xyz".into())];
        let hostile = vec![(HOSTILE.into(), HOSTILE.into())];
        vec![Self { action: "/callback/uni".into(), fields }, Self { action: HOSTILE.into(), fields: hostile }]
    }
}
