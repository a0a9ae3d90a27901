//! The page that shows a new person their username, if another person already has the name from the template.

use serde::Serialize;

use super::Page;

/// The name from the template was taken, so the account has the next free one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UsernameSuffixed {
    pub app_name: Option<String>,
    pub wished: String,
    pub given: String,
    pub continue_href: String,
}

impl Page for UsernameSuffixed {
    const TEMPLATE: &'static str = "username_suffixed.html";
    const SOURCE: &'static str = include_str!("../../../templates/username_suffixed.html");

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let page = |app: Option<&str>, wished: &str, given: &str, to: &str| Self {
            app_name: app.map(str::to_owned),
            wished: wished.into(),
            given: given.into(),
            continue_href: to.into(),
        };
        let hostile = super::tests::HOSTILE;
        vec![
            page(Some("Conference"), "dee", "dee-2", "/auth/galene"),
            page(None, "dee", "dee-2", "/auth/galene"),
            page(Some(hostile), hostile, hostile, hostile),
        ]
    }
}
