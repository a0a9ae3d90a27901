//! `POST /auth/{app}` and `POST /auth` with the sign-in form: a name and a password.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::Web;
use super::browser::Browser;
use super::callback::finished_response;
use super::own_form::{FieldError, FormFields, OwnForm, required_values};
use super::pages::row;
use super::refusal::{refusal_response, with_retry_after};
use super::sign_in_page::{FormError, sign_in};
use crate::base::ids::AppId;
use crate::base::parameters::Parameters;
use crate::base::secret::Secret;
use crate::broker::{Cause, Context, PasswordSignIn, Refusal, RejectedForm, StartAddress};

/// The fields of the form. Others are ignored.
const FIELDS: [&str; 2] = ["username", "password"];

/// The sign-in form of an app.
pub struct NameAndPassword {
    pub name: String,
    pub password: Secret<String>,
}

impl FormFields for NameAndPassword {
    const NAMES: &'static [&'static str] = &FIELDS;

    fn read(form: &Parameters) -> Result<Self, &'static str> {
        let [name, password] = required_values(form, FIELDS).map_err(|error| match error {
            FieldError::NotUtf8 => "a form whose name or password is not UTF-8",
            FieldError::Missing => "a form that does not have exactly one name and one password",
        })?;
        Ok(Self { name, password: Secret::new(password) })
    }

    async fn refuse(web: &Web, browser: &Browser, app: &str, cause: Cause) -> Response {
        let refusal = match app.parse() {
            Ok(app) => cause.refuse(browser.config.context_of_start(StartAddress::App(&app), browser.query.pairs())),
            Err(_) => Cause::PageNotFound.refuse(Context::default()),
        };
        refusal_response(web, browser, refusal).await
    }
}

/// The sign-in form without an app.
pub struct OwnPageForm(NameAndPassword);

impl FormFields for OwnPageForm {
    const NAMES: &'static [&'static str] = &FIELDS;

    fn read(form: &Parameters) -> Result<Self, &'static str> {
        NameAndPassword::read(form).map(Self)
    }

    async fn refuse(web: &Web, browser: &Browser, _at: &str, cause: Cause) -> Response {
        let context = browser.config.context_of_start(StartAddress::OwnPage, browser.query.pairs());
        refusal_response(web, browser, cause.refuse(context)).await
    }
}

pub async fn post(web: &Web, app: &str, sent: OwnForm<NameAndPassword>) -> Response {
    let OwnForm { browser, fields, .. } = sent;
    match app.parse::<AppId>() {
        Ok(app) => post_at(web, StartAddress::App(&app), &browser, fields).await,
        Err(_) => refusal_response(web, &browser, Cause::PageNotFound.refuse(Context::default())).await,
    }
}

/// `POST /auth`
pub async fn post_for_own_page(State(web): State<Arc<Web>>, sent: OwnForm<OwnPageForm>) -> Response {
    let OwnForm { browser, fields: OwnPageForm(fields), .. } = sent;
    post_at(&web, StartAddress::OwnPage, &browser, fields).await
}

async fn post_at(web: &Web, address: StartAddress<'_>, browser: &Browser, sent: NameAndPassword) -> Response {
    match sign_in_with_password(web, address, browser, sent).await {
        Ok(response) => response,
        Err(refusal) => refusal_response(web, browser, refusal).await,
    }
}

async fn sign_in_with_password(
    web: &Web,
    address: StartAddress<'_>,
    browser: &Browser,
    sent: NameAndPassword,
) -> Result<Response, Refusal> {
    let context = || browser.config.context_of_start(address, browser.query.pairs());
    let query = browser.start_parameters(address).map_err(|why| Cause::Start(why).refuse(context()))?;
    let NameAndPassword { name, password } = sent;
    let typed = (name.clone(), password);
    match web.broker.sign_in_with_password(&browser.config, address, query, typed, &browser.visitor).await? {
        PasswordSignIn::Finished(finished) => Ok(finished_response(web, browser, Ok(finished)).await),
        PasswordSignIn::Rejected(form) => Ok(show_again(web, browser, name, *form).await),
    }
}

/// Shows the page again, with the name and without the password.
async fn show_again(
    web: &Web,
    browser: &Browser,
    name: String,
    RejectedForm { options, refusal }: RejectedForm,
) -> Response {
    let refusal = web.broker.report(refusal, &browser.visitor).await;
    let status = row(refusal.cause.public()).status;
    let retry_after_seconds = refusal.cause.retry_after_seconds();
    let error = FormError { status, name, retry_after_seconds, code: refusal.code().to_string() };
    with_retry_after(sign_in(web, browser, &options, Some(error)), &refusal)
}
