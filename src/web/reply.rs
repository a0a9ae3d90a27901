//! Packing: pages, redirects to providers, deliveries to apps.

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, LOCATION, REFERRER_POLICY};
use http::{HeaderName, StatusCode};

use super::Web;
use super::browser::Browser;
use super::guard::Policy;
use super::pages::{Frame, Language, Page};
use crate::signin::send::Delivery;

/// A page as an answer.
pub struct Paged<'p, P> {
    pub status: StatusCode,
    pub page: &'p P,
    pub policy: Policy,
    /// The page's own address where asking for it again brings the same page: its languages become links.
    pub here: Option<&'p str>,
}

/// Draws a page in the visitor's language.
#[must_use]
pub fn page<P: Page>(web: &Web, browser: &Browser, paged: &Paged<'_, P>) -> Response {
    page_in(web, browser, browser.language, paged)
}

/// Draws a page in a language that was chosen for it.
#[must_use]
pub fn page_in<P: Page>(web: &Web, browser: &Browser, language: Language, paged: &Paged<'_, P>) -> Response {
    let face = &browser.face;
    let frame = Frame { brand: &face.brand, languages: &face.languages, here: paged.here };
    let html = match web.pages.render(paged.page, language, &frame) {
        Ok(html) => html,
        Err(why) => {
            tracing::error!(%why, template = P::TEMPLATE, "a page could not be drawn");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let mut response = (paged.status, html).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, paged.policy.header());
    headers.insert(http::header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    // The same address reads differently in another language, or for somebody else.
    headers.insert(http::header::VARY, HeaderValue::from_static("accept-language, cookie"));
    response
}

/// 303 to an app, with its own fragment, kept and referred to by nobody (security rule C34).
#[must_use]
pub fn deliver(delivery: &Delivery) -> Response {
    see_other(delivery.address())
}

/// 303, and no word of where from.
#[must_use]
pub fn see_other(to: &str) -> Response {
    let Ok(to) = HeaderValue::from_str(to) else {
        tracing::error!("an address that no header can hold");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(LOCATION, to);
    response.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// Seconds to wait before trying again.
#[must_use]
pub fn retry_after(mut response: Response, seconds: u32) -> Response {
    response.headers_mut().insert(HeaderName::from_static("retry-after"), seconds.into());
    response
}
