//! `/account/sign-in`: asks people who sent a form to sign in again.
//!
//! A form can't lead to a provider directly: Chromium checks each redirect of a form against `form-action` of its page
//! (CSP Level 3 §6.4.1), and only the provider knows where it redirects. From this page, a link leads there.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use crate::base::urls::{SIGN_IN_AGAIN, own_auth_path, query};
use crate::signin::arrive::Prompt;
use crate::web::Web;
use crate::web::browser::Browser;
use crate::web::pages::SignInAgainPage;
use crate::web::response::{PageResponse, page, see_other};
use crate::web::security_headers::Policy;

/// What the link takes over. `/auth` checks the values.
const PARAMETERS: [&str; 2] = ["prompt", "return_to"];

/// Leads a person who sent a form to the page that asks them to sign in, and then back to `back`.
pub fn after_form(prompt: Prompt, back: &str) -> Response {
    let prompt = prompt.as_parameter().map(|prompt| ("prompt", prompt));
    let parameters: Vec<_> = prompt.into_iter().chain([("return_to", back)]).collect();
    see_other(&format!("{SIGN_IN_AGAIN}?{}", query(&parameters)))
}

pub async fn show(State(web): State<Arc<Web>>, browser: Browser) -> Response {
    let pairs = browser.query.pairs().iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let kept: Vec<_> = pairs.filter(|(name, _)| PARAMETERS.contains(name)).collect();
    let shown = SignInAgainPage { sign_in_href: own_auth_path(&kept) };
    let response = PageResponse { status: StatusCode::OK, page: &shown, policy: Policy::Reading, page_path: None };
    page(&web, &browser, &response)
}
