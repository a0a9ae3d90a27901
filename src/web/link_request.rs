//! The link request that an address names, and the answer to a refusal of its steps.

use axum::response::Response;

use super::Web;
use super::browser::Browser;
use super::link_address::REQUEST;
use super::refusal::refusal_response;
use crate::base::ids::LinkRequestTag;
use crate::broker::{Cause, Context, Refusal};

pub async fn respond(web: &Web, browser: &Browser, result: Result<Response, Refusal>) -> Response {
    match result {
        Ok(response) => response,
        Err(refusal) => refusal_response(web, browser, refusal).await,
    }
}

/// The request that the address names.
pub fn tag(browser: &Browser) -> Option<LinkRequestTag> {
    parameter(browser, REQUEST)?.parse().ok()
}

pub fn missing() -> Refusal {
    Cause::LinkRequestMissing.refuse(Context::default())
}

pub fn parameter<'b>(browser: &'b Browser, name: &str) -> Option<&'b str> {
    browser.query.pairs().iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
}
