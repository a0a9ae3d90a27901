//! Facebook, by its pages "Manually Build a Login Flow", "Handling Errors" and "Securing Graph API Requests".

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::{RawQuery, State as Shares};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use vestibule::base::random;
use vestibule::base::secret::{hmac_sha256, sha256};

use super::codes::{Codes, Unredeemed, back};
use super::loopback::Loopback;
use crate::config::CLIENT_SECRET;
use crate::provider::Fields;

/// A running double of Facebook. Everything is below `/v24.0`.
pub struct FakeFacebook {
    shared: Arc<Mutex<State>>,
    server: Loopback,
}

/// What differs between tests.
#[derive(Debug, Clone)]
pub struct FacebookBehaviour {
    /// The person's name. Their id differs for each client.
    pub name: &'static str,
    /// `None`: the person has no address, or keeps it.
    pub email: Option<&'static str>,
    pub refusal: Option<FacebookRefusal>,
    /// Whether the API answers with an error that repeats the access token and the proof.
    pub echoes: bool,
}

/// How a login ends without a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FacebookRefusal {
    /// The person cancels.
    Cancelled,
    /// The same, with nothing but a number.
    NumberAlone,
    /// The app's settings forbid the address.
    NumberAndMessage,
}

struct State {
    behaviour: FacebookBehaviour,
    codes: Codes,
    /// The client of each access token.
    tokens: HashMap<String, String>,
    authorize: Vec<Fields>,
}

impl Default for FacebookBehaviour {
    fn default() -> Self {
        Self { name: "Ada Lovelace", email: Some("ada@example.org"), refusal: None, echoes: false }
    }
}

impl FakeFacebook {
    /// A client id that no app has.
    pub const UNKNOWN_CLIENT: &str = "no-such-app";

    pub async fn start() -> Self {
        let state = State {
            behaviour: FacebookBehaviour::default(),
            codes: Codes::default(),
            tokens: HashMap::new(),
            authorize: Vec::new(),
        };
        let shared = Arc::new(Mutex::new(state));
        let router = Router::new()
            .route("/v24.0/dialog/oauth", get(dialog))
            .route("/v24.0/oauth/access_token", post(access_token))
            .route("/v24.0/me", get(me))
            .fallback(unversioned)
            .with_state(Arc::clone(&shared));
        Self { shared, server: Loopback::serve(router).await }
    }

    /// Changes the behaviour from the next request on, starting from the default one.
    pub fn behave(&self, change: impl FnOnce(&mut FacebookBehaviour)) {
        let mut behaviour = FacebookBehaviour::default();
        change(&mut behaviour);
        self.shared.lock().unwrap().behaviour = behaviour;
    }

    /// The keys that lead to this double, with the version of the preset's addresses. All others come from the preset.
    pub fn config(&self, version: &str) -> Vec<(&'static str, String)> {
        let text = |path: &str| format!("\"{}/{version}/{path}\"", self.server.origin);
        vec![
            ("auth_url", text("dialog/oauth")),
            ("token_url", text("oauth/access_token")),
            ("userinfo_url", text("me")),
        ]
    }

    /// The authorization requests so far.
    pub fn authorization_requests(&self) -> Vec<Fields> {
        self.shared.lock().unwrap().authorize.clone()
    }
}

async fn dialog(Shares(shared): Shares<Arc<Mutex<State>>>, RawQuery(sent): RawQuery) -> Response {
    let request = Fields::read(sent.unwrap_or_default().as_bytes());
    let mut state = shared.lock().unwrap();
    state.authorize.push(request.clone());
    let scopes = request.get("scope").unwrap_or_default();
    if scopes.split(',').any(|scope| !["email", "public_profile"].contains(&scope)) {
        return graph_error("Invalid Scopes", "OAuthException", 100);
    }
    let sent = ("state", request.get("state").unwrap_or_default());
    let fields = match state.behaviour.refusal {
        None => {
            let code = state.codes.issue(&request);
            return back(&request, &[("code", &code), sent], "#_=_").into_response();
        }
        Some(FacebookRefusal::Cancelled) => vec![
            ("error", "access_denied"),
            ("error_code", "200"),
            ("error_description", "Permissions error"),
            ("error_reason", "user_denied"),
            sent,
        ],
        Some(FacebookRefusal::NumberAlone) => vec![("error_code", "200"), sent],
        Some(FacebookRefusal::NumberAndMessage) => {
            let words = "Can't load URL: The domain of this URL isn't included in the app's domains.";
            vec![("error_code", "1349048"), ("error_message", words), sent]
        }
    };
    back(&request, &fields, "#_=_").into_response()
}

async fn access_token(Shares(shared): Shares<Arc<Mutex<State>>>, body: Bytes) -> Response {
    let form = Fields::read(&body);
    let mut state = shared.lock().unwrap();
    if form.get("client_id") == Some(FakeFacebook::UNKNOWN_CLIENT) {
        let words = "Error validating application. Cannot get application info due to a system error.";
        return graph_error(words, "OAuthException", 101);
    }
    if form.get("client_secret") != Some(CLIENT_SECRET) {
        return graph_error("Error validating client secret.", "OAuthException", 1);
    }
    let request = match state.codes.redeem(&form) {
        Ok(request) => request,
        Err(Unredeemed::UsedOrUnknown | Unredeemed::WrongVerifier) => {
            return graph_error("This authorization code has been used.", "OAuthException", 100);
        }
        Err(Unredeemed::OtherRedirect) => {
            return graph_error("Error validating verification code.", "OAuthException", 100);
        }
    };
    let token = format!("EAA{}", random::token());
    state.tokens.insert(token.clone(), request.get("client_id").unwrap_or_default().to_owned());
    Json(json!({"access_token": token, "token_type": "bearer", "expires_in": 5_183_944})).into_response()
}

async fn me(Shares(shared): Shares<Arc<Mutex<State>>>, RawQuery(sent): RawQuery, headers: HeaderMap) -> Response {
    let sent = Fields::read(sent.unwrap_or_default().as_bytes());
    let state = shared.lock().unwrap();
    let token = headers.get(AUTHORIZATION).and_then(|sent| sent.to_str().ok()?.strip_prefix("Bearer "));
    let Some((token, client)) = token.and_then(|token| state.tokens.get_key_value(token)) else {
        return graph_error("Invalid OAuth access token.", "OAuthException", 190);
    };
    let mut proof = String::new();
    for byte in hmac_sha256(CLIENT_SECRET.as_bytes(), token.as_bytes()) {
        write!(proof, "{byte:02x}").unwrap();
    }
    if sent.get("appsecret_proof") != Some(&proof) {
        return graph_error("Invalid appsecret_proof provided in the API argument", "GraphMethodException", 100);
    }
    if state.behaviour.echoes {
        return graph_error(&format!("Unexpected {token} with {proof}"), "OAuthException", 2);
    }
    // Without `fields`, only the id and the name come.
    let fields = sent.get("fields").unwrap_or("id,name");
    let all = [
        ("id", Some(id_for(state.behaviour.name, client))),
        ("name", Some(state.behaviour.name.to_owned())),
        ("email", state.behaviour.email.map(str::to_owned)),
    ];
    let asked = all.into_iter().filter(|(name, _)| fields.split(',').any(|field| field == *name));
    let members = asked.filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?))));
    Json(Value::Object(members.collect())).into_response()
}

/// "App-scoped IDs": the digits differ for each client.
fn id_for(person: &str, client: &str) -> String {
    let hashed = sha256(format!("{person} {client}").as_bytes());
    let number = hashed[..7].iter().fold(0_u64, |number, byte| number * 256 + u64::from(*byte));
    format!("1{number:017}")
}

/// Every other path, such as one without a version.
async fn unversioned() -> Response {
    graph_error("Unsupported request without a version that is still supported", "GraphMethodException", 2635)
}

/// "Handling Errors": the error is an object.
fn graph_error(message: &str, kind: &str, code: u32) -> Response {
    let error = json!({"message": message, "type": kind, "code": code, "fbtrace_id": "EJplcsCHuLu"});
    (StatusCode::BAD_REQUEST, Json(json!({"error": error}))).into_response()
}
