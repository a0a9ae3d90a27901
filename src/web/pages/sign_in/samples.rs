//! Samples of the sign-in page: each form that it can have.

use super::{Button, Choice, FormNotice, PasswordSource, PromptReason, Search, SignIn, SignInForm, filtered_by_name};
use crate::base::urls::PASSWORD_CHANGE;
use crate::config::preset::{Audience, Colors, Wording};
use crate::web::pages::assets;
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
        page(with_own_looks()),
        searching(filtered_by_name([with_own_looks(), many()].concat(), "univ"), "univ"),
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
        to_own_page(page(several())),
        to_own_page(page(vec![])),
        to_own_page(SignIn { prompt_reason: Some(PromptReason::Again), ..page(several()) }),
        to_own_page(searching(many(), "")),
        to_own_page(with_own_accounts(asking(several(), "", None))),
        to_own_page(asking(vec![], "dee", Some(FormNotice::WrongPassword))),
    ]
}

/// The same page for a sign-in that leads to a page of our own.
fn to_own_page(page: SignIn) -> SignIn {
    let action = "/auth?return_to=%2Faccount%2Fmethods";
    let choices = page.choices.into_iter().map(|choice| Choice { href: format!("{action}&provider=uni"), ..choice });
    let search = page.search.map(|search| Search {
        action: "/auth".into(),
        hidden: vec![("return_to".into(), "/account/methods".into())],
        full_list_href: action.into(),
        ..search
    });
    let form = page.form.map(|form| SignInForm { action: action.into(), ..form });
    SignIn { app_name: None, choices: choices.collect(), search, form, ..page }
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
    SignIn { form: page.form.map(|form| SignInForm { change_password_href: Some(PASSWORD_CHANGE), ..form }), ..page }
}

fn wait(seconds: u32) -> FormNotice {
    FormNotice::TooManyAttempts { seconds, refresh_href: "/auth/galene?room=seminar%20B&wait=1790000000".into() }
}

fn page(choices: Vec<Choice>) -> SignIn {
    SignIn {
        app_name: Some("Conference".into()),
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
    Choice { name: name.into(), href, button: Button::default(), last_used: false, answering: true }
}

fn another_account(account: Option<&str>) -> PromptReason {
    PromptReason::AnotherAccount { account_name: account.map(str::to_owned) }
}

fn many() -> Vec<Choice> {
    let names =
        ["University of Bern", "Université de Genève", "Universität Ulm", "Aalto", "ETH Zürich", "KTH", "TU Wien"];
    names.map(choice).to_vec()
}

/// Providers that prescribe the words and looks of their buttons.
fn with_own_looks() -> Vec<Choice> {
    let icon = |name| assets::icon(name).map(|icon| icon.path.clone());
    let button = |name| Button { icon: icon(name), ..Button::default() };
    let microsoft =
        Button { audience: Some(Audience::WorkOrSchool), wording: Wording::SignInWith, ..button("microsoft") };
    let apple = Button { colors: Colors::BlackOnWhite, always_in_view: true, ..Button::default() };
    let named =
        [("Apple", apple), ("Google", button("google")), ("Microsoft", microsoft), ("Facebook", button("facebook"))];
    named.map(|(name, button)| Choice { button, ..choice(name) }).to_vec()
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
    let first = Choice { button: Button { icon, ..Button::default() }, last_used: true, ..choice(name) };
    let second = Choice { answering: false, ..choice(name) };
    let app_name = Some("Videokonferenzsystem der Donaudampfschifffahrtsgesellschaft".into());
    SignIn { app_name, room: Some("oberseminar/".repeat(10)), ..page(vec![first, second]) }
}

fn hostile() -> SignIn {
    let mut page = searching(vec![choice(HOSTILE)], HOSTILE);
    page.choices[0].href = HOSTILE.into();
    page.choices[0].button.icon = Some(HOSTILE.into());
    page.search = page.search.map(|search| Search {
        action: HOSTILE.into(),
        hidden: vec![(HOSTILE.into(), HOSTILE.into())],
        full_list_href: HOSTILE.into(),
        ..search
    });
    let notice = Some(FormNotice::TooManyAttempts { seconds: 9, refresh_href: HOSTILE.into() });
    let code = Some(HOSTILE.into());
    let password_source = PasswordSource::LocalOrExternal { others: Some(HOSTILE.into()), provider: HOSTILE.into() };
    let (action, name) = (HOSTILE.into(), HOSTILE.into());
    let form =
        Some(SignInForm { action, name, notice, code, change_password_href: Some(PASSWORD_CHANGE), password_source });
    SignIn {
        app_name: Some(HOSTILE.into()),
        room: Some(HOSTILE.into()),
        prompt_reason: Some(another_account(Some(HOSTILE))),
        form,
        another_account_href: Some(HOSTILE.into()),
        ..page
    }
}
