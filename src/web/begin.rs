//! `GET /auth/{app}`: starts a sign-in.

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
use crate::broker::{BeginOutcome, Cause, Context};
use crate::upstream::redirect::BrowserRequest;

pub async fn begin(State(web): State<Arc<Web>>, PathName(app): PathName, browser: Browser) -> Response {
    let Ok(app) = app.parse::<AppId>() else {
        return refusal_response(&web, &browser, Cause::PageNotFound.refuse(Context::default())).await;
    };
    let query = match browser.start_parameters() {
        Ok(query) => query,
        Err(why) => {
            let context = browser.config.app(&app).map(Context::of_app).unwrap_or_default();
            return refusal_response(&web, &browser, Cause::Start(why).refuse(context)).await;
        }
    };
    match web.broker.begin(&browser.config, &app, query, &browser.visitor).await {
        Ok(BeginOutcome::Deliver(delivery)) => see_other(delivery.address()),
        Ok(BeginOutcome::Challenge { to, pending }) => {
            let mut response = departure_response(&web, &browser, to);
            browser::add_cookies(response.headers_mut(), browser::pending_cookies(&pending));
            response
        }
        Ok(BeginOutcome::Choose(options)) => sign_in(&web, &browser, &options, None),
        Err(refusal) => refusal_response(&web, &browser, refusal).await,
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
