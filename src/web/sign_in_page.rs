//! The sign-in page: links to providers, and a form if some provider checks passwords.

use axum::response::Response;
use http::StatusCode;
use time::OffsetDateTime;

use super::Web;
use super::browser::Browser;
use super::pages::{Choice, Form, FormNotice, MANY, Note, Search, SignIn, Whose, narrowed};
use super::response::{PageResponse, page};
use super::security_headers::Policy;
use crate::base::urls::{OWN_PASSWORD, auth_path};
use crate::broker;
use crate::signin::arrive::{LoginRequest, Prompt};
use crate::signin::challenge::throttle::LONGEST_WAIT_OF_ALL;
use crate::upstream::Standing;

/// The parameter of the search field.
const FIND: &str = "find";
/// The parameter with the end of a wait, in seconds since 1970. It only changes the words on the page.
const WAIT: &str = "wait";

/// How a form that was sent did not lead on.
pub struct FormAnswer {
    pub status: StatusCode,
    /// The name that the person typed.
    pub name: String,
    pub seconds_to_wait: Option<u32>,
    pub code: String,
}

/// Draws the page. It answers a start, or a form that did not lead on.
pub fn sign_in(web: &Web, browser: &Browser, choice: &broker::Choice, answer: Option<FormAnswer>) -> Response {
    let request = &choice.request;
    let all: Vec<Choice> = choice.offers.iter().map(|offer| option(choice, offer)).collect();
    let path = auth_path(&choice.app.id, &[]);
    let whole = auth_path(&choice.app.id, &request.parameters());
    let status = answer.as_ref().map_or(StatusCode::OK, |answer| answer.status);
    let form = match &choice.form {
        broker::Form::Shown { own, only } => {
            let change = own.then_some(OWN_PASSWORD);
            let asked_of = only.as_ref().map(|only| match only.module.local_passwords() {
                Some(_) => Whose::Ours,
                None => Whose::Theirs { provider: only.name.clone() },
            });
            Some(Form { change, whose: asked_of, ..form(web, browser, request, whole.clone(), answer) })
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
    // Chromium checks every redirect of a form against `form-action`: to us, to the app, and on from there. The search
    // is a form, too. It leads to the app if the person has signed in by another tab meanwhile.
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
    page(web, browser, &PageResponse { status, page: &shown, policy, here: Some(browser.here.as_str()) })
}

fn form(web: &Web, browser: &Browser, request: &LoginRequest, action: String, answer: Option<FormAnswer>) -> Form {
    let now = web.broker.clock().now();
    let wait = |seconds: u32| {
        let until = now.unix_timestamp() + i64::from(seconds);
        let between = if action.contains('?') { '&' } else { '?' };
        FormNotice::TooManyTries { seconds, look_again: format!("{action}{between}{WAIT}={until}") }
    };
    let (name, notice, code) = match answer {
        Some(FormAnswer { name, seconds_to_wait, code, .. }) => {
            (name, Some(seconds_to_wait.map_or(FormNotice::PasswordNotRight, wait)), Some(code))
        }
        None => (request.login_hint.clone().unwrap_or_default(), left_to_wait(browser, now).map(wait), None),
    };
    Form { action, name, notice, code, change: None, whose: None }
}

/// What is left of a wait that an earlier response named.
fn left_to_wait(browser: &Browser, now: OffsetDateTime) -> Option<u32> {
    let until: i64 = typed(browser, WAIT)?.parse().ok()?;
    let left = until.checked_sub(now.unix_timestamp())?;
    (1..=LONGEST_WAIT_OF_ALL.whole_seconds()).contains(&left).then(|| u32::try_from(left).ok()).flatten()
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
