//! `/account/password`: people change their own password.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::Web;
use super::browser::{self, Browser};
use super::own_form::{FieldError, FormFields, OwnForm, required_values};
use super::pages::{FormNotice, NameField, NewPasswordError, PasswordChangeForm, PasswordChanged, row};
use super::refusal::{refusal_response, refusal_response_or, with_retry_after};
use super::response::{PageResponse, page, see_other};
use super::security_headers::Policy;
use crate::base::parameters::Parameters;
use crate::base::secret::{Secret, constant_time_eq};
use crate::base::urls::PASSWORD_CHANGE;
use crate::broker::{Cause, Context, PasswordChangeError, PasswordChangeRequest, Public, Refusal};
use crate::passwords::policy::{MIN_LENGTH, PasswordPolicyError, Weak};

/// The query of the page that confirms the change.
const DONE: &str = "done";
/// The fields of the form. Others are ignored.
const FIELDS: [&str; 4] = ["username", "old", "new", "again"];

pub async fn show(State(web): State<Arc<Web>>, browser: Browser) -> Response {
    let name = match name(&web, &browser).await {
        Ok(name) => name,
        Err(refusal) => return refusal_response(&web, &browser, refusal).await,
    };
    if browser.query.pairs().iter().any(|(name, _)| name == DONE) {
        let page_path = format!("{PASSWORD_CHANGE}?{DONE}");
        let response = PageResponse {
            status: StatusCode::OK,
            page: &PasswordChanged {},
            policy: Policy::Reading,
            page_path: Some(&page_path),
        };
        return page(&web, &browser, &response);
    }
    form(&web, &browser, StatusCode::OK, &empty(name.unwrap_or(NameField::Editable(String::new()))))
}

/// The form that changes a password.
pub struct PasswordChangeFields {
    name: String,
    old: Secret<String>,
    new: Secret<String>,
    again: Secret<String>,
}

impl FormFields for PasswordChangeFields {
    const NAMES: &'static [&'static str] = &FIELDS;

    fn read(form: &Parameters) -> Result<Self, &'static str> {
        let [name, old, new, again] = required_values(form, FIELDS).map_err(|error| match error {
            FieldError::NotUtf8 => "a form whose name or passwords are not UTF-8",
            FieldError::Missing => "a form that does not have one name, one old password and the new one twice",
        })?;
        Ok(Self { name, old: Secret::new(old), new: Secret::new(new), again: Secret::new(again) })
    }

    async fn refuse(web: &Web, browser: &Browser, _: &str, cause: Cause) -> Response {
        let signed_in = match name(web, browser).await {
            Ok(signed_in) => signed_in,
            Err(refusal) => return refusal_response(web, browser, refusal).await,
        };
        let refusal = cause.refuse(Context::default());
        if !matches!(refusal.cause, Cause::CrossSitePost) {
            return refusal_response(web, browser, refusal).await;
        }
        // Show the empty form: when the person sends it from this page, it passes the origin check.
        let refusal = web.broker.report(refusal, &browser.visitor).await;
        let again = empty(signed_in.unwrap_or(NameField::Editable(String::new())));
        let code = Some(refusal.code().to_string());
        form(web, browser, row(refusal.cause.public()).status, &PasswordChangeForm { code, ..again })
    }
}

pub async fn change(State(web): State<Arc<Web>>, sent: OwnForm<PasswordChangeFields>) -> Response {
    let OwnForm { browser, fields, .. } = sent;
    match try_change(&web, &browser, fields).await {
        Ok(response) => response,
        Err(refusal) => refusal_response_or(&web, &browser, refusal, Public::PasswordUnchanged).await,
    }
}

async fn try_change(web: &Web, browser: &Browser, sent: PasswordChangeFields) -> Result<Response, Refusal> {
    let PasswordChangeFields { name: typed, old, new, again } = sent;
    // A person who is signed in changes their own password, whatever name the form has.
    let field = name(web, browser).await?.unwrap_or(NameField::Editable(typed));
    let (NameField::ReadOnly(name) | NameField::Editable(name)) = &field;
    let name = name.clone();
    let page_data = empty(field);
    let shown_with_error = |new_password_error| {
        form(
            web,
            browser,
            StatusCode::UNPROCESSABLE_ENTITY,
            &PasswordChangeForm { new_password_error: Some(new_password_error), ..page_data.clone() },
        )
    };
    if !constant_time_eq(new.expose().as_bytes(), again.expose().as_bytes()) {
        return Ok(shown_with_error(NewPasswordError::Mismatch));
    }
    let change = PasswordChangeRequest { name, old, new };
    match web.broker.change_password(&browser.config, change, &browser.visitor).await {
        Ok(session) => {
            let mut response = see_other(&format!("{PASSWORD_CHANGE}?{DONE}"));
            if let Some(session) = session {
                browser::add_cookies(response.headers_mut(), browser::session_cookies(&session));
            }
            Ok(response)
        }
        Err(PasswordChangeError::Unfit(why)) => Ok(shown_with_error(new_password_error(why))),
        Err(PasswordChangeError::SameAsOld) => Ok(shown_with_error(NewPasswordError::SameAsOld)),
        Err(PasswordChangeError::Refused(refusal)) if refusal.cause.is_about_the_form() => {
            Ok(rejected_form(web, browser, page_data.clone(), *refusal).await)
        }
        Err(PasswordChangeError::Refused(refusal)) => Err(*refusal),
    }
}

/// Shows the form after a wrong name, a wrong old password or too many attempts, with the words of the sign-in page
/// (security rule C42).
async fn rejected_form(web: &Web, browser: &Browser, page_data: PasswordChangeForm, refusal: Refusal) -> Response {
    let refusal = web.broker.report(refusal, &browser.visitor).await;
    let notice = match refusal.cause.retry_after_seconds() {
        Some(seconds) => FormNotice::TooManyAttempts { seconds, refresh_href: PASSWORD_CHANGE.to_owned() },
        None => FormNotice::WrongPassword,
    };
    let page_data = PasswordChangeForm { notice: Some(notice), code: Some(refusal.code().to_string()), ..page_data };
    with_retry_after(form(web, browser, row(refusal.cause.public()).status, &page_data), &refusal)
}

fn new_password_error(why: PasswordPolicyError) -> NewPasswordError {
    match why {
        PasswordPolicyError::Unusable(_) => NewPasswordError::TooLong,
        PasswordPolicyError::Weak(Weak::TooShort) => NewPasswordError::TooShort,
        PasswordPolicyError::Weak(Weak::Common) => NewPasswordError::Common,
        PasswordPolicyError::Weak(Weak::AboutPerson) => NewPasswordError::BasedOnName,
    }
}

/// The username of the person who is signed in. Without a local password store, it answers that there is no such page.
async fn name(web: &Web, browser: &Browser) -> Result<Option<NameField>, Refusal> {
    if !browser.config.has_local_passwords() {
        return Err(Cause::PageNotFound.refuse(Context::default()));
    }
    Ok(web.broker.signed_in_username(&browser.config, browser.visitor.session).await?.map(NameField::ReadOnly))
}

fn empty(name: NameField) -> PasswordChangeForm {
    PasswordChangeForm {
        action: PASSWORD_CHANGE.to_owned(),
        name,
        shortest: MIN_LENGTH,
        notice: None,
        new_password_error: None,
        code: None,
    }
}

fn form(web: &Web, browser: &Browser, status: StatusCode, page_data: &PasswordChangeForm) -> Response {
    page(
        web,
        browser,
        &PageResponse { status, page: page_data, policy: Policy::Form, page_path: Some(PASSWORD_CHANGE) },
    )
}
