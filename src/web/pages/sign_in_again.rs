//! Asks people who sent a form to sign in again.

use serde::Serialize;

use super::Page;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignInAgainPage {
    pub sign_in_href: String,
}

impl Page for SignInAgainPage {
    const TEMPLATE: &'static str = "sign_in_again.html";
    const SOURCE: &'static str = include_str!("../../../templates/sign_in_again.html");

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        vec![Self { sign_in_href: "/auth?prompt=login&return_to=%2Faccount".into() }]
    }
}
