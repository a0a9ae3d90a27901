//! The two endpoints of a sign-in.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{RawQuery, State as Shares};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value};
use vestibule::base::random;
use vestibule::base::urls::query;

use super::Shared;
use crate::config::CLIENT_SECRET;
use crate::doubles::codes::{Unredeemed, back};
use crate::provider::Fields;

/// "Authorizing OAuth apps", step 1. GitHub accepts only the method S256, with a challenge of 43 characters.
pub async fn authorize(Shares(shared): Shares<Arc<Shared>>, RawQuery(sent): RawQuery) -> Response {
    let request = Fields::read(sent.unwrap_or_default().as_bytes());
    let mut state = shared.lock().unwrap();
    state.authorize.push(request.clone());
    let challenge = request.get("code_challenge").unwrap_or_default();
    if request.get("code_challenge_method") != Some("S256") || challenge.len() != 43 {
        return (StatusCode::BAD_REQUEST, "only the method S256 is supported").into_response();
    }
    let sent = ("state", request.get("state").unwrap_or_default());
    let iss = ("iss", state.behaviour.iss);
    if state.behaviour.cancels {
        let words = "The user has denied your application access.";
        let page = "https://docs.github.com/apps/managing-oauth-apps/troubleshooting-authorization-request-errors/\
                    #access-denied";
        let refused = [("error", "access_denied"), ("error_description", words), ("error_uri", page), sent, iss];
        return back(&request, &refused, "").into_response();
    }
    let code = state.codes.issue(&request);
    back(&request, &[("code", &code), sent, iss], "").into_response()
}

/// Step 2. Errors have status 200, by other clients' code.
pub async fn access_token(Shares(shared): Shares<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Fields::read(&body);
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default().to_owned();
    let mut state = shared.lock().unwrap();
    let as_json = accept.contains("application/json") && !state.behaviour.always_form;
    state.exchanges.push((form.clone(), accept));
    if form.get("client_id") != Some("vestibule") || form.get("client_secret") != Some(CLIENT_SECRET) {
        let words = "The client_id and/or client_secret passed are incorrect.";
        return answer(as_json, &[("error", "incorrect_client_credentials"), ("error_description", words)]);
    }
    let request = match state.codes.redeem(&form) {
        Ok(request) => request,
        Err(Unredeemed::OtherRedirect) => {
            let words = "The redirect_uri MUST match the registered callback URL for this application.";
            return answer(as_json, &[("error", "redirect_uri_mismatch"), ("error_description", words)]);
        }
        Err(Unredeemed::UsedOrUnknown | Unredeemed::WrongVerifier) => {
            let words = "The code passed is incorrect or expired.";
            return answer(as_json, &[("error", "bad_verification_code"), ("error_description", words)]);
        }
    };
    let token = format!("gho_{}", random::token());
    let scopes: Vec<_> = request.get("scope").unwrap_or_default().split(' ').map(str::to_owned).collect();
    let granted = scopes.join(",");
    let person = state.behaviour.person.clone();
    state.tokens.insert(token.clone(), (person, scopes));
    answer(as_json, &[("access_token", &token), ("scope", &granted), ("token_type", "bearer")])
}

fn answer(as_json: bool, fields: &[(&str, &str)]) -> Response {
    if as_json {
        let members = fields.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
        return Json(members.collect::<Map<_, _>>()).into_response();
    }
    ([(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8")], query(fields)).into_response()
}
