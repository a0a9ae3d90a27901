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
        // One that offers several providers, one with a search, and one without a provider.
        let pages = super::SignIn::samples();
        let several = pages.iter().find(|page| page.choices.len() > 1 && page.search.is_none());
        let searching = pages.iter().find(|page| page.search.is_some());
        let none = pages.iter().find(|page| page.choices.is_empty() && page.search.is_none());
        [several, searching, none].into_iter().flatten().cloned().map(of).collect()
    }
}
