//! The sign-in page: people choose a provider, or type a name and a password.

use serde::Serialize;

use super::Page;

/// Links to the providers, and a form if some provider checks passwords.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignIn {
    pub app_name: String,
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
    /// A path on our own site. Without an icon, the page shows the name's first letter.
    pub icon: Option<String>,
    pub last_used: bool,
    /// Whether we can reach it. If not, the page says so, and still links to it.
    pub answering: bool,
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
    choices.into_iter().filter(|choice| folded(&choice.name).contains(&query)).collect()
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
mod samples {
    use super::{Choice, FormNotice, PasswordSource, PromptReason, Search, SignIn, SignInForm, filtered_by_name};
    use crate::base::urls::PASSWORD_CHANGE;
    use crate::web::pages::tests::HOSTILE;

    const ANOTHER: &str = "/auth/galene?room=seminar%20B&prompt=select_account";

    pub fn all() -> Vec<SignIn> {
        let several = || ["Example University", "Google", "GitHub"].map(choice).to_vec();
        let mut down = several();
        down[0].last_used = true;
        down[1].answering = false;
        let room = Some("seminar B".to_owned());
        vec![
            page(vec![choice("Example University")]),
            SignIn { room: room.clone(), choices: down, ..page(vec![]) },
            SignIn { prompt_reason: Some(PromptReason::Again), room, ..page(several()) },
            SignIn { prompt_reason: Some(another_account(Some("Dee"))), ..page(several()) },
            SignIn { prompt_reason: Some(another_account(None)), ..page(several()) },
            SignIn { another_account_href: Some(ANOTHER.into()), ..page(vec![choice("Example University")]) },
            page(vec![]),
            searching(many(), ""),
            searching(filtered_by_name(many(), "UNIV"), "UNIV"),
            searching(vec![], "Hogwarts"),
            long(),
            hostile(),
            asking(vec![], "", None),
            asking(several(), "", None),
            asking(several(), "dee", Some(FormNotice::WrongPassword)),
            asking(vec![choice("Example University")], "dee@example.org", Some(wait(1))),
            asking(vec![], "", Some(wait(40))),
            asking(vec![], "", Some(wait(900))),
            of(external(), asking(vec![], "", None)),
            of(external(), asking(several(), "dee", Some(FormNotice::WrongPassword))),
            of(external_of_several(), asking(vec![], "", None)),
            of(
                PasswordSource::LocalOrExternal { others: None, provider: "Example University".into() },
                asking(vec![], "", None),
            ),
            of(
                PasswordSource::LocalOrExternal { others: Some("ETH Zürich, KTH".into()), provider: "TU Wien".into() },
                asking(several(), "", None),
            ),
            with_own_accounts(asking(several(), "grace", Some(FormNotice::WrongPassword))),
        ]
    }

    fn asking(choices: Vec<Choice>, name: &str, notice: Option<FormNotice>) -> SignIn {
        let code = notice.as_ref().map(|_| "V-7KQ2MXWD".to_owned());
        let form = SignInForm {
            action: "/auth/galene?room=seminar%20B".into(),
            name: name.into(),
            notice,
            code,
            change_password_href: None,
            password_source: PasswordSource::Local,
        };
        SignIn { form: Some(form), ..page(choices) }
    }

    fn of(password_source: PasswordSource, page: SignIn) -> SignIn {
        SignIn { form: page.form.map(|form| SignInForm { password_source, ..form }), ..page }
    }

    fn external() -> PasswordSource {
        PasswordSource::External {
            others: None,
            provider: "Gemeinsames Rechenzentrum der nordostniedersächsischen Fachhochschulen".into(),
        }
    }

    fn external_of_several() -> PasswordSource {
        PasswordSource::External { others: Some("ETH Zürich".into()), provider: "Example University".into() }
    }

    fn with_own_accounts(page: SignIn) -> SignIn {
        SignIn {
            form: page.form.map(|form| SignInForm { change_password_href: Some(PASSWORD_CHANGE), ..form }),
            ..page
        }
    }

    fn wait(seconds: u32) -> FormNotice {
        FormNotice::TooManyAttempts { seconds, refresh_href: "/auth/galene?room=seminar%20B&wait=1790000000".into() }
    }

    fn page(choices: Vec<Choice>) -> SignIn {
        SignIn {
            app_name: "Conference".into(),
            room: None,
            choices,
            search: None,
            prompt_reason: None,
            form: None,
            another_account_href: None,
        }
    }

    fn choice(name: &str) -> Choice {
        let href = "/auth/galene?room=seminar%20B&provider=uni".into();
        Choice { name: name.into(), href, icon: None, last_used: false, answering: true }
    }

    fn another_account(account: Option<&str>) -> PromptReason {
        PromptReason::AnotherAccount { account_name: account.map(str::to_owned) }
    }

    fn many() -> Vec<Choice> {
        let names =
            ["University of Bern", "Université de Genève", "Universität Ulm", "Aalto", "ETH Zürich", "KTH", "TU Wien"];
        names.map(choice).to_vec()
    }

    fn searching(choices: Vec<Choice>, query: &str) -> SignIn {
        let hidden = vec![("room".into(), "seminar B".into())];
        let (action, full_list_href) = ("/auth/galene".into(), "/auth/galene?room=seminar%20B".into());
        SignIn { search: Some(Search { query: query.into(), action, hidden, full_list_href }), ..page(choices) }
    }

    /// The longest names an operator may reasonably choose.
    fn long() -> SignIn {
        let name = "Gemeinsames Rechenzentrum der nordostniedersächsischen Fachhochschulen";
        let icon = Some(
            "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E%3Ccircle \
                         cx='4' cy='4' r='4' fill='%23c33'/%3E%3C/svg%3E"
                .into(),
        );
        let first = Choice { icon, last_used: true, ..choice(name) };
        let second = Choice { answering: false, ..choice(name) };
        let app_name = "Videokonferenzsystem der Donaudampfschifffahrtsgesellschaft".into();
        SignIn { app_name, room: Some("oberseminar/".repeat(10)), ..page(vec![first, second]) }
    }

    fn hostile() -> SignIn {
        let mut page = searching(vec![choice(HOSTILE)], HOSTILE);
        page.choices[0].href = HOSTILE.into();
        page.choices[0].icon = Some(HOSTILE.into());
        page.search = page.search.map(|search| Search {
            action: HOSTILE.into(),
            hidden: vec![(HOSTILE.into(), HOSTILE.into())],
            full_list_href: HOSTILE.into(),
            ..search
        });
        let notice = Some(FormNotice::TooManyAttempts { seconds: 9, refresh_href: HOSTILE.into() });
        let code = Some(HOSTILE.into());
        let password_source =
            PasswordSource::LocalOrExternal { others: Some(HOSTILE.into()), provider: HOSTILE.into() };
        let (action, name) = (HOSTILE.into(), HOSTILE.into());
        let form = Some(SignInForm {
            action,
            name,
            notice,
            code,
            change_password_href: Some(PASSWORD_CHANGE),
            password_source,
        });
        SignIn {
            app_name: HOSTILE.into(),
            room: Some(HOSTILE.into()),
            prompt_reason: Some(another_account(Some(HOSTILE))),
            form,
            another_account_href: Some(HOSTILE.into()),
            ..page
        }
    }
}

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
