//! `/account/methods/add`: the person chooses a provider and signs in there, or types a name and a password. Then
//! `/link` asks whether that identity shall open their account.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::sign_in_again::after_form;
use super::{fresh_person, fresh_sender, own_path};
use crate::base::ids::ProviderId;
use crate::base::parameters::Parameters;
use crate::base::urls::{ACCOUNT, METHOD_ADDITION, query};
use crate::broker::{BeginOutcome, Cause, Context, FinishedLogin, PasswordAddition, Refusal};
use crate::signin::arrive::Prompt;
use crate::web::Web;
use crate::web::begin::departure_response;
use crate::web::browser::{self, Browser};
use crate::web::callback::finished_response;
use crate::web::own_form::{FormFields, OwnForm};
use crate::web::pages::{Done, MethodAdditionPage, Search, SignInForm, row};
use crate::web::refusal::{refusal_response, with_retry_after};
use crate::web::response::{PageResponse, page};
use crate::web::security_headers::Policy;
use crate::web::sign_in_form::NameAndPassword;
use crate::web::sign_in_page::{FormError, password_source, provider_choices};

/// The name of the parameter with the chosen provider.
const PROVIDER: &str = "provider";

pub async fn show(State(web): State<Arc<Web>>, browser: Browser) -> Response {
    if let Err(response) = fresh_person(&web, &browser).await {
        return response;
    }
    let chosen = browser.query.pairs().iter().find(|(name, _)| name == PROVIDER).map(|(_, value)| value.clone());
    let response = match chosen {
        Some(provider) => begin(&web, &browser, &provider).await,
        None => choices(&web, &browser, None),
    };
    match response {
        Ok(response) => response,
        Err(refusal) => refusal_response(&web, &browser, *refusal).await,
    }
}

/// The form of a name and a password, whose identity shall open the account, too.
pub struct MethodPassword(NameAndPassword);

impl FormFields for MethodPassword {
    const NAMES: &'static [&'static str] = NameAndPassword::NAMES;

    fn read(form: &Parameters) -> Result<Self, &'static str> {
        NameAndPassword::read(form).map(Self)
    }
}

pub async fn add_with_password(State(web): State<Arc<Web>>, sent: OwnForm<MethodPassword>) -> Response {
    let OwnForm { browser, fields: MethodPassword(NameAndPassword { name, password }), .. } = sent;
    if let Err(response) = fresh_sender(&web, &browser, METHOD_ADDITION).await {
        return response;
    }
    let (back, typed) = (own_path(Done::MethodAdded), (name.clone(), password));
    match web.broker.add_by_password(&browser.config, &back, typed, &browser.visitor).await {
        Ok(PasswordAddition::Done(outcome)) => {
            finished_response(&web, &browser, Ok(FinishedLogin { session: None, outcome: *outcome })).await
        }
        Ok(PasswordAddition::Rejected(refusal)) => rejected(&web, &browser, name, *refusal).await,
        Ok(PasswordAddition::NotFresh) => after_form(Prompt::AsNeeded, METHOD_ADDITION),
        Err(refusal) => refusal_response(&web, &browser, refusal).await,
    }
}

/// Shows the page again, with the name and without the password.
async fn rejected(web: &Web, browser: &Browser, name: String, refusal: Refusal) -> Response {
    let refusal = web.broker.report(refusal, &browser.visitor).await;
    let error = FormError {
        status: row(refusal.cause.public()).status,
        name,
        retry_after_seconds: refusal.cause.retry_after_seconds(),
        code: refusal.code().to_string(),
    };
    match choices(web, browser, Some(error)) {
        Ok(response) => with_retry_after(response, &refusal),
        Err(refusal) => refusal_response(web, browser, *refusal).await,
    }
}

/// The page. `error`: what to show after a rejected form.
fn choices(web: &Web, browser: &Browser, error: Option<FormError>) -> Result<Response, Box<Refusal>> {
    let options = web.broker.methods_to_add(&browser.config, &own_path(Done::MethodAdded), &browser.visitor)?;
    let search = Search {
        query: String::new(),
        action: METHOD_ADDITION.to_owned(),
        hidden: Vec::new(),
        full_list_href: METHOD_ADDITION.to_owned(),
    };
    let (choices, search) = provider_choices(browser, &options, search, |provider| {
        format!("{METHOD_ADDITION}?{}", query(&[(PROVIDER, provider.as_str())]))
    });
    let status = error.as_ref().map_or(StatusCode::OK, |error| error.status);
    let form = password_source(&options).map(|password_source| {
        let (name, notice, code) = match error {
            Some(error) => (error.name.clone(), Some(error.notice(METHOD_ADDITION.to_owned())), Some(error.code)),
            None => (String::new(), None, None),
        };
        let action = METHOD_ADDITION.to_owned();
        SignInForm { action, name, notice, code, change_password_href: None, password_source }
    });
    let page_data = MethodAdditionPage { choices, search, form, account_href: ACCOUNT.to_owned() };
    let (policy, page_path) = (Policy::Form, Some(METHOD_ADDITION));
    Ok(page(web, browser, &PageResponse { status, page: &page_data, policy, page_path }))
}

/// Sends the person to the provider. Changes nothing: a login is only a cookie.
async fn begin(web: &Web, browser: &Browser, provider: &str) -> Result<Response, Box<Refusal>> {
    let not_found = || Box::new(Cause::PageNotFound.refuse(Context::default()));
    let provider = provider.parse::<ProviderId>().map_err(|_| not_found())?;
    let back = own_path(Done::MethodAdded);
    match web.broker.begin_adding(&browser.config, &provider, &back, &browser.visitor).await.map_err(Box::new)? {
        BeginOutcome::Challenge { to, pending } => {
            let mut response = departure_response(web, browser, to);
            browser::add_cookies(response.headers_mut(), browser::pending_cookies(&pending));
            Ok(response)
        }
        // `begin_adding` only sends to a provider.
        BeginOutcome::Deliver(_) | BeginOutcome::OwnPage(_) | BeginOutcome::Choose(_) => Err(not_found()),
    }
}
