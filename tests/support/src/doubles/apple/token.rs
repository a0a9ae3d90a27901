//! `/auth/token`: the secret is in the body, and the ID token is signed with RS256.

use std::sync::{Arc, Mutex};

use axum::Json;
use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use vestibule::base::random;
use vestibule::base::secret::sha256;

use super::client_secret::verify;
use super::{CLIENT_ID, State};
use crate::provider::{Fields, TokenRequest, sign};

pub async fn token(Shared(state): Shared<Arc<Mutex<State>>>, headers: HeaderMap, body: Bytes) -> Response {
    let mut state = state.lock().unwrap();
    let form = Fields::read(&body);
    state.token.push(TokenRequest { headers: headers.clone(), form: form.clone() });
    if form.get("grant_type") != Some("authorization_code") {
        return refused("unsupported_grant_type", None);
    }
    let secret = form.get("client_secret").ok_or_else(|| "no secret".to_owned());
    let is_client = form.get("client_id") == Some(CLIENT_ID) && !headers.contains_key(AUTHORIZATION);
    // No words with it, as Apple sends none. It is also the answer to a wrong redirect address.
    if !is_client || secret.and_then(|secret| verify(&state, secret)).is_err() {
        return refused("invalid_client", None);
    }
    let Some(request) = form.get("code").and_then(|code| state.codes.remove(code)) else {
        return refused("invalid_grant", Some("The code has expired or has been revoked."));
    };
    if request.get("redirect_uri") != form.get("redirect_uri") {
        return refused("invalid_client", None);
    }
    let access_token = random::token();
    let id_token = id_token(&state, &request, &access_token);
    Json(json!({
        "access_token": access_token, "token_type": "Bearer", "expires_in": 3600, "refresh_token": random::token(),
        "id_token": id_token,
    }))
    .into_response()
}

/// Status 400 for all errors (Apple's page `ErrorResponse`).
fn refused(error: &str, description: Option<&str>) -> Response {
    let mut answer = json!({ "error": error });
    if let Some(description) = description {
        answer["error_description"] = json!(description);
    }
    (StatusCode::BAD_REQUEST, Json(answer)).into_response()
}

fn id_token(state: &State, request: &Fields, access_token: &str) -> String {
    let behaviour = &state.behaviour;
    let (now, scopes) = (behaviour.clock.now().unix_timestamp(), request.get("scope").unwrap_or_default());
    let mut claims: Map<String, Value> = behaviour.person.id_token();
    if !scopes.contains("email") {
        claims.retain(|name, _| name == "sub");
    }
    let hash = sha256(access_token.as_bytes());
    let usual = [
        ("iss", json!(behaviour.issuer)),
        ("aud", json!(CLIENT_ID)),
        ("iat", json!(now)),
        ("exp", json!(now + 86_400)),
        ("auth_time", json!(now)),
        ("at_hash", json!(URL_SAFE_NO_PAD.encode(&hash[..16]))),
        ("nonce_supported", json!(true)),
    ];
    claims.extend(usual.map(|(name, value)| (name.to_owned(), value)));
    claims.extend(request.get("nonce").map(|nonce| ("nonce".to_owned(), json!(nonce))));
    claims.extend(behaviour.claims.clone());
    claims.retain(|_, value| !value.is_null());
    let header = json!({ "kid": state.keys.kid(), "alg": "RS256" }).to_string();
    let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(json!(claims).to_string()));
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(sign(state.keys.current(), &text)))
}
