//! `/account/methods/add`: the person chooses a provider, and signs in there. Then `/link` asks whether that identity
//! shall open their account.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::{fresh_person, own_path};
use crate::base::ids::ProviderId;
use crate::base::urls::{ACCOUNT, METHOD_ADDITION, query};
use crate::broker::{BeginOutcome, Cause, Context, Refusal};
use crate::web::Web;
use crate::web::begin::departure_response;
use crate::web::browser::{self, Browser};
use crate::web::pages::{Done, MethodAdditionPage, Search};
use crate::web::refusal::refusal_response;
use crate::web::response::{PageResponse, page};
use crate::web::security_headers::Policy;
use crate::web::sign_in_page::provider_choices;

/// The name of the parameter with the chosen provider.
const PROVIDER: &str = "provider";

pub async fn show(State(web): State<Arc<Web>>, browser: Browser) -> Response {
    if let Err(response) = fresh_person(&web, &browser).await {
        return response;
    }
    let chosen = browser.query.pairs().iter().find(|(name, _)| name == PROVIDER).map(|(_, value)| value.clone());
    let response = match chosen {
        Some(provider) => begin(&web, &browser, &provider).await,
        None => choices(&web, &browser),
    };
    match response {
        Ok(response) => response,
        Err(refusal) => refusal_response(&web, &browser, *refusal).await,
    }
}

fn choices(web: &Web, browser: &Browser) -> Result<Response, Box<Refusal>> {
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
    let page_data = MethodAdditionPage { choices, search, account_href: ACCOUNT.to_owned() };
    let (status, policy, page_path) = (StatusCode::OK, Policy::Form, Some(METHOD_ADDITION));
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
