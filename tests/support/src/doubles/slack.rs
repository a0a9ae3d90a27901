//! A double of Sign in with Slack. It signs in one person at once, without a page.
//!
//! Sources: Slack's pages "Sign in with Slack", `openid.connect.token` and "Using PKCE", and `docs/provider-facts.md`.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::{RawQuery, State as Shared};
use axum::http::header::{AUTHORIZATION, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use vestibule::base::clock::Clock;
use vestibule::base::random;
use vestibule::base::secret::sha256;
use vestibule::base::urls::query;

use crate::config::{CLIENT_SECRET, Table};
use crate::provider::{Fields, ProviderKeys, TokenRequest, sign};

/// What the operator of the tests has registered there.
pub const CLIENT_ID: &str = "2141029472.691202649728";

/// A running double. It ends when it is dropped.
pub struct FakeSlack {
    address: String,
    state: Arc<Mutex<State>>,
    serving: JoinHandle<()>,
}

struct State {
    address: String,
    /// Claims of the ID token, besides the usual ones. Null leaves a claim out.
    claims: Map<String, Value>,
    is_cancelled: bool,
    redirect_url: String,
    clock: Clock,
    keys: ProviderKeys,
    codes: HashMap<String, Fields>,
    authorize: Vec<Fields>,
    token: Vec<TokenRequest>,
}

/// The claims of a person of a workspace.
pub fn person(team: &str, sub: &str, name: &str) -> Value {
    json!({
        "sub": sub, "https://slack.com/team_id": team, "https://slack.com/user_id": sub, "name": name,
        "email": "ada@example.org", "email_verified": true, "date_email_verified": 1_622_128_723, "locale": "en-US",
    })
}

impl FakeSlack {
    /// Starts on a free port of the loopback address.
    pub async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let keys = tokio::task::spawn_blocking(ProviderKeys::first).await.unwrap();
        let state = Arc::new(Mutex::new(State {
            address: address.clone(),
            claims: Map::new(),
            is_cancelled: false,
            redirect_url: String::new(),
            clock: Clock::system(),
            keys,
            codes: HashMap::new(),
            authorize: Vec::new(),
            token: Vec::new(),
        }));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/openid/connect/keys", get(key_set))
            .route("/openid/connect/authorize", get(authorize))
            .route("/api/openid.connect.token", post(token))
            .with_state(Arc::clone(&state));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, state, serving }
    }

    /// Writes the keys that an operator needs, and the double's address in place of Slack's.
    pub fn configure(&self, provider: &mut Table) {
        provider.set_text("client_id", CLIENT_ID).set_text("client_secret", CLIENT_SECRET);
        provider.set_text("discovery_url", &format!("{}/.well-known/openid-configuration", self.address));
        provider.set("allow_private", "true");
    }

    /// Registers the redirect address, and follows the clock.
    pub fn register(&self, redirect_url: String, clock: Clock) {
        let mut state = self.state.lock().unwrap();
        (state.redirect_url, state.clock) = (redirect_url, clock);
    }

    /// Signs this person in from now on.
    pub fn sign_in(&self, person: Value) {
        let Value::Object(claims) = person else { panic!("no object: {person}") };
        self.state.lock().unwrap().claims = claims;
    }

    /// From now on, the person presses "Cancel".
    pub fn cancel(&self) {
        self.state.lock().unwrap().is_cancelled = true;
    }

    pub fn authorization_requests(&self) -> Vec<Fields> {
        self.state.lock().unwrap().authorize.clone()
    }

    pub fn token_requests(&self) -> Vec<TokenRequest> {
        self.state.lock().unwrap().token.clone()
    }

    /// Forgets all codes: those on their way have expired.
    pub fn expire_codes(&self) {
        self.state.lock().unwrap().codes.clear();
    }
}

impl Drop for FakeSlack {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn metadata(Shared(state): Shared<Arc<Mutex<State>>>) -> Json<Value> {
    let address = &state.lock().unwrap().address;
    Json(json!({
        "issuer": "https://slack.com",
        "authorization_endpoint": format!("{address}/openid/connect/authorize"),
        "token_endpoint": format!("{address}/api/openid.connect.token"),
        "userinfo_endpoint": format!("{address}/api/openid.connect.userInfo"),
        "jwks_uri": format!("{address}/openid/connect/keys"),
        "scopes_supported": ["openid", "profile", "email"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["form_post"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
    }))
}

async fn key_set(Shared(state): Shared<Arc<Mutex<State>>>) -> Json<Value> {
    Json(json!({ "keys": [state.lock().unwrap().keys.public().as_ref()] }))
}

async fn authorize(Shared(state): Shared<Arc<Mutex<State>>>, RawQuery(sent): RawQuery) -> Response {
    let request = Fields::read(sent.unwrap_or_default().as_bytes());
    let mut state = state.lock().unwrap();
    state.authorize.push(request.clone());
    if request.get("client_id") != Some(CLIENT_ID) || request.get("redirect_uri") != Some(&state.redirect_url) {
        return (StatusCode::BAD_REQUEST, "bad_redirect_uri").into_response();
    }
    let code = random::token();
    // A refusal has no description.
    let answer = if state.is_cancelled { ("error", "access_denied") } else { ("code", code.as_str()) };
    let fields = [answer, ("state", request.get("state").unwrap_or_default())];
    let to = format!("{}?{}", state.redirect_url, query(&fields));
    state.codes.insert(code, request);
    (StatusCode::FOUND, [(LOCATION, to)]).into_response()
}

/// Each error has status 200 and no description.
async fn token(Shared(state): Shared<Arc<Mutex<State>>>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Fields::read(&body);
    let mut state = state.lock().unwrap();
    state.token.push(TokenRequest { headers: headers.clone(), form: form.clone() });
    let refused = |error: &str| Json(json!({ "ok": false, "error": error })).into_response();
    if headers.contains_key(AUTHORIZATION) || form.get("client_id") != Some(CLIENT_ID) {
        return refused("invalid_client_id");
    }
    // A client with a secret can't use PKCE.
    if form.get("client_secret") != Some(CLIENT_SECRET) || form.has("code_verifier") {
        return refused("bad_client_secret");
    }
    let Some(request) = form.get("code").and_then(|code| state.codes.remove(code)) else {
        return refused("invalid_code");
    };
    if request.get("redirect_uri") != form.get("redirect_uri") {
        return refused("bad_redirect_uri");
    }
    let access_token = format!("xoxp-{}", random::token());
    let id_token = id_token(&state, &request, &access_token);
    Json(json!({ "ok": true, "access_token": access_token, "token_type": "Bearer", "id_token": id_token }))
        .into_response()
}

fn id_token(state: &State, request: &Fields, access_token: &str) -> String {
    let (now, hash) = (state.clock.now().unix_timestamp(), sha256(access_token.as_bytes()));
    let usual = json!({
        "iss": "https://slack.com", "aud": CLIENT_ID, "iat": now, "exp": now + 300, "auth_time": now,
        "at_hash": URL_SAFE_NO_PAD.encode(&hash[..16]),
        // Empty if none was sent.
        "nonce": request.get("nonce").unwrap_or_default(),
    });
    let mut claims = usual.as_object().unwrap().clone();
    claims.extend(state.claims.clone());
    claims.retain(|_, value| !value.is_null());
    let header = json!({ "alg": "RS256", "typ": "JWT", "kid": state.keys.kid() }).to_string();
    let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(json!(claims).to_string()));
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(sign(state.keys.current(), &text)))
}
