//! `/callback/{provider}`: every provider sends its answer here, by GET or by POST.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::Response;
use http::StatusCode;

use super::Web;
use super::browser::{self, Browser, PathName};
use super::link_address::page_path;
use super::media_type::{MediaType, media_type};
use super::own_form::unread_form;
use super::pages::{Done, Repost, UsernameSuffixed};
use super::refusal::refusal_response;
use super::response::{PageResponse, page, page_in, see_other};
use super::security_headers::Policy;
use crate::base::ids::ProviderId;
use crate::base::parameters::Parameters;
use crate::base::urls::ACCOUNT;
use crate::broker::{Cause, Context, FinishedLogin, Outcome, Refusal, ToRepost};

pub async fn get(State(web): State<Arc<Web>>, PathName(provider): PathName, browser: Browser) -> Response {
    let Ok(provider) = provider.parse() else {
        return refusal_response(&web, &browser, Cause::PageNotFound.refuse(Context::default())).await;
    };
    let finished = web.broker.finish(&browser.config, &provider, &browser.query, &browser.visitor).await;
    finished_response(&web, &browser, finished).await
}

/// A POST from another site brings no Lax cookie, and none of our cookies is `SameSite=None`. So we answer with a page
/// that posts the same form once more, from our own site (security rule C38).
pub async fn post(
    State(web): State<Arc<Web>>,
    PathName(provider): PathName,
    browser: Browser,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    // Check the name before making the page: a decoded `../logout` would make our page post to another address (C53).
    let Ok(provider) = provider.parse::<ProviderId>() else {
        return refusal_response(&web, &browser, Cause::PageNotFound.refuse(Context::default())).await;
    };
    let context = || match browser.config.provider(&provider) {
        Some(provider) => Context::default().with_provider(provider),
        None => Context::default(),
    };
    let body = match body {
        Ok(body) => body,
        Err(why) => return refusal_response(&web, &browser, unread_form(&why).refuse(context())).await,
    };
    if media_type(&browser.headers) != MediaType::Form {
        return refusal_response(&web, &browser, Cause::InvalidCallback("it is not a form").refuse(context())).await;
    }
    let answer = Parameters::read(&body);
    let reposted = answer.lossy(REPOSTED).is_some();
    let without_cookie = !reposted && browser.visitor.pending.is_empty();
    let to_repost = || web.broker.to_repost(&browser.config, &provider, &answer);
    if let Some(ToRepost { app, mut fields }) = without_cookie.then(to_repost).flatten() {
        fields.push((REPOSTED.to_owned(), "1".to_owned()));
        let policy = Policy::Repost(app.map(|app| app.addresses.reached_by_forms()).unwrap_or_default());
        let page_data = Repost { action: format!("/callback/{provider}"), fields };
        return page(
            &web,
            &browser,
            &PageResponse { status: StatusCode::OK, page: &page_data, policy, page_path: None },
        );
    }
    let finished = web.broker.finish(&browser.config, &provider, &answer, &browser.visitor).await;
    finished_response(&web, &browser, finished).await
}

/// Marks a form that our own page has reposted.
const REPOSTED: &str = "vestibule_reposted";

/// The response to a finished sign-in, with or without success.
pub async fn finished_response(web: &Web, browser: &Browser, finished: Result<FinishedLogin, Refusal>) -> Response {
    let FinishedLogin { session, outcome } = match finished {
        Ok(finished) => finished,
        Err(refusal) => return refusal_response(web, browser, refusal).await,
    };
    let succeeded = matches!(&outcome, Outcome::Deliver(_) | Outcome::OwnPage(_) | Outcome::UsernameSuffixed(_));
    let mut response = match outcome {
        Outcome::Deliver(delivery) => see_other(delivery.address()),
        Outcome::OwnPage(path) => see_other(&path),
        Outcome::UsernameSuffixed(suffixed) => {
            let page_data = UsernameSuffixed {
                app_name: suffixed.destination.app().map(|app| app.name.clone()),
                wished: suffixed.wished.to_string(),
                given: suffixed.given.to_string(),
                continue_href: suffixed.destination.start_path(),
            };
            let language = browser.language_about(Some(suffixed.destination.preferences()));
            let response =
                PageResponse { status: StatusCode::OK, page: &page_data, policy: Policy::Reading, page_path: None };
            page_in(web, browser, language, &response)
        }
        Outcome::AskToLink(secret) => {
            let mut response = see_other(&page_path(&secret.id().tag(), None));
            browser::add_cookies(response.headers_mut(), browser::link_request_cookies(&secret, &browser.visitor));
            response
        }
        Outcome::AlreadyOwnMethod => see_other(&format!("{ACCOUNT}?done={}", Done::MethodKnown.as_str())),
        Outcome::ReturnToLink(tag, notice) => see_other(&page_path(&tag, notice)),
        // The left identity stays: the next answer is compared with it, too.
        Outcome::StartAgain(destination) => see_other(&destination.start_path()),
        Outcome::Refused(refusal) => refusal_response(web, browser, *refusal).await,
    };
    if let Some(session) = &session {
        browser::add_cookies(response.headers_mut(), browser::session_cookies(session));
        if succeeded {
            browser::add_cookies(response.headers_mut(), browser::expire_left_identity(&browser.visitor));
        }
    }
    response
}
