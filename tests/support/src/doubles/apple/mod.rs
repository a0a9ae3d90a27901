//! A double of Sign in with Apple. It signs in one person at once, without a page.
//!
//! Sources: Apple's pages "Sign in with Apple REST API" (authorization request, token request, client secret,
//! `ErrorResponse`), TN3107, and `docs/provider-facts.md`.

mod authorize;
mod client_secret;
mod token;

use std::collections::{HashMap, HashSet};
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use axum::extract::State as Shared;
use axum::routing::{get, post};
use axum::{Json, Router};
use josekit::jwk::KeyPair as _;
use josekit::jwk::alg::ec::{EcCurve, EcKeyPair};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use vestibule::base::clock::Clock;

use crate::config::Table;
use crate::provider::{Fields, Person, ProviderKeys, TokenRequest};

/// What the operator of the tests has registered there.
pub const CLIENT_ID: &str = "org.example.signin";
pub const TEAM_ID: &str = "A1B2C3D4E5";
pub const KEY_ID: &str = "F6G7H8J9K0";

/// Apple's issuer, and the one that its ID tokens had for some time in June 2025.
pub const ISSUER: &str = "https://appleid.apple.com";
pub const OTHER_ISSUER: &str = "https://account.apple.com";

/// A running double. It ends when it is dropped.
pub struct FakeApple {
    address: String,
    state: Arc<Mutex<State>>,
    serving: JoinHandle<()>,
}

/// How the double behaves.
#[derive(Clone)]
pub struct Behaviour {
    pub person: Person,
    /// The first and the last name, which the person confirms at their first sign-in.
    pub name: [&'static str; 2],
    /// The field `user` in place of Apple's own, at every sign-in: the person's browser can send any.
    pub user_field: Option<String>,
    /// Whether the person presses "Cancel" on the page that asks for their consent.
    pub is_cancelled: bool,
    /// `iss` of the ID tokens.
    pub issuer: &'static str,
    /// `issuer` of the metadata.
    pub metadata_issuer: &'static str,
    /// Claims of the ID token in place of the usual ones. Null leaves a claim out.
    pub claims: Map<String, Value>,
    pub clock: Clock,
}

struct State {
    address: String,
    behaviour: Behaviour,
    /// The key that Apple made for the team. Apple keeps the public half.
    client_key: EcKeyPair,
    return_urls: HashSet<String>,
    keys: ProviderKeys,
    /// People who have signed in before.
    known: HashSet<String>,
    /// The authorization request of each unused code.
    codes: HashMap<String, Fields>,
    authorize: Vec<Fields>,
    token: Vec<TokenRequest>,
}

impl FakeApple {
    /// Starts on a free port of the loopback address.
    pub async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let keys = tokio::task::spawn_blocking(ProviderKeys::first).await.unwrap();
        let state = Arc::new(Mutex::new(State {
            address: address.clone(),
            behaviour: Behaviour::default(),
            client_key: EcKeyPair::generate(EcCurve::P256).unwrap(),
            return_urls: HashSet::new(),
            keys,
            known: HashSet::new(),
            codes: HashMap::new(),
            authorize: Vec::new(),
            token: Vec::new(),
        }));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/auth/keys", get(key_set))
            .route("/auth/authorize", get(authorize::authorize))
            .route("/auth/token", post(token::token))
            .with_state(Arc::clone(&state));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, state, serving }
    }

    /// Writes the keys that an operator needs, and the double's address in place of Apple's.
    pub fn configure(&self, provider: &mut Table) {
        for (key, value) in [("client_id", CLIENT_ID), ("team_id", TEAM_ID), ("client_key_id", KEY_ID)] {
            provider.set_text(key, value);
        }
        provider.set("client_key", &format!("\"\"\"\n{}\"\"\"", self.client_key()));
        provider.set_text("discovery_url", &format!("{}/.well-known/openid-configuration", self.address));
        provider.set("allow_private", "true");
    }

    /// The content of the `.p8` file.
    pub fn client_key(&self) -> String {
        String::from_utf8(self.state.lock().unwrap().client_key.to_pem_private_key()).unwrap()
    }

    /// Registers a return URL.
    pub fn register(&self, return_url: String) {
        self.state.lock().unwrap().return_urls.insert(return_url);
    }

    /// Changes the behaviour from the next request on.
    pub fn behave(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.state.lock().unwrap().behaviour);
    }

    /// The parameters of each authorization request.
    pub fn authorization_requests(&self) -> Vec<Fields> {
        self.state.lock().unwrap().authorize.clone()
    }

    pub fn token_requests(&self) -> Vec<TokenRequest> {
        self.state.lock().unwrap().token.clone()
    }

    /// Whether it would accept this client secret now.
    ///
    /// # Errors
    /// Why it would not.
    pub fn accepts_secret(&self, secret: &str) -> Result<(), String> {
        client_secret::verify(&self.state.lock().unwrap(), secret)
    }
}

impl Drop for FakeApple {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            person: Person::new("001234.0a1b2c3d4e5f60718293a4b5c6d7e8f9.0815")
                .with("email", "ada@example.org")
                .with("email_verified", "true"),
            name: ["Ada", "Lovelace"],
            user_field: None,
            is_cancelled: false,
            issuer: ISSUER,
            metadata_issuer: ISSUER,
            claims: Map::new(),
            clock: Clock::system(),
        }
    }
}

/// As Apple's own document in 2026: without `code_challenge_methods_supported`, and without a promise of `iss`.
async fn metadata(Shared(state): Shared<Arc<Mutex<State>>>) -> Json<Value> {
    let state = state.lock().unwrap();
    let address = &state.address;
    Json(json!({
        "issuer": state.behaviour.metadata_issuer,
        "authorization_endpoint": format!("{address}/auth/authorize"),
        "token_endpoint": format!("{address}/auth/token"),
        "revocation_endpoint": format!("{address}/auth/revoke"),
        "jwks_uri": format!("{address}/auth/keys"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "name"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "claims_supported": [
            "aud", "email", "email_verified", "exp", "iat", "is_private_email", "iss", "nonce", "nonce_supported",
            "real_user_status", "sub", "transfer_sub",
        ],
    }))
}

async fn key_set(Shared(state): Shared<Arc<Mutex<State>>>) -> Json<Value> {
    Json(json!({ "keys": [state.lock().unwrap().keys.public().as_ref()] }))
}
