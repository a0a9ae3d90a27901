//! `/auth/authorize`: Apple's answer is a form that the person's browser posts.

use std::sync::{Arc, Mutex};

use axum::extract::{RawQuery, State as Shared};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{Html, IntoResponse as _, Response};
use serde_json::json;
use vestibule::base::random;
use vestibule::base::urls::query;

use super::{CLIENT_ID, State};
use crate::provider::{Fields, self_posting};

pub async fn authorize(Shared(state): Shared<Arc<Mutex<State>>>, RawQuery(sent): RawQuery) -> Response {
    let mut state = state.lock().unwrap();
    let request = Fields::read(sent.unwrap_or_default().as_bytes());
    state.authorize.push(request.clone());
    if let Err(why) = check(&state, &request) {
        return page(why);
    }
    let return_url = request.get("redirect_uri").unwrap_or_default().to_owned();
    let mut fields: Vec<(&str, String)> =
        request.get("state").map(|state| ("state", state.to_owned())).into_iter().collect();
    if state.behaviour.is_cancelled {
        fields.push(("error", "user_cancelled_authorize".to_owned()));
    } else {
        let code = random::token();
        fields.push(("code", code.clone()));
        fields.extend(user_field(&mut state, &request).map(|user| ("user", user)));
        state.codes.insert(code, request.clone());
    }
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    if request.get("response_mode") == Some("form_post") {
        return Html(self_posting(&return_url, &fields)).into_response();
    }
    (StatusCode::FOUND, [(LOCATION, format!("{return_url}?{}", query(&fields)))]).into_response()
}

/// Apple shows a page of its own for each of these, and never returns (TN3107).
fn check(state: &State, request: &Fields) -> Result<(), &'static str> {
    let scopes: Vec<&str> = request.get("scope").unwrap_or_default().split(' ').collect();
    if request.get("client_id") != Some(CLIENT_ID) {
        return Err("invalid_client");
    }
    if !request.get("redirect_uri").is_some_and(|url| state.return_urls.contains(url)) {
        return Err("invalid_request: Invalid web redirect url.");
    }
    if request.get("response_type") != Some("code") {
        return Err("unsupported_response_type");
    }
    if !scopes.iter().all(|scope| ["openid", "name", "email"].contains(scope)) {
        return Err("invalid_scope");
    }
    let asks_for_more = scopes.iter().any(|scope| ["name", "email"].contains(scope));
    if asks_for_more && request.get("response_mode") != Some("form_post") {
        return Err("invalid_request: response_mode must be form_post when name or email scope is requested.");
    }
    Ok(())
}

/// The field comes once for each person and app, with what the person confirmed.
fn user_field(state: &mut State, request: &Fields) -> Option<String> {
    let person = &state.behaviour.person;
    let is_first = state.known.insert(person.sub.clone());
    let own = is_first && request.get("scope").is_some_and(|scopes| scopes.contains("name"));
    let [first, last] = state.behaviour.name;
    let own = own.then(|| {
        let name = json!({ "firstName": first, "lastName": last });
        json!({ "name": name, "email": person.claims.get("email") }).to_string()
    });
    state.behaviour.user_field.clone().or(own)
}

fn page(why: &str) -> Response {
    (StatusCode::BAD_REQUEST, Html(format!("<!doctype html><h1>Your request could not be completed</h1><p>{why}")))
        .into_response()
}
