//! `/account/password`: people change their own password.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::Web;
use super::browser::{self, Browser};
use super::own_form::{FieldFault, OwnFields, OwnForm, values};
use super::pages::{FormNotice, NameField, OwnPassword, PasswordChanged, Remark, row};
use super::refusal::{refused, with_wait};
use super::response::{PageResponse, page, see_other};
use super::security_headers::Policy;
use crate::base::parameters::Parameters;
use crate::base::secret::{Secret, same};
use crate::base::urls::OWN_PASSWORD;
use crate::broker::{Cause, Change, Context, NotChanged, Refusal};
use crate::passwords::policy::{SHORTEST, Unfit, Weak};

/// The query of the page that confirms the change.
const DONE: &str = "done";
/// The fields of the form. Further ones mean nothing.
const FIELDS: [&str; 4] = ["username", "old", "new", "again"];

pub async fn ask(State(web): State<Arc<Web>>, browser: Browser) -> Response {
    let name = match name(&web, &browser).await {
        Ok(name) => name,
        Err(refusal) => return refused(&web, &browser, refusal).await,
    };
    if browser.query.pairs().iter().any(|(name, _)| name == DONE) {
        let response = PageResponse {
            status: StatusCode::OK,
            page: &PasswordChanged {},
            policy: Policy::Reading,
            here: Some(browser.here.as_str()),
        };
        return page(&web, &browser, &response);
    }
    form(&web, &browser, StatusCode::OK, &empty(name.unwrap_or(NameField::Open(String::new()))))
}

/// The form that changes a password.
pub struct PasswordChange {
    name: String,
    old: Secret<String>,
    new: Secret<String>,
    again: Secret<String>,
}

impl OwnFields for PasswordChange {
    const NAMES: &'static [&'static str] = &FIELDS;

    fn read(form: &Parameters) -> Result<Self, &'static str> {
        let [name, old, new, again] = values(form, FIELDS).map_err(|fault| match fault {
            FieldFault::NotUtf8 => "a form whose name or passwords are not UTF-8",
            FieldFault::Missing => "a form without a name, an old password and a new one twice",
        })?;
        Ok(Self { name, old: Secret::new(old), new: Secret::new(new), again: Secret::new(again) })
    }

    async fn refuse(web: &Web, browser: &Browser, _: &str, cause: Cause) -> Response {
        let signed_in = match name(web, browser).await {
            Ok(signed_in) => signed_in,
            Err(refusal) => return refused(web, browser, refusal).await,
        };
        let refusal = cause.refuse(Context::default());
        if !matches!(refusal.cause, Cause::ForeignPost) {
            return refused(web, browser, refusal).await;
        }
        // The empty form again: sent from this page, it is ours.
        let refusal = web.broker.report(refusal, &browser.visitor).await;
        let again = empty(signed_in.unwrap_or(NameField::Open(String::new())));
        let code = Some(refusal.code().to_string());
        form(web, browser, row(refusal.cause.public()).status, &OwnPassword { code, ..again })
    }
}

pub async fn change(State(web): State<Arc<Web>>, sent: OwnForm<PasswordChange>) -> Response {
    let OwnForm { browser, fields, .. } = sent;
    match try_change(&web, &browser, fields).await {
        Ok(response) => response,
        Err(refusal) => refused(&web, &browser, refusal).await,
    }
}

async fn try_change(web: &Web, browser: &Browser, sent: PasswordChange) -> Result<Response, Refusal> {
    let PasswordChange { name: typed, old, new, again } = sent;
    // A person who is signed in changes their own password, whatever name the form has.
    let field = name(web, browser).await?.unwrap_or(NameField::Open(typed));
    let (NameField::Fixed(name) | NameField::Open(name)) = &field;
    let name = name.clone();
    let shown = empty(field);
    let remarked = |remark| {
        form(web, browser, StatusCode::UNPROCESSABLE_ENTITY, &OwnPassword { remark: Some(remark), ..shown.clone() })
    };
    if !same(new.expose().as_bytes(), again.expose().as_bytes()) {
        return Ok(remarked(Remark::NotSame));
    }
    let change = Change { name, old, new };
    match web.broker.change_password(&browser.config, change, &browser.visitor).await {
        Ok(session) => {
            let mut response = see_other(&format!("{OWN_PASSWORD}?{DONE}"));
            if let Some(session) = session {
                browser::add_cookies(response.headers_mut(), browser::session_cookies(&session));
            }
            Ok(response)
        }
        Err(NotChanged::Unfit(why)) => Ok(remarked(remark(why))),
        Err(NotChanged::AsBefore) => Ok(remarked(Remark::AsBefore)),
        Err(NotChanged::Refused(refusal)) if refusal.cause.is_about_the_form() => {
            Ok(not_right(web, browser, shown.clone(), *refusal).await)
        }
        Err(NotChanged::Refused(refusal)) => Err(*refusal),
    }
}

/// The name or the old password is not right, or there is a wait: with the words of the sign-in page (security rule
/// C42).
async fn not_right(web: &Web, browser: &Browser, shown: OwnPassword, refusal: Refusal) -> Response {
    let refusal = web.broker.report(refusal, &browser.visitor).await;
    let notice = match refusal.cause.seconds_to_wait() {
        Some(seconds) => FormNotice::TooManyTries { seconds, look_again: OWN_PASSWORD.to_owned() },
        None => FormNotice::PasswordNotRight,
    };
    let shown = OwnPassword { notice: Some(notice), code: Some(refusal.code().to_string()), ..shown };
    with_wait(form(web, browser, row(refusal.cause.public()).status, &shown), &refusal)
}

fn remark(why: Unfit) -> Remark {
    match why {
        Unfit::Unusable(_) => Remark::TooLong,
        Unfit::Weak(Weak::TooShort) => Remark::TooShort,
        Unfit::Weak(Weak::Common) => Remark::Common,
        Unfit::Weak(Weak::AboutThem) => Remark::AboutYou,
    }
}

/// The person who is signed in. Without a local password store there is no such page.
async fn name(web: &Web, browser: &Browser) -> Result<Option<NameField>, Refusal> {
    if !browser.config.keeps_passwords() {
        return Err(Cause::NoSuchPage.refuse(Context::default()));
    }
    Ok(web.broker.who(&browser.config, browser.visitor.session).await?.map(NameField::Fixed))
}

fn empty(name: NameField) -> OwnPassword {
    OwnPassword { action: OWN_PASSWORD.to_owned(), name, shortest: SHORTEST, notice: None, remark: None, code: None }
}

fn form(web: &Web, browser: &Browser, status: StatusCode, shown: &OwnPassword) -> Response {
    page(web, browser, &PageResponse { status, page: shown, policy: Policy::Form, here: Some(OWN_PASSWORD) })
}
