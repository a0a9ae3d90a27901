//! The sign-in page: places to go to, and a name and a password where some provider checks them.

use axum::response::Response;
use http::StatusCode;
use time::OffsetDateTime;

use super::Web;
use super::browser::Browser;
use super::guard::Policy;
use super::pages::{Choice, Form, MANY, Note, Said, Search, SignIn, Whose, narrowed};
use super::reply::{Paged, page};
use crate::base::urls::{OWN_PASSWORD, auth_path};
use crate::broker;
use crate::signin::arrive::{LoginRequest, Prompt};
use crate::signin::challenge::waits::LONGEST_OF_ALL;
use crate::upstream::Standing;

/// The parameter of the search field.
const FIND: &str = "find";
/// The parameter that says when a wait is over, in seconds since 1970: for the words on the page and nothing else.
const WAIT: &str = "wait";

/// What is said of a form that was sent.
pub struct Told {
    pub status: StatusCode,
    /// The name that was typed.
    pub name: String,
    pub seconds_to_wait: Option<u32>,
    pub code: String,
}

/// Draws the page; `told` where it answers a form that led nowhere.
pub fn sign_in(web: &Web, browser: &Browser, choice: &broker::Choice, told: Option<Told>) -> Response {
    let request = &choice.request;
    let all: Vec<Choice> = choice.offers.iter().map(|offer| option(choice, offer)).collect();
    let path = auth_path(&choice.app.id, &[]);
    let whole = auth_path(&choice.app.id, &request.parameters());
    let status = told.as_ref().map_or(StatusCode::OK, |told| told.status);
    let form = match &choice.form {
        broker::Form::Shown { own, only } => {
            let change = own.then_some(OWN_PASSWORD);
            let asked_of = only.as_ref().map(|only| match only.module.local_passwords() {
                Some(_) => Whose::Ours,
                None => Whose::Theirs { provider: only.name.clone() },
            });
            Some(Form { change, whose: asked_of, ..form(web, browser, request, whole.clone(), told) })
        }
        broker::Form::None => None,
    };
    let (choices, search) = if all.len() >= MANY {
        let query = typed(browser, FIND).unwrap_or_default().to_owned();
        let hidden = request.parameters().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let choices = narrowed(all, &query);
        (choices, Some(Search { query, action: path, hidden: hidden.collect(), all: whole }))
    } else {
        (all, None)
    };
    let note = match request.prompt {
        Prompt::Login => Some(Note::Again),
        Prompt::SelectAccount => Some(Note::AnotherAccount { account_name: None }),
        Prompt::AsNeeded | Prompt::None => None,
    };
    // Chromium holds every redirect of a form to `form-action`: to us, to the app, and on from there. The search is a
    // form, too: it leads to the app if the person has signed in elsewhere in this browser meanwhile.
    let policy = if form.is_some() || search.is_some() {
        Policy::SignIn(choice.app.addresses.reached_by_forms())
    } else {
        Policy::Form
    };
    let app_name = choice.app.name.clone();
    let room = request.location.room().map(|room| room.as_str().to_owned());
    let another = choice.another_account.then(|| {
        let another = LoginRequest { provider: None, prompt: Prompt::SelectAccount, ..request.clone() };
        auth_path(&choice.app.id, &another.parameters())
    });
    let shown = SignIn { app_name, room, choices, search, note, form, another };
    page(web, browser, &Paged { status, page: &shown, policy, here: Some(browser.here.as_str()) })
}

fn form(web: &Web, browser: &Browser, request: &LoginRequest, action: String, told: Option<Told>) -> Form {
    let now = web.broker.clock().now();
    let wait = |seconds: u32| {
        let until = now.unix_timestamp() + i64::from(seconds);
        let between = if action.contains('?') { '&' } else { '?' };
        Said::TooManyTries { seconds, look_again: format!("{action}{between}{WAIT}={until}") }
    };
    let (name, said, code) = match told {
        Some(Told { name, seconds_to_wait, code, .. }) => {
            (name, Some(seconds_to_wait.map_or(Said::PasswordNotRight, wait)), Some(code))
        }
        None => (request.login_hint.clone().unwrap_or_default(), left_to_wait(browser, now).map(wait), None),
    };
    Form { action, name, said, code, change: None, whose: None }
}

/// What is left of a wait that an answer to a form told of.
fn left_to_wait(browser: &Browser, now: OffsetDateTime) -> Option<u32> {
    let until: i64 = typed(browser, WAIT)?.parse().ok()?;
    let left = until.checked_sub(now.unix_timestamp())?;
    (1..=LONGEST_OF_ALL.whole_seconds()).contains(&left).then(|| u32::try_from(left).ok()).flatten()
}

fn typed<'b>(browser: &'b Browser, parameter: &str) -> Option<&'b str> {
    let found = browser.query.pairs().iter().find(|(name, _)| name == parameter);
    found.map(|(_, value)| value.as_str())
}

fn option(choice: &broker::Choice, offer: &broker::Offer) -> Choice {
    let request = LoginRequest { provider: Some(offer.provider.id.clone()), ..choice.request.clone() };
    Choice {
        name: offer.provider.name.clone(),
        href: auth_path(&choice.app.id, &request.parameters()),
        icon: None,
        used_last: offer.last_used,
        answering: !matches!(offer.standing, Standing::Silent { .. }),
    }
}
