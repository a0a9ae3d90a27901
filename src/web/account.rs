//! `/account/password`: a person changes their own password.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::Response;
use http::StatusCode;

use super::Web;
use super::browser::{self, Browser};
use super::error::{refused, status};
use super::guard::{Policy, from_our_page};
use super::media_type::{MediaType, media_type};
use super::pages::{NameField, OwnPassword, PasswordChanged, Remark, Said};
use super::password::only;
use super::reply::{Paged, page, retry_after, see_other};
use crate::base::parameters::Parameters;
use crate::base::secret::{Secret, same};
use crate::base::urls::OWN_PASSWORD;
use crate::broker::{Cause, Change, Context, NotChanged, Refusal};
use crate::passwords::policy::{SHORTEST, Unfit, Weak};

/// The query of the page that says it is done.
const DONE: &str = "done";
/// What the form has. Further fields mean nothing.
const FIELDS: [&str; 4] = ["username", "old", "new", "again"];

pub async fn ask(State(web): State<Arc<Web>>, browser: Browser) -> Response {
    let name = match name(&web, &browser).await {
        Ok(name) => name,
        Err(refusal) => return refused(&web, &browser, refusal).await,
    };
    if browser.query.pairs().iter().any(|(name, _)| name == DONE) {
        let paged = Paged {
            status: StatusCode::OK,
            page: &PasswordChanged {},
            policy: Policy::Reading,
            here: Some(browser.here.as_str()),
        };
        return page(&web, &browser, &paged);
    }
    form(&web, &browser, StatusCode::OK, &empty(name.unwrap_or(NameField::Open(String::new()))))
}

pub async fn change(State(web): State<Arc<Web>>, browser: Browser, body: Result<Bytes, BytesRejection>) -> Response {
    match try_change(&web, &browser, body).await {
        Ok(response) => response,
        Err(refusal) => refused(&web, &browser, refusal).await,
    }
}

async fn try_change(web: &Web, browser: &Browser, body: Result<Bytes, BytesRejection>) -> Result<Response, Refusal> {
    let odd = |what| Cause::OddRequest(what).refuse(Context::default());
    let here = name(web, browser).await?;
    if media_type(&browser.headers) != MediaType::Form {
        return Err(odd("a POST that is no form"));
    }
    if !from_our_page(&browser.headers, &browser.site.public_url) {
        // The form again, empty: sent from here it is ours.
        let code = Some(Cause::ForeignPost.refuse(Context::default()).code.to_string());
        let again = empty(here.unwrap_or(NameField::Open(String::new())));
        return Ok(form(web, browser, StatusCode::FORBIDDEN, &OwnPassword { code, ..again }));
    }
    let body = body.map_err(|_| odd("a form that is too large, or broke off"))?;
    let fields = Parameters::read(&body);
    let [typed, old, new, again] = FIELDS.map(|field| only(&fields, field));
    let (Some(typed), Some(old), Some(new), Some(again)) = (typed, old, new, again) else {
        return Err(odd(match fields.garbled(&FIELDS) {
            Some(_) => "a form whose name or passwords are not UTF-8",
            None => "a form without a name, an old password and a new one twice",
        }));
    };
    // Whoever is signed in changes their own, whatever the form says.
    let field = here.unwrap_or(NameField::Open(typed));
    let (NameField::Fixed(name) | NameField::Open(name)) = &field;
    let name = name.clone();
    let shown = empty(field);
    let remarked = |remark| {
        form(web, browser, StatusCode::UNPROCESSABLE_ENTITY, &OwnPassword { remark: Some(remark), ..shown.clone() })
    };
    if !same(new.as_bytes(), again.as_bytes()) {
        return Ok(remarked(Remark::NotSame));
    }
    let change = Change { name, old: Secret::new(old), new: Secret::new(new) };
    match web.broker.change_password(&browser.site, change, &browser.visitor).await {
        Ok(session) => {
            let mut response = see_other(&format!("{OWN_PASSWORD}?{DONE}"));
            if let Some(session) = session {
                browser::set(response.headers_mut(), browser::signed_in(&session));
            }
            Ok(response)
        }
        Err(NotChanged::Unfit(why)) => Ok(remarked(remark(why))),
        Err(NotChanged::AsBefore) => Ok(remarked(Remark::AsBefore)),
        Err(NotChanged::Refused(refusal)) if refusal.cause.is_about_the_form() => {
            Ok(not_right(web, browser, shown.clone(), &refusal))
        }
        Err(NotChanged::Refused(refusal)) => Err(*refusal),
    }
}

/// Name or old password is not right, or there is a wait: in the words of the sign-in (security rule C42).
fn not_right(web: &Web, browser: &Browser, shown: OwnPassword, refusal: &Refusal) -> Response {
    let wait = refusal.cause.seconds_to_wait();
    let said = wait
        .map_or(Said::PasswordNotRight, |seconds| Said::TooManyTries { seconds, look_again: OWN_PASSWORD.to_owned() });
    let code = Some(refusal.code.to_string());
    let response = form(web, browser, status(refusal.cause.public()), &OwnPassword { said: Some(said), code, ..shown });
    match wait {
        Some(seconds) => retry_after(response, seconds),
        None => response,
    }
}

fn remark(why: Unfit) -> Remark {
    match why {
        Unfit::Unusable(_) => Remark::TooLong,
        Unfit::Weak(Weak::TooShort) => Remark::TooShort,
        Unfit::Weak(Weak::Common) => Remark::Common,
        Unfit::Weak(Weak::AboutThem) => Remark::AboutYou,
    }
}

/// Whoever is signed in; there is no such page where no passwords are kept.
async fn name(web: &Web, browser: &Browser) -> Result<Option<NameField>, Refusal> {
    if !browser.site.keeps_passwords() {
        return Err(Cause::NoSuchPage.refuse(Context::default()));
    }
    Ok(web.broker.who(&browser.site, browser.visitor.session).await?.map(NameField::Fixed))
}

fn empty(name: NameField) -> OwnPassword {
    OwnPassword { action: OWN_PASSWORD.to_owned(), name, shortest: SHORTEST, said: None, remark: None, code: None }
}

fn form(web: &Web, browser: &Browser, status: StatusCode, shown: &OwnPassword) -> Response {
    page(web, browser, &Paged { status, page: shown, policy: Policy::Form, here: Some(OWN_PASSWORD) })
}
