//! GitHub, by its pages "Authorizing OAuth apps", "Troubleshooting OAuth app access token request errors", and the REST
//! API's pages on users, e-mail addresses, organisations and teams.

mod api;
mod oauth;
mod person;

pub use person::{GithubPerson, GithubTeam};

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State as Shares};
use axum::http::header::USER_AGENT;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde_json::Value;
use tokio::sync::Barrier;

use super::codes::Codes;
use super::loopback::Loopback;
use crate::provider::Fields;

/// A running double of GitHub.
pub struct FakeGithub {
    shared: Arc<Shared>,
    server: Loopback,
}

/// What differs between tests.
#[derive(Debug, Clone)]
pub struct GithubBehaviour {
    pub person: GithubPerson,
    /// The `iss` of every return.
    pub iss: &'static str,
    /// The person cancels at GitHub's page.
    pub cancels: bool,
    /// Answers a token request with a form, even if it asks for JSON.
    pub always_form: bool,
    /// Lists without the header `Link`.
    pub no_links: bool,
    /// What is before the path of the list in the header `Link`. GitHub may use another form of the address there.
    pub links_to: String,
    /// The list that has moved: 302, to an address at which it comes ("Best practices for using the REST API", "Follow
    /// redirects").
    pub moved_list: Option<&'static str>,
    /// The status of this list, in place of an answer: `orgs` or `teams`.
    pub broken_list: Option<(&'static str, u16)>,
    /// These entries come first in the lists of organisations and teams.
    pub odd_entries: Vec<Value>,
    /// A request to the API is answered only when as many are there at the same time.
    pub together: Option<Arc<Barrier>>,
}

/// The issuer that GitHub names since April 2026.
const ISSUER: &str = "https://github.com/login/oauth";

type Shared = Mutex<State>;

struct State {
    behaviour: GithubBehaviour,
    codes: Codes,
    /// The person and the scopes of each access token.
    tokens: HashMap<String, (GithubPerson, Vec<String>)>,
    authorize: Vec<Fields>,
    /// The form of each token request, and its `Accept`.
    exchanges: Vec<(Fields, String)>,
    /// The path and query of each request to the API.
    api: Vec<String>,
}

impl Default for GithubBehaviour {
    fn default() -> Self {
        let person = GithubPerson::new(583_231, "ada");
        Self {
            person,
            iss: ISSUER,
            cancels: false,
            always_form: false,
            no_links: false,
            links_to: "https://api.github.com/organizations/1".to_owned(),
            moved_list: None,
            broken_list: None,
            odd_entries: Vec::new(),
            together: None,
        }
    }
}

impl FakeGithub {
    pub async fn start() -> Self {
        let state = State {
            behaviour: GithubBehaviour::default(),
            codes: Codes::default(),
            tokens: HashMap::new(),
            authorize: Vec::new(),
            exchanges: Vec::new(),
            api: Vec::new(),
        };
        let shared = Arc::new(Mutex::new(state));
        let router = Router::new()
            .route("/login/oauth/authorize", get(oauth::authorize))
            .route("/login/oauth/access_token", post(oauth::access_token))
            .route("/user", get(api::user))
            .route("/user/emails", get(api::emails))
            .route("/user/orgs", get(api::organizations))
            .route("/user/teams", get(api::teams))
            .layer(middleware::from_fn(demand_user_agent))
            .layer(middleware::from_fn_with_state(Arc::clone(&shared), wait_for_the_others))
            .with_state(Arc::clone(&shared));
        Self { shared, server: Loopback::serve(router).await }
    }

    /// `http://127.0.0.1:PORT`
    pub fn origin(&self) -> &str {
        &self.server.origin
    }

    /// Changes the behaviour from the next request on, starting from the default one.
    pub fn behave(&self, change: impl FnOnce(&mut GithubBehaviour)) {
        let mut behaviour = GithubBehaviour::default();
        change(&mut behaviour);
        self.shared.lock().unwrap().behaviour = behaviour;
    }

    /// The keys that lead to this double. All others come from the preset.
    pub fn config(&self) -> Vec<(&'static str, String)> {
        let origin = &self.server.origin;
        let text = |path: &str| format!("\"{origin}{path}\"");
        vec![
            ("auth_url", text("/login/oauth/authorize")),
            ("token_url", text("/login/oauth/access_token")),
            ("userinfo_url", text("/user")),
            ("calls", format!("{{ emails = {} }}", text("/user/emails?per_page=100"))),
        ]
    }

    /// The authorization requests so far.
    pub fn authorization_requests(&self) -> Vec<Fields> {
        self.shared.lock().unwrap().authorize.clone()
    }

    /// The token requests so far, each with its header `Accept`.
    pub fn token_requests(&self) -> Vec<(Fields, String)> {
        self.shared.lock().unwrap().exchanges.clone()
    }

    /// The path and query of each request to the API so far.
    pub fn api_requests(&self) -> Vec<String> {
        self.shared.lock().unwrap().api.clone()
    }
}

async fn wait_for_the_others(Shares(shared): Shares<Arc<Shared>>, request: Request, next: Next) -> Response {
    let together = shared.lock().unwrap().behaviour.together.clone();
    if let Some(together) = together.filter(|_| request.uri().path().starts_with("/user")) {
        together.wait().await;
    }
    next.run(request).await
}

/// The REST API refuses requests without the header, and so does github.com.
async fn demand_user_agent(request: Request, next: Next) -> Response {
    let is_browser = request.uri().path() == "/login/oauth/authorize";
    if is_browser || request.headers().get(USER_AGENT).is_some_and(|agent: &HeaderValue| !agent.is_empty()) {
        return next.run(request).await;
    }
    let words = "Request forbidden by administrative rules. Please make sure your request has a User-Agent header";
    (StatusCode::FORBIDDEN, words).into_response()
}
