//! `/logout`: asks on GET, ends the session on POST.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::Web;
use super::browser::{self, Browser};
use super::own_form::{OwnFields, OwnForm};
use super::pages::{LogoutAsk, SignedOut};
use super::refusal::refused;
use super::response::{PageResponse, page};
use super::security_headers::Policy;
use crate::base::parameters::Parameters;
use crate::base::urls::LOGOUT;

pub async fn ask(State(web): State<Arc<Web>>, browser: Browser) -> Response {
    let account_name = match web.broker.who(&browser.config, browser.visitor.session).await {
        Ok(who) => who,
        Err(refusal) => return refused(&web, &browser, refusal).await,
    };
    let shown = LogoutAsk { account_name, action: LOGOUT.to_owned(), hidden: Vec::new(), ways: Vec::new() };
    let (status, here) = (StatusCode::OK, Some(browser.here.as_str()));
    page(&web, &browser, &PageResponse { status, page: &shown, policy: Policy::Form, here })
}

/// The form that signs out. It is only a button.
pub struct SignOut;

impl OwnFields for SignOut {
    const NAMES: &'static [&'static str] = &[];

    fn read(_: &Parameters) -> Result<Self, &'static str> {
        Ok(Self)
    }
}

pub async fn leave(State(web): State<Arc<Web>>, OwnForm { browser, .. }: OwnForm<SignOut>) -> Response {
    let left = match web.broker.leave(&browser.visitor).await {
        Ok(left) => left,
        Err(refusal) => return refused(&web, &browser, refusal).await,
    };
    let shown = SignedOut { ways: Vec::new() };
    let mut response = page(
        &web,
        &browser,
        &PageResponse { status: StatusCode::OK, page: &shown, policy: Policy::Reading, here: None },
    );
    browser::add_cookies(response.headers_mut(), browser::expire_session());
    if let Some(left) = left {
        browser::add_cookies(response.headers_mut(), browser::left_cookie(&left));
    }
    response
}
