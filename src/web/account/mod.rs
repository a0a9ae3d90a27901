//! `/account`: a person's own page, and what they can do on it.

pub mod method_addition;
pub mod methods;
pub mod sign_in_again;
pub mod view;

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};

use self::sign_in_again::after_form;
use super::Web;
use super::browser::Browser;
use super::own_form::{FieldError, FormFields, OwnForm, required_values};
use super::pages::Done;
use super::refusal::refusal_response;
use super::response::{PageResponse, page, see_other};
use super::security_headers::Policy;
use crate::base::ids::Sid;
use crate::base::parameters::Parameters;
use crate::base::urls::{ACCOUNT, own_auth_path};
use crate::broker::{Freshness, Refusal, SignedIn};
use crate::signin::account::Person;
use crate::signin::arrive::Prompt;

/// The name of the parameter that says what was done.
const DONE: &str = "done";

pub async fn show(State(web): State<Arc<Web>>, browser: Browser) -> Response {
    match try_show(&web, &browser).await {
        Ok(Some(response)) => response,
        Ok(None) => sign_in(),
        Err(refusal) => refusal_response(&web, &browser, refusal).await,
    }
}

async fn try_show(web: &Web, browser: &Browser) -> Result<Option<Response>, Refusal> {
    let (config, visitor) = (&browser.config, &browser.visitor);
    let Some(SignedIn { person, .. }) = web.broker.signed_in(config, visitor).await? else { return Ok(None) };
    let Some(account) = web.broker.own_account(config, &person, visitor).await? else { return Ok(None) };
    let done = browser.query.pairs().iter().find(|(name, _)| name == DONE);
    let done = done.and_then(|(_, value)| Done::ALL.into_iter().find(|done| done.as_str() == value));
    let page_data = view::page(config, &person, account, done);
    let response =
        PageResponse { status: StatusCode::OK, page: &page_data, policy: Policy::Form, page_path: Some(ACCOUNT) };
    Ok(Some(page(web, browser, &response)))
}

/// The button beside a session.
pub struct EndSession {
    sid: Sid,
}

impl FormFields for EndSession {
    const NAMES: &'static [&'static str] = &["sid"];

    fn read(form: &Parameters) -> Result<Self, &'static str> {
        let [sid] = required_values(form, ["sid"]).map_err(|error| match error {
            FieldError::NotUtf8 => "a form whose session is not UTF-8",
            FieldError::Missing => "a form that does not name one session",
        })?;
        Ok(Self { sid: sid.parse().map_err(|_| "a form with something that is no id of a session")? })
    }
}

/// Ends one session. If it has ended, or belongs to somebody else, nothing happens.
pub async fn end_session(State(web): State<Arc<Web>>, sent: OwnForm<EndSession>) -> Response {
    let OwnForm { browser, fields, .. } = sent;
    let person = match fresh_sender(&web, &browser, &own_path(Done::SignedInAgain)).await {
        Ok(person) => person,
        Err(response) => return response,
    };
    let ended = web.broker.end_own_session(&person, &fields.sid, &browser.visitor).await;
    done(&web, &browser, ended, Done::SessionEnded).await
}

/// The button that ends all other sessions.
pub struct EndOtherSessions;

impl FormFields for EndOtherSessions {
    const NAMES: &'static [&'static str] = &[];

    fn read(_: &Parameters) -> Result<Self, &'static str> {
        Ok(Self)
    }
}

pub async fn end_other_sessions(
    State(web): State<Arc<Web>>,
    OwnForm { browser, .. }: OwnForm<EndOtherSessions>,
) -> Response {
    let person = match fresh_sender(&web, &browser, &own_path(Done::SignedInAgain)).await {
        Ok(person) => person,
        Err(response) => return response,
    };
    let ended = web.broker.end_other_own_sessions(&person, &browser.visitor).await;
    done(&web, &browser, ended, Done::OthersEnded).await
}

/// The person's data, as a file.
pub async fn export(State(web): State<Arc<Web>>, browser: Browser) -> Response {
    let person = match fresh_person(&web, &browser).await {
        Ok(person) => person,
        Err(response) => return response,
    };
    let export = match web.broker.export_own_account(&browser.config, &person, &browser.visitor).await {
        Ok(Some(export)) => export,
        Ok(None) => return sign_in(),
        Err(refusal) => return refusal_response(&web, &browser, refusal).await,
    };
    let Ok(json) = serde_json::to_string_pretty(&export) else {
        tracing::error!("the data of an account could not be written as JSON");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = json.into_response();
    let file = HeaderValue::from_static("attachment; filename=\"vestibule-account.json\"");
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(CONTENT_DISPOSITION, file);
    response
}

/// The person, if they signed in lately (security rule C23). Otherwise the response asks them to sign in again, and
/// leads back to the page.
async fn fresh_person(web: &Web, browser: &Browser) -> Result<Person, Response> {
    let back = own_path(Done::SignedInAgain);
    let again = |prompt: Prompt| {
        see_other(&own_auth_path(&[("prompt", prompt.as_parameter().unwrap_or_default()), ("return_to", &back)]))
    };
    person_or(web, browser, again, sign_in).await
}

/// The same for a person who sent a form. The new sign-in leads to `back`.
async fn fresh_sender(web: &Web, browser: &Browser, back: &str) -> Result<Person, Response> {
    person_or(web, browser, |prompt| after_form(prompt, back), || after_form(Prompt::AsNeeded, ACCOUNT)).await
}

async fn person_or(
    web: &Web,
    browser: &Browser,
    again: impl Fn(Prompt) -> Response,
    sign_in: impl Fn() -> Response,
) -> Result<Person, Response> {
    match web.broker.signed_in(&browser.config, &browser.visitor).await {
        Ok(Some(SignedIn { person, freshness: Freshness::Fresh, .. })) => Ok(person),
        Ok(Some(SignedIn { freshness: Freshness::Old, .. })) => Err(again(Prompt::Login)),
        // A demanded proof would end at a page that says that there is none.
        Ok(Some(SignedIn { freshness: Freshness::OldWithoutTime, .. })) => Err(again(Prompt::LoginWithoutProof)),
        Ok(None) => Err(sign_in()),
        Err(refusal) => Err(refusal_response(web, browser, refusal).await),
    }
}

/// Leads back to the page, which says what was done.
async fn done(web: &Web, browser: &Browser, ended: Result<Option<()>, Refusal>, done: Done) -> Response {
    match ended {
        Ok(Some(())) => see_other(&format!("{}#{DONE}", own_path(done))),
        Ok(None) => after_form(Prompt::AsNeeded, ACCOUNT),
        Err(refusal) => refusal_response(web, browser, refusal).await,
    }
}

/// The page, which says what was done.
pub fn own_path(done: Done) -> String {
    format!("{ACCOUNT}?{DONE}={}", done.as_str())
}

/// Leads to a sign-in that comes back to the page.
fn sign_in() -> Response {
    see_other(&own_auth_path(&[("return_to", ACCOUNT)]))
}
