//! `POST /auth/{app}` as a form: a name and a password.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::Response;

use super::Web;
use super::browser::{Browser, Named};
use super::callback::ended;
use super::error::{refused, status};
use super::guard::from_our_page;
use super::media_type::{MediaType, media_type};
use super::reply::retry_after;
use super::sign_in::{Told, sign_in};
use crate::base::ids::AppId;
use crate::base::parameters::Parameters;
use crate::base::secret::Secret;
use crate::broker::{Again, Cause, Context, Entered, Refusal};

/// What the form has. Further fields mean nothing.
const FIELDS: [&str; 2] = ["username", "password"];

pub async fn by_form(
    State(web): State<Arc<Web>>,
    Named(app): Named,
    browser: Browser,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    match enter(&web, &app, &browser, body).await {
        Ok(response) => response,
        Err(refusal) => refused(&web, &browser, refusal).await,
    }
}

async fn enter(
    web: &Web,
    app: &str,
    browser: &Browser,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let app: AppId = app.parse().map_err(|_| Cause::NoSuchPage.refuse(Context::default()))?;
    let context = || browser.site.context_of_start(&app, browser.query.pairs());
    let odd = |what| Cause::OddRequest(what).refuse(context());
    if media_type(&browser.headers) != MediaType::Form {
        return Err(odd("a POST that is no form"));
    }
    if !from_our_page(&browser.headers, &browser.site.public_url) {
        return Err(Cause::ForeignPost.refuse(context()));
    }
    let query = browser.start().map_err(|why| Cause::Start(why).refuse(context()))?;
    let body = body.map_err(|_| odd("a form that is too large, or broke off"))?;
    let fields = Parameters::read(&body);
    let [name, password] = FIELDS.map(|field| only(&fields, field));
    let (Some(name), Some(password)) = (name, password) else {
        return Err(odd(match fields.garbled(&FIELDS) {
            Some(_) => "a form whose name or password is not UTF-8",
            None => "a form without one name and one password",
        }));
    };
    let typed = (name.clone(), Secret::new(password));
    match web.broker.enter(&browser.site, &app, query, typed, &browser.visitor).await? {
        Entered::Finished(finished) => Ok(ended(web, browser, finished).await),
        Entered::Again(again) => Ok(again_with(web, browser, name, &again)),
    }
}

/// The page again: the name is kept, the password is not.
fn again_with(web: &Web, browser: &Browser, name: String, again: &Again) -> Response {
    let Again { choice, refusal } = again;
    let status = status(refusal.cause.public());
    let seconds = refusal.cause.seconds_to_wait();
    let told = Told { status, name, seconds_to_wait: seconds, code: refusal.code.to_string() };
    let response = sign_in(web, browser, choice, Some(told));
    match seconds {
        Some(seconds) => retry_after(response, seconds),
        None => response,
    }
}

/// A field that was given once, in UTF-8.
pub(super) fn only(fields: &Parameters, name: &'static str) -> Option<String> {
    if fields.garbled(&[name]).is_some() {
        return None;
    }
    let mut given = fields.pairs().iter().filter(|(given, _)| given == name);
    let first = given.next().map(|(_, value)| value.clone());
    first.filter(|_| given.next().is_none())
}
