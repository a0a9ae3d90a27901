//! The endpoints of a sign-in.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use vestibule::base::clock::Clock;
use vestibule::base::random;
use vestibule::base::secret::sha256;

use super::super::codes::{Unredeemed, back};
use super::{AFTER, BEFORE, FakeMicrosoft, MicrosoftBehaviour, Shared};
use crate::provider::{Fields, ProviderKeys, TokenRequest, sign};

pub async fn metadata(State(shared): State<Arc<Shared>>, Path(authority): Path<String>) -> Json<Value> {
    let origin = shared.origin.lock().unwrap().clone();
    // The words for several tenants have no issuer of their own. `consumers` is the tenant of personal accounts.
    let tenant = match authority.as_str() {
        "consumers" => FakeMicrosoft::PERSONAL,
        id if id.contains('-') => id,
        _ => "{tenantid}",
    };
    shared.state.lock().unwrap().received.authorities.push(authority.clone());
    Json(json!({
        "issuer": format!("{BEFORE}{tenant}{AFTER}"),
        "authorization_endpoint": format!("{origin}/{authority}/oauth2/v2.0/authorize"),
        "token_endpoint": format!("{origin}/{authority}/oauth2/v2.0/token"),
        "jwks_uri": format!("{origin}/{authority}/discovery/v2.0/keys"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "request_uri_parameter_supported": false,
        "tenant_region_scope": null,
        "cloud_instance_name": "microsoftonline.com",
    }))
}

pub async fn keys(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let state = shared.state.lock().unwrap();
    let mut key = json!(state.keys.public().as_ref());
    key.as_object_mut().unwrap().remove("alg");
    let listed = state.behaviour.key_issuers.iter().map(|issuer| {
        let mut key = key.clone();
        if !issuer.is_null() {
            key["issuer"] = issuer.clone();
        }
        key
    });
    Json(json!({ "keys": listed.collect::<Vec<_>>() }))
}

pub async fn authorize(State(shared): State<Arc<Shared>>, RawQuery(sent): RawQuery) -> Response {
    let request = Fields::read(sent.unwrap_or_default().as_bytes());
    let mut state = shared.state.lock().unwrap();
    state.received.authorize.push(request.clone());
    let page = |words: &str| (StatusCode::BAD_REQUEST, Html(format!("<p>{words}"))).into_response();
    if request.has("login_hint") && request.get("prompt") == Some("select_account") {
        return page("AADSTS90023: login_hint and select_account can't be used together");
    }
    // The metadata are silent about it, and yet the verifier of a challenge is demanded.
    if request.get("code_challenge_method") != Some("S256") {
        return page("AADSTS9002325: Proof Key for Code Exchange is required");
    }
    let handle = request.get("state").unwrap_or_default().to_owned();
    if state.behaviour.cancels {
        let fields = [("error", "access_denied"), ("error_subcode", "cancel"), ("state", handle.as_str())];
        return back(&request, &fields, "").into_response();
    }
    let code = state.codes.issue(&request);
    let fields = [("code", code.as_str()), ("state", handle.as_str()), ("session_state", "7e2f")];
    back(&request, &fields, "").into_response()
}

pub async fn token(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Fields::read(&body);
    let mut state = shared.state.lock().unwrap();
    state.received.token.push(TokenRequest { headers, form: form.clone() });
    if form.get("client_secret") != Some(&state.behaviour.secret) {
        return refused(StatusCode::UNAUTHORIZED, "invalid_client", "AADSTS7000215: Invalid client secret provided.");
    }
    let registered = state.behaviour.redirect.as_deref();
    if registered.is_some_and(|registered| form.get("redirect_uri") != Some(registered)) {
        let words =
            "AADSTS500112: The reply address does not match the reply address provided when requesting the code.";
        return refused(StatusCode::UNAUTHORIZED, "invalid_client", words);
    }
    let request = match state.codes.redeem(&form) {
        Ok(request) => request,
        Err(Unredeemed::UsedOrUnknown | Unredeemed::OtherRedirect) => {
            return refused(StatusCode::BAD_REQUEST, "invalid_grant", "AADSTS54005: The code was already redeemed.");
        }
        Err(Unredeemed::WrongVerifier) => {
            let words = "AADSTS501481: The Code_Verifier does not match the code_challenge.";
            return refused(StatusCode::BAD_REQUEST, "invalid_grant", words);
        }
    };
    let (access_token, scope) = (random::token(), request.get("scope").unwrap_or_default().to_owned());
    state.tokens.insert(access_token.clone(), scope.clone());
    let id_token = id_token(&state.behaviour, &request, &state.keys);
    Json(json!({
        "token_type": "Bearer",
        "scope": scope,
        "expires_in": 3599,
        "ext_expires_in": 3599,
        "access_token": access_token,
        "id_token": id_token,
    }))
    .into_response()
}

fn refused(status: StatusCode, error: &str, words: &str) -> Response {
    let code: String = words.chars().filter(char::is_ascii_digit).collect();
    let description = format!("{words}\r\nTrace ID: 7a9b\r\nCorrelation ID: 1f2e\r\nTimestamp: 2026-11-30 12:00:00Z");
    let answer = json!({
        "error": error, "error_description": description, "error_codes": [code.parse::<u64>().unwrap()],
        "trace_id": "7a9b", "correlation_id": "1f2e",
    });
    (status, Json(answer)).into_response()
}

/// Without `at_hash`, `amr` and `auth_time`. `sub` differs for each client.
fn id_token(behaviour: &MicrosoftBehaviour, request: &Fields, keys: &ProviderKeys) -> String {
    let (client, now) = (request.get("client_id").unwrap_or_default(), Clock::system().now().unix_timestamp());
    let MicrosoftBehaviour { tenant, object, .. } = behaviour;
    let mut claims = json!({
        "ver": "2.0",
        "iss": format!("{BEFORE}{tenant}{AFTER}"),
        "aud": client,
        "sub": URL_SAFE_NO_PAD.encode(sha256(format!("{client} {object}").as_bytes())),
        "tid": tenant,
        "oid": object,
        "iat": now,
        "nbf": now,
        "exp": now + 3_900,
        "nonce": request.get("nonce"),
        "name": "Ada Lovelace",
        "preferred_username": "ada",
        "aio": "AXQAi",
        "rh": "1.AXQA",
        "uti": "uNfB",
    });
    if !behaviour.groups.is_empty() {
        claims["_claim_names"] = json!({ "groups": "src1" });
        let endpoint = format!("https://graph.windows.net/{tenant}/users/{object}/getMemberObjects");
        claims["_claim_sources"] = json!({ "src1": { "endpoint": endpoint } });
    }
    for (name, value) in &behaviour.claims {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    let header = json!({ "typ": "JWT", "alg": "RS256", "kid": keys.kid() });
    let parts = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    let text = parts.join(".");
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(sign(keys.current(), &text)))
}
