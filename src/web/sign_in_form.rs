//! `POST /auth/{app}` with the sign-in form: a name and a password.

use axum::response::Response;

use super::Web;
use super::browser::Browser;
use super::callback::ended;
use super::own_form::{FieldFault, OwnFields, OwnForm, values};
use super::pages::row;
use super::refusal::{refused, with_wait};
use super::sign_in_page::{FormAnswer, sign_in};
use crate::base::ids::AppId;
use crate::base::parameters::Parameters;
use crate::base::secret::Secret;
use crate::broker::{Again, Cause, Context, Entered, Refusal};

/// The fields of the form. Further ones mean nothing.
const FIELDS: [&str; 2] = ["username", "password"];

/// The sign-in form.
pub struct NameAndPassword {
    name: String,
    password: Secret<String>,
}

impl OwnFields for NameAndPassword {
    const NAMES: &'static [&'static str] = &FIELDS;

    fn read(form: &Parameters) -> Result<Self, &'static str> {
        let [name, password] = values(form, FIELDS).map_err(|fault| match fault {
            FieldFault::NotUtf8 => "a form whose name or password is not UTF-8",
            FieldFault::Missing => "a form without one name and one password",
        })?;
        Ok(Self { name, password: Secret::new(password) })
    }

    async fn refuse(web: &Web, browser: &Browser, app: &str, cause: Cause) -> Response {
        let refusal = match app.parse() {
            Ok(app) => cause.refuse(browser.config.context_of_start(&app, browser.query.pairs())),
            Err(_) => Cause::NoSuchPage.refuse(Context::default()),
        };
        refused(web, browser, refusal).await
    }
}

pub async fn by_form(web: &Web, app: &str, sent: OwnForm<NameAndPassword>) -> Response {
    let OwnForm { browser, fields, .. } = sent;
    match enter(web, app, &browser, fields).await {
        Ok(response) => response,
        Err(refusal) => refused(web, &browser, refusal).await,
    }
}

async fn enter(web: &Web, app: &str, browser: &Browser, sent: NameAndPassword) -> Result<Response, Refusal> {
    let app: AppId = app.parse().map_err(|_| Cause::NoSuchPage.refuse(Context::default()))?;
    let context = || browser.config.context_of_start(&app, browser.query.pairs());
    let query = browser.start().map_err(|why| Cause::Start(why).refuse(context()))?;
    let NameAndPassword { name, password } = sent;
    let typed = (name.clone(), password);
    match web.broker.enter(&browser.config, &app, query, typed, &browser.visitor).await? {
        Entered::Finished(finished) => Ok(ended(web, browser, finished).await),
        Entered::Again(again) => Ok(again_with(web, browser, name, *again).await),
    }
}

/// The page again, with the name and without the password.
async fn again_with(web: &Web, browser: &Browser, name: String, Again { choice, refusal }: Again) -> Response {
    let refusal = web.broker.report(refusal, &browser.visitor).await;
    let status = row(refusal.cause.public()).status;
    let seconds_to_wait = refusal.cause.seconds_to_wait();
    let answer = FormAnswer { status, name, seconds_to_wait, code: refusal.code().to_string() };
    with_wait(sign_in(web, browser, &choice, Some(answer)), &refusal)
}
