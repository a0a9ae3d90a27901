//! `GET /auth/{app}`: starts a sign-in.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::Web;
use super::browser::{self, Browser, PathName};
use super::pages::Repost;
use super::refusal::refused;
use super::response::{PageResponse, page, see_other};
use super::security_headers::Policy;
use super::sign_in_page::sign_in;
use crate::base::ids::AppId;
use crate::broker::{Begun, Cause, Context};
use crate::upstream::redirect::Departure;

pub async fn begin(State(web): State<Arc<Web>>, PathName(app): PathName, browser: Browser) -> Response {
    let Ok(app) = app.parse::<AppId>() else {
        return refused(&web, &browser, Cause::NoSuchPage.refuse(Context::default())).await;
    };
    let query = match browser.start() {
        Ok(query) => query,
        Err(why) => {
            let context = browser.config.app(&app).map(Context::of_app).unwrap_or_default();
            return refused(&web, &browser, Cause::Start(why).refuse(context)).await;
        }
    };
    match web.broker.begin(&browser.config, &app, query, &browser.visitor).await {
        Ok(Begun::Deliver(delivery)) => see_other(delivery.address()),
        Ok(Begun::Challenge { to, pending }) => {
            let mut response = depart(&web, &browser, to);
            browser::add_cookies(response.headers_mut(), browser::pending_cookies(&pending));
            response
        }
        Ok(Begun::Choose(choice)) => sign_in(&web, &browser, &choice, None),
        Err(refusal) => refused(&web, &browser, refusal).await,
    }
}

/// To the provider, by an address or by a form.
fn depart(web: &Web, browser: &Browser, to: Departure) -> Response {
    match to {
        Departure::Redirect(address) => see_other(&address),
        Departure::Form { action, fields } => {
            let (shown, policy) = (Repost { action, fields }, Policy::PostAway);
            page(web, browser, &PageResponse { status: StatusCode::OK, page: &shown, policy, here: None })
        }
    }
}
