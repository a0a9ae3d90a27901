//! Every address we answer at.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::StatusCode;

use super::browser::Browser;
use super::face::LOGO;
use super::post::{Foreign, own_form};
use super::refusal::refused;
use super::{Web, account, authserver, begin, callback, guard, logout, wellknown};
use crate::base::urls::{JWKS, LOGOUT, OWN_PASSWORD};
use crate::broker::{Cause, Context};

/// Longest that a request may take: a provider may be asked for its metadata, its tokens, its keys and its userinfo.
const LONGEST_REQUEST: Duration = Duration::from_mins(1);
/// Largest form that a provider may post.
const LARGEST_FORM: usize = 64 * 1024;

/// The whole service, as [`super::listen`] serves it.
pub fn router(web: Arc<Web>) -> Router {
    Router::new()
        .merge(Foreign::AppJson.route(get(begin::begin).options(authserver::preflight), authserver::by_content))
        .merge(Foreign::ProviderAnswer.route(get(callback::by_query).head(odd_method), callback::by_form))
        .route(LOGOUT, own_form(get(logout::ask), logout::leave))
        .route(OWN_PASSWORD, own_form(get(account::ask), account::change))
        .route(JWKS, get(wellknown::jwks))
        .merge(wellknown::scripts())
        .route("/static/{name}", get(wellknown::asset))
        .route(LOGO, get(wellknown::logo))
        .route("/healthz", get(wellknown::healthz))
        .route("/readyz", get(wellknown::readyz))
        .fallback(nowhere)
        .method_not_allowed_fallback(odd_method)
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .layer(middleware::from_fn(around))
        .with_state(web)
}

/// What every request meets: a time within which it is answered, headers, and one line in the log, never with the query, which
/// holds codes and states (security rule C56). One layer, for each puts all that is under it into a box of its own.
async fn around(request: Request, next: Next) -> Response {
    let (method, path, begun) = (request.method().clone(), request.uri().path().to_owned(), Instant::now());
    // A request that trickles in is given up. Its head is there already: `listen` sees to that.
    let answered = tokio::time::timeout(LONGEST_REQUEST, next.run(request)).await;
    let mut response = answered.unwrap_or_else(|_| StatusCode::REQUEST_TIMEOUT.into_response());
    guard::complete(response.headers_mut());
    let micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    tracing::debug!(%method, path, status = response.status().as_u16(), micros, "answered");
    response
}

async fn nowhere(State(web): State<Arc<Web>>, browser: Browser) -> Response {
    refused(&web, &browser, Cause::NoSuchPage.refuse(Context::default())).await
}

/// RFC 9110 §15.5.6: the router adds which methods there are.
async fn odd_method(State(web): State<Arc<Web>>, browser: Browser) -> Response {
    let mut response = refused(&web, &browser, Cause::OddRequest("another method").refuse(Context::default())).await;
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response
}
