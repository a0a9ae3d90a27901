//! Asks before a sign-in method is removed, or says why it stays.

use serde::Serialize;

use super::{Day, Page};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MethodRemovalPage {
    pub provider_name: String,
    /// What the provider calls the person.
    pub says: Option<String>,
    pub linked_on: Day,
    /// Why it stays. `None`: the button removes it.
    pub stays: Option<StaysKind>,
    pub action: String,
    /// The value that names the method in the form.
    pub method: String,
    pub account_href: String,
    /// Where the person signs in with another method.
    pub sign_in_href: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StaysKind {
    Last,
    InUse,
}

impl Page for MethodRemovalPage {
    const TEMPLATE: &'static str = "method_removal.html";
    const SOURCE: &'static str = include_str!("../../../templates/method_removal.html");

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        use super::tests::HOSTILE;
        let page = Self {
            provider_name: "Example Lab".into(),
            says: Some("Ada Lovelace".into()),
            linked_on: time::macros::date!(2026 - 05 - 03).into(),
            stays: None,
            action: "/account/methods/remove".into(),
            method: "q7Jf3mPz8nA5xK2w0vYbRg".into(),
            account_href: "/account".into(),
            sign_in_href: "/auth?prompt=login".into(),
        };
        let stays = [StaysKind::Last, StaysKind::InUse];
        let mut samples: Vec<_> = stays.map(|stays| Self { stays: Some(stays), says: None, ..page.clone() }).into();
        let hostile = Self {
            provider_name: HOSTILE.into(),
            says: Some(HOSTILE.into()),
            method: HOSTILE.into(),
            account_href: HOSTILE.into(),
            sign_in_href: HOSTILE.into(),
            ..page.clone()
        };
        samples.extend([page, hostile]);
        samples
    }
}
