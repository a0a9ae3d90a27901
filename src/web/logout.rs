//! `/logout`: GET asks for confirmation, POST ends the session.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::Web;
use super::browser::{self, Browser};
use super::own_form::{FormFields, OwnForm};
use super::pages::{LogoutConfirmation, SignedOut};
use super::refusal::{refusal_response, refusal_response_or};
use super::response::{PageResponse, page};
use super::security_headers::Policy;
use crate::base::parameters::Parameters;
use crate::base::urls::LOGOUT;
use crate::broker::Public;

pub async fn show(State(web): State<Arc<Web>>, browser: Browser) -> Response {
    let account_name = match web.broker.signed_in_username(&browser.config, browser.visitor.session).await {
        Ok(username) => username,
        Err(refusal) => return refusal_response(&web, &browser, refusal).await,
    };
    let page_data =
        LogoutConfirmation { account_name, action: LOGOUT.to_owned(), hidden: Vec::new(), next_steps: Vec::new() };
    let (status, page_path) = (StatusCode::OK, Some(LOGOUT));
    page(&web, &browser, &PageResponse { status, page: &page_data, policy: Policy::Form, page_path })
}

/// The form that signs out. It is only a button.
pub struct SignOut;

impl FormFields for SignOut {
    const NAMES: &'static [&'static str] = &[];

    fn read(_: &Parameters) -> Result<Self, &'static str> {
        Ok(Self)
    }
}

pub async fn sign_out(State(web): State<Arc<Web>>, OwnForm { browser, .. }: OwnForm<SignOut>) -> Response {
    let left = match web.broker.sign_out(&browser.visitor).await {
        Ok(left) => left,
        Err(refusal) => return refusal_response_or(&web, &browser, refusal, Public::StillSignedIn).await,
    };
    let page_data = SignedOut { next_steps: Vec::new() };
    let mut response = page(
        &web,
        &browser,
        &PageResponse { status: StatusCode::OK, page: &page_data, policy: Policy::Reading, page_path: None },
    );
    browser::add_cookies(response.headers_mut(), browser::expire_session());
    if let Some(left) = left {
        browser::add_cookies(response.headers_mut(), browser::left_identity_cookie(&left));
    }
    response
}
