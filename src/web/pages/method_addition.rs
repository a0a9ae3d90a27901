//! The providers at which a person can add a sign-in method to their account.

use serde::Serialize;

use super::{Choice, Page, Search};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MethodAdditionPage {
    pub choices: Vec<Choice>,
    /// If there are many providers.
    pub search: Option<Search>,
    pub account_href: String,
}

impl Page for MethodAdditionPage {
    const TEMPLATE: &'static str = "method_addition.html";
    const SOURCE: &'static str = include_str!("../../../templates/method_addition.html");

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let of =
            |page: super::SignIn| Self { choices: page.choices, search: page.search, account_href: "/account".into() };
        super::SignIn::samples().into_iter().map(of).collect()
    }
}
