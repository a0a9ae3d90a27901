//! The routes of the service.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::StatusCode;

use super::browser::Browser;
use super::post::{CrossSiteRoute, own_form};
use super::refusal::refusal_response;
use super::settings::LOGO;
use super::{Web, authserver, begin, callback, health, logout, password_change, public_files, security_headers};
use crate::base::urls::{JWKS, LOGOUT, PASSWORD_CHANGE};
use crate::broker::{Cause, Context};

/// Longest time for one request, which may ask a provider for its metadata, its tokens, its keys and its userinfo.
const REQUEST_TIMEOUT: Duration = Duration::from_mins(1);
/// Largest body, in bytes. A provider's answer as a form must fit. Messages state this number.
pub(super) const MAX_BODY_BYTES: usize = 64 * 1024;

/// The whole service, as [`super::listen`] serves it.
pub fn router(web: Arc<Web>) -> Router {
    Router::new()
        .merge(CrossSiteRoute::AppJson.route(get(begin::begin).options(authserver::preflight), authserver::post))
        .merge(CrossSiteRoute::ProviderAnswer.route(get(callback::get).head(method_not_allowed), callback::post))
        .route(LOGOUT, own_form(get(logout::show), logout::sign_out))
        .route(PASSWORD_CHANGE, own_form(get(password_change::show), password_change::change))
        .route(JWKS, get(public_files::jwks))
        .merge(public_files::scripts())
        .route("/static/{name}", get(public_files::asset))
        .route(LOGO, get(public_files::logo))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(middleware::from_fn(wrap_request))
        .with_state(web)
}

/// Gives each request a time limit, security headers and one line in the log. The line leaves out the query, which
/// holds codes and states (security rule C56). This is one layer, because axum boxes the whole service once more for
/// each layer.
async fn wrap_request(request: Request, next: Next) -> Response {
    let (method, path, begun) = (request.method().clone(), request.uri().path().to_owned(), Instant::now());
    // This also ends a request whose body arrives slowly. `listen` has a limit for the head.
    let answered = tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await;
    let mut response = answered.unwrap_or_else(|_| StatusCode::REQUEST_TIMEOUT.into_response());
    security_headers::add_missing(response.headers_mut());
    let micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    tracing::debug!(%method, path, status = response.status().as_u16(), micros, "answered");
    response
}

async fn not_found(State(web): State<Arc<Web>>, browser: Browser) -> Response {
    refusal_response(&web, &browser, Cause::PageNotFound.refuse(Context::default())).await
}

/// RFC 9110 §15.5.6: the router adds the `Allow` header.
async fn method_not_allowed(State(web): State<Arc<Web>>, browser: Browser) -> Response {
    let mut response =
        refusal_response(&web, &browser, Cause::BadRequest("an unsupported method").refuse(Context::default())).await;
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response
}
