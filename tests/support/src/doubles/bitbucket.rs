//! Bitbucket Cloud, by its page "OAuth on Bitbucket Cloud" and its REST API's pages on users.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::{RawQuery, State as Shares};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use vestibule::base::random;

use super::codes::{Codes, back};
use super::loopback::Loopback;
use crate::config::CLIENT_SECRET;
use crate::provider::Fields;

/// A running double of Bitbucket.
pub struct FakeBitbucket {
    shared: Arc<Mutex<State>>,
    server: Loopback,
}

struct State {
    /// `uuid` with its braces, and the nickname.
    person: (&'static str, &'static str),
    /// The entries of the list of addresses.
    emails: Vec<Value>,
    codes: Codes,
    tokens: HashSet<String>,
}

impl FakeBitbucket {
    pub async fn start() -> Self {
        let person = ("{c788b2da-b7a2-404c-9e26-d3f077557007}", "ada");
        let state = State { person, emails: Vec::new(), codes: Codes::default(), tokens: HashSet::new() };
        let shared = Arc::new(Mutex::new(state));
        let router = Router::new()
            .route("/site/oauth2/authorize", get(authorize))
            .route("/site/oauth2/access_token", post(access_token))
            .route("/2.0/user", get(user))
            .route("/2.0/user/emails", get(emails))
            .with_state(Arc::clone(&shared));
        Self { shared, server: Loopback::serve(router).await }
    }

    /// Who signs in from now on: `uuid` and nickname, and their addresses with `is_primary` and `is_confirmed`.
    pub fn set_person(&self, person: (&'static str, &'static str), emails: &[(&str, bool, bool)]) {
        let entry = |(email, primary, confirmed): &(&str, bool, bool)| {
            let links = json!({});
            json!({"type": "email", "email": email, "is_primary": primary, "is_confirmed": confirmed, "links": links})
        };
        let mut state = self.shared.lock().unwrap();
        (state.person, state.emails) = (person, emails.iter().map(entry).collect());
    }

    /// The keys that lead to this double. All others come from the preset.
    pub fn config(&self) -> Vec<(&'static str, String)> {
        let text = |path: &str| format!("\"{}{path}\"", self.server.origin);
        vec![
            ("auth_url", text("/site/oauth2/authorize")),
            ("token_url", text("/site/oauth2/access_token")),
            ("userinfo_url", text("/2.0/user")),
            ("calls", format!("{{ emails = {} }}", text("/2.0/user/emails?pagelen=100"))),
        ]
    }
}

/// Bitbucket Cloud does not offer PKCE (BCLOUD-23469). What it does with a challenge is not known, so this refuses one.
async fn authorize(Shares(shared): Shares<Arc<Mutex<State>>>, RawQuery(sent): RawQuery) -> Response {
    let request = Fields::read(sent.unwrap_or_default().as_bytes());
    if request.has("code_challenge") || request.get("scope") != Some("account email") {
        return (StatusCode::BAD_REQUEST, "This integration is misconfigured").into_response();
    }
    let code = shared.lock().unwrap().codes.issue(&request);
    back(&request, &[("code", &code), ("state", request.get("state").unwrap_or_default())], "").into_response()
}

async fn access_token(Shares(shared): Shares<Arc<Mutex<State>>>, headers: HeaderMap, body: Bytes) -> Response {
    let credential = format!("Basic {}", STANDARD.encode(format!("vestibule:{CLIENT_SECRET}")));
    if headers.get(AUTHORIZATION).is_none_or(|sent| *sent != credential) {
        let words = "Requests must be authenticated using OAuth client credentials";
        let refused = json!({"error": "unauthorized_client", "error_description": words});
        return (StatusCode::BAD_REQUEST, Json(refused)).into_response();
    }
    let mut state = shared.lock().unwrap();
    if state.codes.redeem(&Fields::read(&body)).is_err() {
        let refused = json!({"error": "invalid_grant", "error_description": "The specified code is not valid."});
        return (StatusCode::BAD_REQUEST, Json(refused)).into_response();
    }
    let token = random::token();
    state.tokens.insert(token.clone());
    // The member is `scopes`, and `state` comes along.
    let answer = json!({
        "access_token": token, "token_type": "bearer", "expires_in": 7200, "refresh_token": "r",
        "scopes": "account email", "state": "authorization_code",
    });
    Json(answer).into_response()
}

async fn user(Shares(shared): Shares<Arc<Mutex<State>>>, headers: HeaderMap) -> Response {
    let state = shared.lock().unwrap();
    let (uuid, nickname) = state.person;
    state.answer(&headers, json!({"type": "user", "uuid": uuid, "nickname": nickname, "display_name": "Ada L."}))
}

async fn emails(Shares(shared): Shares<Arc<Mutex<State>>>, headers: HeaderMap) -> Response {
    let state = shared.lock().unwrap();
    state.answer(&headers, json!({"page": 1, "pagelen": 100, "size": state.emails.len(), "values": state.emails}))
}

impl State {
    fn answer(&self, headers: &HeaderMap, body: Value) -> Response {
        let token = headers.get(AUTHORIZATION).and_then(|sent| sent.to_str().ok()?.strip_prefix("Bearer "));
        if token.is_some_and(|token| self.tokens.contains(token)) {
            return Json(body).into_response();
        }
        let error = json!({"type": "error", "error": {"message": "Access token expired."}});
        (StatusCode::UNAUTHORIZED, Json(error)).into_response()
    }
}
