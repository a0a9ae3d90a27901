//! A fake OpenID provider. It signs in the configured person at once, without a page.
//!
//! It shares no OpenID code with Vestibule. By default it keeps every rule; [`FakeProvider::behave`] changes that.

mod answers;
mod behaviour;
mod client_assertion;
mod defects;
mod endpoints;
mod id_token;
mod keys;
mod metadata;
mod requests;

pub use behaviour::{
    AcceptHeader, Answer, AssertionAudience, Behaviour, DiscoveryEndpoint, IssuerInAnswer, IssuerPromise, JwksEndpoint,
    Person, TokenEndpoint, UserinfoEndpoint,
};
pub use defects::{ClaimDefect, Defect, KeyDefect, Quirk, TextDefect};
pub use requests::{Fields, Received, TokenRequest};

pub(crate) use keys::{Keys as ProviderKeys, sign};

use std::collections::{HashMap, HashSet};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

use keys::Keys;

/// A running provider. It has its own runtime, so that stopping it also closes idle connections.
pub struct FakeProvider {
    shared: Arc<Shared>,
    address: SocketAddr,
    running: Mutex<Option<Running>>,
}

struct Running {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

struct Shared {
    issuer: String,
    state: Mutex<State>,
}

struct State {
    behaviour: Behaviour,
    received: Received,
    keys: Keys,
    /// The number of requests that wait at a slow discovery.
    waiting_at_discovery: usize,
    /// The authorization request of each unused code.
    codes: HashMap<String, Fields>,
    /// The person and the client for each access token.
    tokens: HashMap<String, Grant>,
    /// The `jti` of each client assertion so far.
    assertion_ids: HashSet<String>,
}

struct Grant {
    person: Person,
    client_id: String,
}

impl FakeProvider {
    /// Starts on a free port of the loopback address.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        // The first key generation takes long, and must not block the test's runtime.
        let keys = tokio::task::spawn_blocking(Keys::first).await.unwrap();
        let state = State {
            behaviour: Behaviour::default(),
            received: Received::default(),
            keys,
            waiting_at_discovery: 0,
            codes: HashMap::new(),
            tokens: HashMap::new(),
            assertion_ids: HashSet::new(),
        };
        let shared = Arc::new(Shared { issuer: format!("http://{address}"), state: Mutex::new(state) });
        let running = Mutex::new(Some(Running::begin(listener, Arc::clone(&shared))));
        Self { shared, address, running }
    }

    /// Its issuer, `http://127.0.0.1:PORT`.
    pub fn issuer(&self) -> &str {
        &self.shared.issuer
    }

    /// Changes the behaviour from the next request on.
    pub fn behave(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.shared.state.lock().unwrap().behaviour);
    }

    /// Restores the correct behaviour.
    pub fn behave_well(&self) {
        self.behave(|behaviour| *behaviour = Behaviour::default());
    }

    /// All requests so far.
    pub fn received(&self) -> Received {
        self.shared.state.lock().unwrap().received.clone()
    }

    /// The access tokens of all redeemed codes.
    pub fn issued_access_tokens(&self) -> Vec<String> {
        self.shared.state.lock().unwrap().tokens.keys().cloned().collect()
    }

    /// Signs with a new key and a new `kid` from now on, and removes the old key from the key set.
    pub fn rotate_keys(&self) {
        self.shared.state.lock().unwrap().keys.rotate();
    }

    /// Signs with a new key and the same `kid` from now on.
    pub fn replace_key(&self) {
        self.shared.state.lock().unwrap().keys.replace();
    }

    /// Stops listening and closes its connections. Codes and keys stay.
    pub async fn stop(&self) {
        let running = self.running.lock().unwrap().take();
        if let Some(running) = running {
            tokio::task::spawn_blocking(|| running.end()).await.unwrap();
        }
    }

    /// Starts again on the same port.
    pub async fn restart(&self) {
        self.stop().await;
        let mut tries = 0;
        let listener = loop {
            match TcpListener::bind(self.address) {
                Ok(listener) => break listener,
                Err(why) if tries == 3_000 => panic!("{}: {why}", self.address),
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
            tries += 1;
        };
        *self.running.lock().unwrap() = Some(Running::begin(listener, Arc::clone(&self.shared)));
    }
}

impl Drop for FakeProvider {
    fn drop(&mut self) {
        if let Some(running) = self.running.lock().unwrap().take() {
            running.end();
        }
    }
}

impl Running {
    fn begin(listener: TcpListener, shared: Arc<Shared>) -> Self {
        let (stop, stopped) = oneshot::channel();
        listener.set_nonblocking(true).unwrap();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                tokio::select! {
                    served = axum::serve(listener, endpoints::routes(shared)) => served.unwrap(),
                    _ = stopped => {}
                }
            });
        });
        Self { stop, thread }
    }

    fn end(self) {
        drop(self.stop);
        self.thread.join().unwrap();
    }
}
