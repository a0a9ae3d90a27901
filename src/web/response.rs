//! Responses: pages, redirects to providers, deliveries to apps.

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, LOCATION, REFERRER_POLICY};
use http::{HeaderName, StatusCode};

use super::Web;
use super::browser::Browser;
use super::pages::{Language, Layout, Page};
use super::security_headers::Policy;

/// A page, and the response around it.
pub struct PageResponse<'p, P> {
    pub status: StatusCode,
    pub page: &'p P,
    pub policy: Policy,
    /// The page's own address, if a GET there shows the same page. Then the page links to its other languages.
    pub page_path: Option<&'p str>,
}

/// Renders a page in the visitor's language.
#[must_use]
pub fn page<P: Page>(web: &Web, browser: &Browser, response: &PageResponse<'_, P>) -> Response {
    page_in(web, browser, browser.language, response)
}

/// Renders a page in the given language.
#[must_use]
pub fn page_in<P: Page>(web: &Web, browser: &Browser, language: Language, response: &PageResponse<'_, P>) -> Response {
    let settings = &browser.settings;
    let layout = Layout { brand: &settings.brand, languages: &settings.languages, page_path: response.page_path };
    let html = match web.pages.render(response.page, language, &layout) {
        Ok(html) => html,
        Err(why) => {
            tracing::error!(error = %why, template = P::TEMPLATE, "a page could not be rendered");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let policy = response.policy.header();
    let mut response = (response.status, html).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    headers.insert(http::header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    // The same address has another page in another language, or for another person.
    headers.insert(http::header::VARY, HeaderValue::from_static("accept-language, cookie"));
    response
}

/// 303 without a referrer (security rule C34).
#[must_use]
pub fn see_other(to: &str) -> Response {
    let Ok(to) = HeaderValue::from_str(to) else {
        tracing::error!("a header can't hold the address of a redirect");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(LOCATION, to);
    response.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// Adds `Retry-After` to a response.
#[must_use]
pub fn retry_after(mut response: Response, seconds: u32) -> Response {
    response.headers_mut().insert(HeaderName::from_static("retry-after"), seconds.into());
    response
}
