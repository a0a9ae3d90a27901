//! Vestibule in this process, on a free port, with its own fake providers and a clock that the test controls.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use serde_json::Value;
use time::{Duration, OffsetDateTime};
use vestibule::accounts::{AccountRef, Accounts, Actor, IfMissing};
use vestibule::base::clock::Clock;
use vestibule::base::ids::ReferenceCode;
use vestibule::base::secret::{MasterKey, Purpose, Secret};
use vestibule::broker::{Broker, LiveConfig};
use vestibule::config::{self, Config, Environment};
use vestibule::signer::Signer;
use vestibule::signer::rotation::Schedule;
use vestibule::signin::challenge::throttle::FAILURES_EXPIRE_AFTER;
use vestibule::signin::identify::IdentityKey;
use vestibule::store::{
    AuditQuery, AuditRow, Database, ExplainedRefusal, FailureCount, Store, ThrottleKeys, ThrottleSubject,
    UsableProviders,
};
use vestibule::upstream::ProviderSettings;
use vestibule::web::{ConnectionLimits, Web, WebSettings, listen, router};

use crate::browser::Browser;
use crate::clock::TestClock;
use crate::config::TestConfig;
use crate::provider::{Behaviour, FakeProvider};

/// A running Vestibule with its database in a temporary folder.
pub struct TestServer {
    /// `http://localhost:PORT`
    pub base: String,
    pub broker: Arc<Broker>,
    /// "Example University", the provider `uni`.
    pub uni: FakeProvider,
    /// "Example Lab", the provider `lab`, which only some configs contain.
    pub lab: FakeProvider,
    folder: tempfile::TempDir,
    clock: TestClock,
    config: Mutex<TestConfig>,
    master: MasterKey,
    requests: Arc<AtomicUsize>,
    serving: tokio::task::JoinHandle<()>,
}

impl TestServer {
    /// With one provider, and the apps of [`TestConfig`].
    pub async fn start() -> Self {
        Self::with(|_| ()).await
    }

    pub async fn with_two_providers() -> Self {
        Self::with(TestConfig::add_lab).await
    }

    /// With a changed config.
    pub async fn with(change: impl FnOnce(&mut TestConfig)) -> Self {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let base = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let (uni, lab) = (FakeProvider::start().await, FakeProvider::start().await);
        let mut config = TestConfig::new(&base, uni.issuer(), lab.issuer());
        change(&mut config);

        let folder = tempfile::tempdir().unwrap();
        let (clock, master) = (TestClock::default(), MasterKey::fresh());
        let read = read(&config, folder.path());
        let (broker, router) = open(&read, &database(folder.path()), &master, &clock.clock()).await;
        let requests = Arc::new(AtomicUsize::new(0));
        let serving = serve(listener, router.layer(from_fn_with_state(Arc::clone(&requests), count)));

        let config = Mutex::new(config);
        let server = Self { base, broker, uni, lab, folder, clock, config, master, requests, serving };
        server.behave(|_| ());
        server
    }

    /// Starts a second instance on the same database, config and master key. Returns its origin.
    pub async fn start_second_instance(&self) -> String {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let base = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let config = read(&self.config.lock().unwrap(), self.folder.path());
        // The instance ends with the test's runtime.
        let (_, router) = open(&config, &self.database(), &self.master, &self.clock.clock()).await;
        let _served = serve(listener, router);
        base
    }

    /// A browser without cookies.
    pub fn browser(&self) -> Browser {
        Browser::new(&self.base)
    }

    /// The number of requests so far, answered or not.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// Resets both providers to the correct behaviour, and then changes that of the university.
    pub fn behave(&self, change: impl FnOnce(&mut Behaviour)) {
        for provider in [&self.uni, &self.lab] {
            provider.behave(|behaviour| *behaviour = Behaviour { clock: self.clock.clock(), ..Behaviour::default() });
        }
        self.uni.behave(change);
    }

    /// Advances the clock of Vestibule and of the providers.
    pub fn advance_clock(&self, time: Duration) {
        self.clock.advance(time);
    }

    /// From now on, only [`Self::advance_clock`] changes the time.
    pub fn stop_clock(&self) {
        self.clock.stop();
    }

    /// The clock of Vestibule, for providers of the test's own.
    pub fn clock(&self) -> Clock {
        self.clock.clock()
    }

    pub fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    /// Applies another config, as SIGHUP does.
    pub fn reconfigure(&self, change: impl FnOnce(&mut TestConfig)) {
        let mut config = self.config.lock().unwrap();
        change(&mut config);
        let read = read(&config, self.folder.path());
        self.broker.reconfigure(LiveConfig::new(&read, self.broker.store(), &self.clock.clock()).unwrap());
    }

    /// Everything in the audit, newest first.
    pub async fn audit(&self) -> Vec<AuditRow> {
        self.broker.store().audit_list(&AuditQuery { limit: 1000, ..AuditQuery::default() }).await.unwrap()
    }

    /// Does what `vestibule explain` does.
    pub async fn explain(&self, code: &str) -> Option<ExplainedRefusal> {
        self.broker.store().explain(&ReferenceCode::read(code).unwrap()).await.unwrap()
    }

    /// Does what `vestibule user disable` does.
    pub async fn disable(&self, name: &str) {
        self.accounts().disable(&operator(), &AccountRef::Name(name.parse().unwrap())).await.unwrap();
    }

    /// Does what `vestibule provider suspend` does.
    pub async fn suspend(&self, provider: &str) {
        let usable = UsableProviders { enabled: &[], local_passwords: None };
        self.accounts().suspend(&operator(), &provider.parse().unwrap(), None, usable).await.unwrap();
    }

    /// Does what `vestibule provider resume` does.
    pub async fn resume(&self, provider: &str) {
        self.accounts().resume(&operator(), &provider.parse().unwrap()).await.unwrap();
    }

    /// Does what `vestibule user add` does.
    pub async fn add_user(&self, name: &str, password: &str) {
        let live = self.broker.config();
        let local = live.provider(&"local".parse().unwrap()).unwrap();
        let passwords = local.module.local_passwords().unwrap();
        let (password, groups) = (Secret::new(password.to_owned()), ["staff".to_owned().into()].into());
        self.accounts().create(&operator(), passwords, &name.parse().unwrap(), &groups, &password).await.unwrap();
    }

    /// Does what `vestibule identity link PROVIDER ISSUER SUBJECT NAME --new` does.
    pub async fn link(&self, identity: &IdentityKey, name: &str) {
        let account = AccountRef::Name(name.parse().unwrap());
        let config = self.broker.config();
        let source = config.provider(&identity.provider).map_or("", |provider| &provider.subject_source);
        self.accounts().link(&operator(), (identity, source), &account, IfMissing::MakeAccount).await.unwrap();
    }

    /// Does what `vestibule identity unlink` does.
    pub async fn unlink(&self, identity: &IdentityKey) {
        self.accounts().unlink(&operator(), identity).await.unwrap();
    }

    /// Does what `vestibule user release NAME --provider ID` does.
    pub async fn release(&self, name: &str, provider: &str) {
        let account = AccountRef::Name(name.parse().unwrap());
        self.accounts().release(&operator(), &account, &[provider.parse().unwrap()], &self.master).await.unwrap();
    }

    /// Does what `vestibule user release --name NAME --provider ID` does. Returns the number of counts that it removed.
    pub async fn release_name(&self, name: &str, provider: &str) -> u64 {
        let providers = vec![provider.parse().unwrap()];
        self.accounts().release_name(&operator(), name, providers, &self.master).await.unwrap().forgiven
    }

    fn accounts(&self) -> Accounts {
        Accounts::new(self.broker.store().clone(), self.clock.clock())
    }

    /// Throttles a name at a provider as five wrong passwords do, except from known networks.
    pub async fn throttle_name(&self, provider: &str, name: &str) {
        let provider = provider.parse().unwrap();
        let keys = ThrottleKeys::of(
            &self.master.mac_key(Purpose::LoginThrottle),
            ThrottleSubject::TypedName(&provider, name),
            "",
        );
        let count = FailureCount::of_no_account(keys.all_networks);
        for _ in 0..5 {
            self.broker.store().count_failure(&[count], FAILURES_EXPIRE_AFTER, self.now()).await.unwrap();
        }
    }

    /// Makes a network known at a provider for a name, and for the account of that name.
    pub async fn make_network_known(&self, provider: &str, name: &str, network: &str) {
        let (provider, mac_key) = (provider.parse().unwrap(), self.master.mac_key(Purpose::LoginThrottle));
        let keys = [ThrottleSubject::TypedName(&provider, name), ThrottleSubject::Account(&provider, name)];
        let known = keys.map(|subject| ThrottleKeys::of(&mac_key, subject, network).known);
        self.broker.store().forgive(&[], &known, self.now()).await.unwrap();
    }

    pub fn database(&self) -> PathBuf {
        database(self.folder.path())
    }

    /// Verifies a token with the published keys, as an app does. Returns its header and its claims.
    pub async fn verify_token(&self, token: &str) -> (Value, Value) {
        use josekit::jws::ES256;
        let keys = self.browser().go("/.well-known/jwks.json").await;
        let keys = josekit::jwk::JwkSet::from_bytes(keys.body.as_bytes()).unwrap();
        let header = josekit::jwt::decode_header(token).unwrap();
        let kid = header.claim("kid").unwrap().as_str().unwrap().to_owned();
        let verifier = ES256.verifier_from_jwk(keys.get(&kid)[0]).unwrap();
        let (payload, header) = josekit::jwt::decode_with_verifier(token, &verifier).unwrap();
        (Value::Object(header.claims_set().clone()), Value::Object(payload.claims_set().clone()))
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn open(
    config: &Config<ProviderSettings>,
    database: &Path,
    master: &MasterKey,
    clock: &Clock,
) -> (Arc<Broker>, Router) {
    let store = Store::open(&Database::file(database.to_owned()), clock.clone()).await.unwrap();
    let longest = config.apps.iter().map(|app| app.lifetime).max().unwrap();
    let signer = Signer::open(&store, master, &Schedule::for_tokens_of(longest), clock.clone()).await.unwrap();
    let live = LiveConfig::new(config, &store, clock).unwrap();
    let broker = Arc::new(Broker::new(live, Arc::new(store), Arc::new(signer), master, clock.clone()));
    let web = Arc::new(Web::new(Arc::clone(&broker), WebSettings::new(config).unwrap()).unwrap());
    (broker, router(web))
}

fn serve(listener: tokio::net::TcpListener, router: Router) -> tokio::task::JoinHandle<()> {
    tokio::spawn(listen(listener, router, ConnectionLimits::for_open_files(1_024), std::future::pending()))
}

async fn count(State(requests): State<Arc<AtomicUsize>>, request: Request, next: Next) -> Response {
    requests.fetch_add(1, Ordering::SeqCst);
    next.run(request).await
}

fn database(folder: &Path) -> PathBuf {
    folder.join("vestibule.db")
}

fn read(config: &TestConfig, folder: &Path) -> Config<ProviderSettings> {
    let text = config.to_string();
    let (file, environment) = (folder.join("vestibule.toml"), Environment::default());
    let read = config::read_with_app_kinds(&text, &file, &environment, &config.kinds, &config.app_kinds);
    read.unwrap_or_else(|why| panic!("{why}\n{text}"))
}

fn operator() -> Actor {
    Actor::Operator { user: "root".to_owned() }
}
