//! The running service: requests, housekeeping, a new config, and the shutdown.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;

use super::file_limit;
use super::log::log_finding;
use super::open::{self, ServerContext};
use super::push::keep_pushing;
use super::start_settings::StartSettings;
use super::unreachable_identities;
use crate::base::clock::Clock;
use crate::broker::{Broker, LiveConfig};
use crate::config::Config;
use crate::passwords::LocalPasswords;
use crate::signer::SignerError;
use crate::store::ServerLock;
use crate::upstream::ProviderSettings;
use crate::upstream::password::report_unusable_passwords;
use crate::web::{ConnectionLimits, Web, WebSettings, listen, router};

type CommandError = Box<dyn std::error::Error>;

/// Everything that serves one configuration.
pub struct Service {
    web: Arc<Web>,
    clock: Clock,
    start: StartSettings,
    /// Keeps other servers from using the same SQLite file.
    _server_lock: ServerLock,
}

/// How often to look for providers to ask again: those that did not answer, and those whose metadata is old.
const PROVIDER_REFRESH_INTERVAL: Duration = Duration::from_secs(10);
/// How often signing keys are read again and expired rows are removed. Other instances learn of a key rotation within
/// this time.
const MAINTENANCE_INTERVAL: Duration = Duration::from_secs(30);
/// How often SQLite's log is copied into its file.
const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(1);
/// How long other writers have the database between two steps that write missing search terms.
const SEARCH_TERMS_PAUSE: Duration = Duration::from_millis(20);
/// How often to look for accounts that an older version has made, which writes no search terms.
const SEARCH_TERMS_INTERVAL: Duration = Duration::from_secs(30);
/// How long the shutdown waits for a round of housekeeping.
const LAST_MAINTENANCE_TIMEOUT: Duration = Duration::from_secs(5);
/// If no browser returns from a provider for this long, a warning is logged.
const ONE_WAY_TRAFFIC_WINDOW: Duration = Duration::from_hours(1);

impl Service {
    /// Opens everything that the config names. Sends no request to a provider, so the start succeeds if one is down.
    ///
    /// # Errors
    /// Names what can't be opened.
    pub async fn open(config: Config<ProviderSettings>, clock: Clock) -> Result<Self, CommandError> {
        let mut server_lock = ServerLock::acquire(&open::database(&config.database)).await?;
        let ServerContext { store, signer, master } = open::server_context(&config, &clock).await?;
        server_lock.hold(&store).await?;
        let live = LiveConfig::new(&config, &store, &clock)?;
        let broker = Arc::new(Broker::new(live, store, signer, &master, clock.clone()));
        let web = Arc::new(Web::new(broker, WebSettings::new(&config)?)?);
        let service = Self { web, clock, start: StartSettings::of(&config), _server_lock: server_lock };
        service.warn_of_unreachable_accounts(config);
        Ok(service)
    }

    /// Answers on `listener` until `end` is ready, and then finishes the requests that have begun.
    pub fn serve<E: Future<Output = ()>>(&self, listener: TcpListener, end: E) -> impl Future<Output = ()> + use<E> {
        serve(Arc::clone(&self.web), self.clock.clone(), listener, end)
    }

    /// The local password store, if an enabled provider uses it.
    #[must_use]
    pub fn local_passwords(&self) -> Option<LocalPasswords> {
        self.web.broker.config().local_provider().and_then(|provider| provider.module.local_passwords().cloned())
    }

    /// Replaces the config. Logs each setting that differs from the running one and takes effect only at the next
    /// start.
    ///
    /// # Errors
    /// When the new config can't be used. Then the old one stays.
    pub fn reconfigure(&self, config: Config<ProviderSettings>) -> Result<(), CommandError> {
        let (live, settings) =
            (LiveConfig::new(&config, self.web.broker.store(), &self.clock)?, WebSettings::new(&config)?);
        for what in self.start.changed_in(&config) {
            tracing::warn!(what, "this changed in the config, and takes effect at the next start");
        }
        self.web.broker.reconfigure(live);
        self.web.settings.store(Arc::new(settings));
        self.warn_of_unreachable_accounts(config);
        let web = Arc::clone(&self.web);
        tokio::spawn(async move { refresh_keys(&web).await });
        Ok(())
    }

    /// Warns of accounts that no sign-in leads to with this config. Runs in the background: counting may take a while.
    fn warn_of_unreachable_accounts(&self, config: Config<ProviderSettings>) {
        let (store, passwords) = (self.web.broker.store().clone(), self.local_passwords());
        tokio::spawn(async move {
            unreachable_identities::log_all(&config, &store).await;
            if let Some(passwords) = passwords {
                report_unusable_passwords(&passwords, &mut log_finding).await;
            }
        });
    }
}

async fn serve(web: Arc<Web>, clock: Clock, listener: TcpListener, end: impl Future<Output = ()>) {
    let (stop, stopped) = watch::channel(());
    let pushing = tokio::spawn(keep_pushing(Arc::clone(&web.broker), clock.clone()));
    let mut maintenance = tokio::spawn(maintenance(Arc::clone(&web), clock, stopped));
    let providers = tokio::spawn(refresh_providers(Arc::clone(&web)));
    let checkpoints = tokio::spawn(run_checkpoints(Arc::clone(&web)));
    let search_terms = tokio::spawn(write_missing_search_terms(Arc::clone(&web)));
    let broker = Arc::clone(&web.broker);
    listen(listener, router(web), ConnectionLimits::for_open_files(file_limit::raise()), end).await;
    providers.abort();
    checkpoints.abort();
    search_terms.abort();
    pushing.abort();
    drop(stop);
    if tokio::time::timeout(LAST_MAINTENANCE_TIMEOUT, &mut maintenance).await.is_err() {
        maintenance.abort();
    }
    if let Err(why) = broker.write_coalesced_audit().await {
        tracing::error!(error = %why, "counted refusals could not be written to the audit log");
    }
    broker.store().close().await;
}

async fn refresh_providers(web: Arc<Web>) {
    loop {
        let live = web.broker.config();
        live.refresh().await;
        tokio::time::sleep(PROVIDER_REFRESH_INTERVAL).await;
    }
}

async fn run_checkpoints(web: Arc<Web>) {
    let mut is_logged = false;
    loop {
        tokio::time::sleep(CHECKPOINT_INTERVAL).await;
        match web.broker.store().checkpoint().await {
            Ok(()) => is_logged = false,
            // Logged once, until it succeeds again.
            Err(why) if !is_logged => {
                tracing::warn!(error = %why, "the database's log could not be copied into its file");
                is_logged = true;
            }
            Err(_) => {}
        }
    }
}

/// Gives accounts of older versions their search terms, in small steps. If it breaks off, the next start goes on.
async fn write_missing_search_terms(web: Arc<Web>) {
    let mut after = String::new();
    loop {
        after = match web.broker.store().write_missing_search_terms(&after).await {
            Ok(Some(last)) => {
                tokio::time::sleep(SEARCH_TERMS_PAUSE).await;
                last.as_str().to_owned()
            }
            // Once more from the beginning: some accounts may have been left out.
            Ok(None) if !after.is_empty() => String::new(),
            done => {
                if let Err(why) = done {
                    tracing::warn!(error = %why, "the search terms of older accounts could not be written");
                }
                tokio::time::sleep(SEARCH_TERMS_INTERVAL).await;
                String::new()
            }
        };
    }
}

/// Reads the signing keys again. Removed keys are dropped even if the new ones can't be used.
async fn refresh_keys(web: &Web) {
    match web.broker.signer().refresh().await {
        Ok(()) => {}
        Err(why @ SignerError::Store(_)) => tracing::warn!(error = %why, "the signing keys could not be read"),
        Err(why) => tracing::error!(cause = "signer_unavailable", error = %why, "a signing key can't be used"),
    }
}

async fn maintenance(web: Arc<Web>, clock: Clock, mut stopped: watch::Receiver<()>) {
    let mut traffic_checked_at = clock.now();
    // Ends between two rounds: otherwise the shutdown would write some counts a second time.
    while tokio::time::timeout(MAINTENANCE_INTERVAL, stopped.changed()).await.is_err() {
        let now = clock.now();
        refresh_keys(&web).await;
        web.broker.run_maintenance().await;
        if now - traffic_checked_at >= ONE_WAY_TRAFFIC_WINDOW {
            web.broker.config().warn_of_missing_callbacks(ONE_WAY_TRAFFIC_WINDOW);
            traffic_checked_at = now;
        }
    }
}
