//! The sign-in page: people choose a provider, or type a name and a password.

use serde::Serialize;

use super::Page;
use crate::config::preset::{Audience, Colors, Wording};

/// Links to the providers, and a form if some provider checks passwords.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignIn {
    /// `None`: the sign-in leads to a page of our own.
    pub app_name: Option<String>,
    pub room: Option<String>,
    /// In the order shown. The provider used last is the first.
    pub choices: Vec<Choice>,
    /// Shown if there are `SEARCH_THRESHOLD` providers or more. `choices` then holds the matches.
    pub search: Option<Search>,
    pub prompt_reason: Option<PromptReason>,
    /// If some provider checks passwords.
    pub form: Option<SignInForm>,
    /// A link to sign in with another account. It is offered after a sign-out.
    pub another_account_href: Option<String>,
}

/// One form for all providers that check passwords. It posts to the page's own address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignInForm {
    /// Path and query of this start.
    pub action: String,
    /// The value of the name field.
    pub name: String,
    pub notice: Option<FormNotice>,
    /// The reference code of the notice.
    pub code: Option<String>,
    /// Where people with a local account change their password.
    pub change_password_href: Option<&'static str>,
    pub password_source: PasswordSource,
}

/// Whose passwords the form takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum PasswordSource {
    /// Those of local accounts.
    Local,
    External {
        /// The names of all providers but the last, with commas, if there are several.
        others: Option<String>,
        provider: String,
    },
    LocalOrExternal {
        others: Option<String>,
        provider: String,
    },
}

/// The notice above the fields, about the values that were sent before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum FormNotice {
    WrongPassword,
    TooManyAttempts {
        seconds: u32,
        /// This page's address with the end of the wait. A GET there shows how long is left.
        refresh_href: String,
    },
}

/// One provider to sign in with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    pub name: String,
    pub href: String,
    pub button: Button,
    pub last_used: bool,
    /// Whether we can reach it. If not, the page says so, and still links to it.
    pub answering: bool,
}

/// The words and looks of a choice, if they are not the usual ones.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Button {
    /// A path on our own site. Without an icon, the page shows the name's first letter.
    pub icon: Option<String>,
    pub wording: Wording,
    pub colors: Colors,
    pub audience: Option<Audience>,
    /// Whether it comes before the others, and a search never hides it.
    pub always_in_view: bool,
}

/// A form that filters a long list: it requests this page with a search text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Search {
    /// What was typed, from the parameter `find`; empty at first.
    pub query: String,
    /// The page's path.
    pub action: String,
    /// The page's other parameters.
    pub hidden: Vec<(String, String)>,
    /// The page without `find`, which shows the whole list.
    pub full_list_href: String,
}

/// Why the person is asked although they may be signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum PromptReason {
    /// The app asked for a new sign-in: `prompt=login`.
    Again,
    /// They asked for another account.
    AnotherAccount { account_name: Option<String> },
}

/// With this number of providers or more, there is a search field.
pub const SEARCH_THRESHOLD: usize = 7;

/// The choices whose name contains `query`, in any case.
#[must_use]
pub fn filtered_by_name(choices: Vec<Choice>, query: &str) -> Vec<Choice> {
    let query = folded(query.trim());
    choices.into_iter().filter(|choice| choice.button.always_in_view || folded(&choice.name).contains(&query)).collect()
}

fn folded(text: &str) -> String {
    caseless::default_case_fold_str(text)
}

impl Page for SignIn {
    const TEMPLATE: &'static str = "sign_in.html";
    const SOURCE: &'static str = include_str!("../../../templates/sign_in.html");

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        samples::all()
    }
}

#[cfg(test)]
mod samples;

#[cfg(test)]
mod tests {
    use super::{SEARCH_THRESHOLD, filtered_by_name, samples};

    #[test]
    fn a_search_finds_names_whatever_their_case() {
        let many = samples::all().into_iter().find(|page| page.choices.len() >= SEARCH_THRESHOLD).unwrap().choices;
        assert_eq!(many.len(), SEARCH_THRESHOLD);
        let names = |query: &str| filtered_by_name(many.clone(), query).into_iter().map(|c| c.name).collect::<Vec<_>>();
        assert_eq!(names(" zÜRICH "), ["ETH Zürich"]);
        assert_eq!(names("univ").len(), 3);
        assert_eq!(names("").len(), SEARCH_THRESHOLD);
    }
}
