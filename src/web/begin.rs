//! `GET /auth/{app}` and `GET /auth`: start a sign-in.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::Web;
use super::browser::{self, Browser, PathName};
use super::pages::Repost;
use super::refusal::refusal_response;
use super::response::{PageResponse, page, see_other};
use super::security_headers::Policy;
use super::sign_in_page::sign_in;
use crate::base::ids::AppId;
use crate::broker::{BeginOutcome, Cause, Context, StartAddress};
use crate::upstream::redirect::BrowserRequest;

pub async fn begin(State(web): State<Arc<Web>>, PathName(app): PathName, browser: Browser) -> Response {
    let Ok(app) = app.parse::<AppId>() else {
        return refusal_response(&web, &browser, Cause::PageNotFound.refuse(Context::default())).await;
    };
    begin_at(&web, &browser, StartAddress::App(&app)).await
}

/// Starts a sign-in without an app.
pub async fn begin_for_own_page(State(web): State<Arc<Web>>, browser: Browser) -> Response {
    begin_at(&web, &browser, StartAddress::OwnPage).await
}

async fn begin_at(web: &Web, browser: &Browser, address: StartAddress<'_>) -> Response {
    let query = match browser.start_parameters(address) {
        Ok(query) => query,
        Err(why) => {
            let context = browser.config.context_of_address(address);
            return refusal_response(web, browser, Cause::Start(why).refuse(context)).await;
        }
    };
    match web.broker.begin(&browser.config, address, query, &browser.visitor).await {
        Ok(BeginOutcome::Deliver(delivery)) => see_other(delivery.address()),
        Ok(BeginOutcome::OwnPage(path)) => see_other(&path),
        Ok(BeginOutcome::Challenge { to, pending }) => {
            let mut response = departure_response(web, browser, to);
            browser::add_cookies(response.headers_mut(), browser::pending_cookies(&pending));
            response
        }
        Ok(BeginOutcome::Choose(options)) => sign_in(web, browser, &options, None),
        Err(refusal) => refusal_response(web, browser, refusal).await,
    }
}

/// Sends the browser to the provider, by a redirect or by a form.
pub fn departure_response(web: &Web, browser: &Browser, to: BrowserRequest) -> Response {
    match to {
        BrowserRequest::Redirect(address) => see_other(&address),
        BrowserRequest::Form { action, fields } => {
            let (page_data, policy) = (Repost { action, fields }, Policy::PostToProvider);
            page(web, browser, &PageResponse { status: StatusCode::OK, page: &page_data, policy, page_path: None })
        }
    }
}
