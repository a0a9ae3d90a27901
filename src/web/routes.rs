//! The routes of the service.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts as _, Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;
use http::request::Parts;
use http::{Method, StatusCode};

use super::browser::Browser;
use super::media_type::{MediaType, media_type};
use super::post::{CrossSiteRoute, only_own_form, own_form};
use super::refusal::refusal_response;
use super::settings::{ICON, LOGO};
use super::{
    Web, access_request, account, admin, authserver, begin, callback, health, link, logout, password_change,
    public_files, security_headers, sign_in_form,
};
use crate::base::ids::AppId;
use crate::base::urls::{
    ACCOUNT, ACCOUNT_EXPORT, ADMIN, ADMIN_ACCOUNT, ADMIN_CHANGE, ADMIN_IDENTITIES, ADMIN_INVITATION, ADMIN_MERGE,
    ADMIN_PROVIDER, ADMIN_PROVIDERS, ADMIN_REQUEST, ADMIN_REQUEST_LINK, ADMIN_SEARCH, ADMIN_SESSION_END, ADMIN_UNDO,
    JWKS, LINK, LINK_BACK, LINK_CONFIRM, LINK_DISMISS, LINK_NEW, LINK_PASSWORD, LINK_PROVE, LINK_REQUEST, LOGOUT,
    METHOD_ADDITION, METHOD_REMOVAL, OTHER_SESSIONS_END, OWN_AUTH, PASSWORD_CHANGE, SESSION_END, SIGN_IN_AGAIN,
};
use crate::broker::{Cause, Context, PROVIDER_TIME, StartAddress};

/// Longest time for one request, which may ask a provider for its metadata, its tokens, its keys and its userinfo.
/// Proxies wait for 60 s, so that our page arrives before theirs.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(55);
const _: () = assert!(PROVIDER_TIME.as_secs() + 10 <= REQUEST_TIMEOUT.as_secs(), "time is left for the database");
/// Largest body, in bytes. A provider's answer as a form must fit. Messages state this number.
pub(super) const MAX_BODY_BYTES: usize = 64 * 1024;

/// The whole service, as [`super::listen`] serves it.
pub fn router(web: Arc<Web>) -> Router {
    router_with_limit(web, REQUEST_TIMEOUT)
}

fn router_with_limit(web: Arc<Web>, limit: Duration) -> Router {
    Router::new()
        .merge(CrossSiteRoute::AppJson.route(get(begin::begin).options(authserver::preflight), authserver::post))
        .merge(CrossSiteRoute::ProviderAnswer.route(get(callback::get).head(method_not_allowed), callback::post))
        .route(OWN_AUTH, own_form(get(begin::begin_for_own_page), sign_in_form::post_for_own_page))
        .route(LOGOUT, own_form(get(logout::show), logout::sign_out))
        .route(PASSWORD_CHANGE, own_form(get(password_change::show), password_change::change))
        .merge(account_routes())
        .merge(admin_routes())
        .merge(link_routes())
        .route(JWKS, get(public_files::jwks))
        .merge(public_files::scripts())
        .route("/static/{name}", get(public_files::asset))
        .route(LOGO, get(public_files::logo))
        .route(ICON, get(public_files::icon))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(middleware::from_fn_with_state((Arc::clone(&web), limit), wrap_request))
        .with_state(web)
}

/// A person's own page.
fn account_routes() -> Router<Arc<Web>> {
    Router::new()
        .route(ACCOUNT, get(account::show))
        .route(ACCOUNT_EXPORT, get(account::export))
        .route(SIGN_IN_AGAIN, get(account::sign_in_again::show))
        .route(
            METHOD_ADDITION,
            own_form(get(account::method_addition::show), account::method_addition::add_with_password),
        )
        .route(METHOD_REMOVAL, own_form(get(account::methods::show), account::methods::remove))
        .route(SESSION_END, only_own_form(account::end_session))
        .route(OTHER_SESSIONS_END, only_own_form(account::end_other_sessions))
}

/// The pages of people with a role.
fn admin_routes() -> Router<Arc<Web>> {
    Router::new()
        .route(ADMIN, get(admin::show))
        .route(ADMIN_SEARCH, get(admin::search::show))
        .route(ADMIN_ACCOUNT, own_form(get(admin::accounts::show), admin::accounts::change))
        .route(ADMIN_PROVIDERS, get(admin::providers::list))
        .route(ADMIN_PROVIDER, own_form(get(admin::providers::show), admin::providers::change))
        .route(ADMIN_MERGE, own_form(get(admin::merge::show), admin::merge::merge))
        .route(ADMIN_UNDO, own_form(get(admin::merge::show_undo), admin::merge::undo))
        .route(ADMIN_CHANGE, own_form(get(admin::changes::show), admin::changes::apply))
        .route(ADMIN_IDENTITIES, get(admin::identities::show))
        .route(ADMIN_SESSION_END, only_own_form(admin::sessions::end))
        .route(ADMIN_REQUEST, own_form(get(admin::requests::show), admin::requests::decide))
        .route(ADMIN_REQUEST_LINK, own_form(get(admin::request_link::show), admin::request_link::link))
        .route(ADMIN_INVITATION, own_form(get(admin::invitation::show), admin::invitation::accept))
}

/// The question at a first login.
fn link_routes() -> Router<Arc<Web>> {
    Router::new()
        .route(LINK, get(link::show))
        .route(LINK_PROVE, get(link::prove))
        .route(LINK_PASSWORD, only_own_form(link::prove_with_password))
        .route(LINK_CONFIRM, only_own_form(link::confirm))
        .route(LINK_NEW, only_own_form(link::make_account))
        .route(LINK_REQUEST, own_form(get(access_request::show), access_request::ask))
        .route(LINK_BACK, only_own_form(link::go_back))
        .route(LINK_DISMISS, only_own_form(link::dismiss))
}

/// Gives each request a time limit, security headers and one line in the log. The line leaves out the query, which
/// holds codes and states (security rule C56). This is one layer, because axum boxes the whole service once more for
/// each layer.
async fn wrap_request(State((web, limit)): State<(Arc<Web>, Duration)>, request: Request, next: Next) -> Response {
    let (method, path, begun) = (request.method().clone(), request.uri().path().to_owned(), Instant::now());
    let (parts, body) = request.into_parts();
    let request = Request::from_parts(parts.clone(), body);
    // This also ends a request whose body arrives slowly. `listen` has a limit for the head.
    let mut response = match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => timed_out(&web, parts, limit).await,
    };
    security_headers::add_missing(response.headers_mut());
    let micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    tracing::debug!(%method, path, status = response.status().as_u16(), micros, "answered");
    response
}

/// The status is not 408: after it, a browser may send the request again, and with it a password (RFC 9110 §15.5.9).
async fn timed_out(web: &Arc<Web>, mut parts: Parts, limit: Duration) -> Response {
    let app = parts.uri.path().strip_prefix("/auth/").and_then(|app| app.parse::<AppId>().ok());
    let is_json = parts.method == Method::POST && media_type(&parts.headers) == MediaType::Json;
    let Ok(browser) = Browser::from_request_parts(&mut parts, web).await;
    let address = match &app {
        Some(app) => Some(StartAddress::App(app)),
        None => (parts.uri.path() == OWN_AUTH).then_some(StartAddress::OwnPage),
    };
    let context = address.map(|address| browser.config.context_of_start(address, browser.query.pairs()));
    let context = context.unwrap_or_default();
    let refusal = Cause::TimedOut(limit).refuse(context);
    match app.filter(|_| is_json) {
        Some(app) => authserver::refuse(web, &browser, app.as_str(), refusal).await,
        None => refusal_response(web, &browser, refusal).await,
    }
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

#[cfg(test)]
mod tests;
