//! The providers at which a person can add a sign-in method to their account.

use serde::Serialize;

use super::{Choice, Page, Search, SignInForm};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MethodAdditionPage {
    pub choices: Vec<Choice>,
    /// If there are many providers.
    pub search: Option<Search>,
    /// If some provider checks passwords.
    pub form: Option<SignInForm>,
    pub account_href: String,
}

impl Page for MethodAdditionPage {
    const TEMPLATE: &'static str = "method_addition.html";
    const SOURCE: &'static str = include_str!("../../../templates/method_addition.html");

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let of = |page: super::SignIn| Self {
            choices: page.choices,
            search: page.search,
            form: page.form.map(|form| SignInForm { change_password_href: None, ..form }),
            account_href: "/account".into(),
        };
        // One that offers several providers, one with a search, one with a rejected form, and one without a provider.
        let pages = super::SignIn::samples();
        let without_form = || pages.iter().filter(|page| page.form.is_none());
        let several = without_form().find(|page| page.choices.len() > 1 && page.search.is_none());
        let searching = pages.iter().find(|page| page.search.is_some());
        let none = without_form().find(|page| page.choices.is_empty() && page.search.is_none());
        let rejected = pages.iter().find(|page| page.form.as_ref().is_some_and(|form| form.notice.is_some()));
        [several, searching, none, rejected].into_iter().flatten().cloned().map(of).collect()
    }
}
