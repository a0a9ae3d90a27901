//! Microsoft Entra ID and Microsoft Graph, as Microsoft's documentation describes them: "OpenID Connect on the
//! Microsoft identity platform", "OAuth 2.0 authorization code flow", "ID token claims", "Access tokens" (the issuers
//! of keys), "Optional claims", "List a user's memberships", and the list of AADSTS codes.

mod graph;
mod sign_in;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::{get, post};
use serde_json::{Map, Value};

use super::codes::Codes;
use super::loopback::Loopback;
use crate::config::CLIENT_SECRET;
use crate::provider::{Fields, ProviderKeys, TokenRequest};

/// What is before and after the id of a tenant in its issuer.
const BEFORE: &str = "https://login.microsoftonline.com/";
const AFTER: &str = "/v2.0";

/// A running double.
pub struct FakeMicrosoft {
    served: Loopback,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    /// Its own address, as the requests name it.
    origin: Mutex<String>,
}

struct State {
    behaviour: MicrosoftBehaviour,
    received: MicrosoftReceived,
    keys: ProviderKeys,
    codes: Codes,
    /// The scopes of each access token.
    tokens: HashMap<String, String>,
}

/// How it behaves. Everybody who comes is signed in at once.
#[derive(Clone)]
pub struct MicrosoftBehaviour {
    /// The tenant of the next person.
    pub tenant: String,
    /// The person's id in the tenant. The `sub` in a token also depends on the client.
    pub object: String,
    /// Claims in place of the usual ones. Null leaves a claim out.
    pub claims: Map<String, Value>,
    /// The person presses "Cancel".
    pub cancels: bool,
    /// The `issuer` of the key, which is listed once for each of these. Null leaves it out.
    pub key_issuers: Vec<Value>,
    /// The redirect address that is registered. `None`: any.
    pub redirect: Option<String>,
    /// The secret of the client.
    pub secret: String,
    /// The ids of the person's groups, which are too many for a token if there is one.
    pub groups: Vec<String>,
    pub graph: Graph,
}

/// How Microsoft Graph answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Graph {
    Good,
    /// The next page is at another server.
    OtherServer,
    /// Each page names another one.
    Endless,
    /// 503.
    Broken,
    /// 302, to an address at which it answers well.
    Redirects,
}

/// Every request, oldest first.
#[derive(Debug, Clone, Default)]
pub struct MicrosoftReceived {
    pub authorize: Vec<Fields>,
    pub token: Vec<TokenRequest>,
    /// The paths with their queries.
    pub graph: Vec<String>,
    /// The first part of the path of each request for metadata: a tenant, `consumers`, `organizations` or `common`.
    pub authorities: Vec<String>,
}

impl MicrosoftBehaviour {
    fn of_tenant(tenant: &str) -> Self {
        Self {
            tenant: tenant.to_owned(),
            object: "00000000-0000-0000-66f3-3332eca7ea81".to_owned(),
            claims: Map::new(),
            cancels: false,
            key_issuers: vec![Value::from(format!("{BEFORE}{{tenantid}}{AFTER}"))],
            redirect: None,
            secret: CLIENT_SECRET.to_owned(),
            groups: Vec::new(),
            graph: Graph::Good,
        }
    }
}

impl FakeMicrosoft {
    /// The tenant of people at `example.org`.
    pub const TENANT: &str = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490";
    /// The tenant of somebody else.
    pub const OTHER_TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    /// The tenant of all personal accounts.
    pub const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

    pub async fn start() -> Self {
        // The first key generation takes long, and must not block the test's runtime.
        let keys = tokio::task::spawn_blocking(ProviderKeys::first).await.unwrap();
        let state = State {
            behaviour: MicrosoftBehaviour::of_tenant(Self::TENANT),
            received: MicrosoftReceived::default(),
            keys,
            codes: Codes::default(),
            tokens: HashMap::new(),
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), origin: Mutex::default() });
        let served = Loopback::serve(routes(Arc::clone(&shared))).await;
        shared.origin.lock().unwrap().clone_from(&served.origin);
        Self { served, shared }
    }

    /// The address of the metadata of a tenant, of `consumers`, of `organizations` or of `common`.
    pub fn metadata(&self, authority: &str) -> String {
        format!("{}/{authority}{AFTER}/.well-known/openid-configuration", self.served.origin)
    }

    pub fn graph(&self) -> String {
        format!("{}/graph/v1.0", self.served.origin)
    }

    /// Behaves well with people of this tenant, but for the change.
    pub fn behave(&self, tenant: &str, change: impl FnOnce(&mut MicrosoftBehaviour)) {
        let mut behaviour = MicrosoftBehaviour::of_tenant(tenant);
        change(&mut behaviour);
        self.shared.state.lock().unwrap().behaviour = behaviour;
    }

    pub fn received(&self) -> MicrosoftReceived {
        self.shared.state.lock().unwrap().received.clone()
    }
}

fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/{authority}/v2.0/.well-known/openid-configuration", get(sign_in::metadata))
        .route("/{authority}/discovery/v2.0/keys", get(sign_in::keys))
        .route("/{authority}/oauth2/v2.0/authorize", get(sign_in::authorize))
        .route("/{authority}/oauth2/v2.0/token", post(sign_in::token))
        .route("/graph/v1.0/me/transitiveMemberOf/microsoft.graph.group", get(graph::groups))
        .with_state(shared)
}
