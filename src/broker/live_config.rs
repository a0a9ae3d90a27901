//! The configuration in use: apps by id, and providers with their login modules.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::base::clock::Clock;
use crate::base::ids::{AppId, ProviderId};
use crate::base::lookalike::Scripts;
use crate::base::urls::PublicUrl;
use crate::config::{self, AccessRequestSettings, Config, GaleneApi, RoleGrant};
use crate::signin::app::App;
use crate::signin::identify::password::OnRefused;
use crate::signin::identify::{ClaimPath, DroppedClaim, GroupMap, SettingsFingerprint};
use crate::signin::link::FirstLogin;
use crate::signin::remembered_profile::RememberedParts;
use crate::store::{Lifetimes, Store, SuspensionCache};
use crate::upstream::LoginModule;
use crate::upstream::http::Clients;
use crate::upstream::{self, OpenContext, OpenError, ProviderSettings};

/// The most providers that are refreshed at once, and the time between the starts of two refreshes. Thousands of
/// providers must not use up the connections that sign-ins need, nor the machine.
const MAX_CONCURRENT_REFRESHES: usize = 16;
const REFRESH_SPACING: Duration = Duration::from_millis(20);
/// After this time, a round starts no more refreshes. The remaining providers wait for the next round.
const REFRESH_TIMEOUT: Duration = Duration::from_secs(30);

/// A checked configuration.
#[derive(Debug)]
pub struct LiveConfig {
    pub public_url: PublicUrl,
    /// How long a session lives without use, and how long it lives at most.
    pub lifetimes: Lifetimes,
    /// How long ago a sign-in may be, for a change that needs a fresh one.
    pub fresh: Duration,
    /// How long the admin pages stay open without use.
    pub(super) admin_idle: Duration,
    /// The providers by which people open the admin pages. `None`: all.
    pub(super) admin_providers: Option<Vec<ProviderId>>,
    pub(super) role_grants: Vec<RoleGrant>,
    pub(super) usernames: Scripts,
    /// How long a row of the audit is kept.
    pub audit_retention: time::Duration,
    /// How long an access request is kept, and how many may wait.
    pub access_requests: AccessRequestSettings,
    /// Which parts of people's profiles the database keeps.
    pub remembered: RememberedParts,
    /// The Galène APIs of apps whose groups get our public keys.
    pub galene_apis: Vec<Arc<GaleneApi>>,
    apps: HashMap<AppId, Arc<App>>,
    /// In the order of the config.
    providers: Vec<Arc<Provider>>,
    by_id: HashMap<ProviderId, Arc<Provider>>,
}

/// A provider and its login module.
pub struct Provider {
    pub id: ProviderId,
    pub name: String,
    pub enabled: bool,
    /// The providers that an admin has suspended.
    pub suspensions: SuspensionCache,
    pub first_login: FirstLogin,
    /// The domains of the e-mail addresses for which this provider is authoritative (rule L3).
    pub authoritative_domains: Vec<String>,
    pub groups: GroupMap,
    /// A session ends if it was opened under other settings.
    pub settings: SettingsFingerprint,
    /// What gives the subjects, stored with each identity.
    pub subject_source: String,
    /// Our client id at the provider, stored with each identity from it.
    pub client_id: Option<String>,
    /// Whether its refusal of a password ends the sign-in, or the next provider is asked.
    pub on_refused: OnRefused,
    /// How many wrong passwords an account may have before it has to wait.
    pub free_tries: u32,
    pub module: Arc<dyn LoginModule>,
    /// What the kind itself read from the config.
    pub kind_settings: ProviderSettings,
    pub traffic: Traffic,
    /// The claims that the log has warned of.
    pub warned_claims: WarnedClaims,
}

/// How many people were sent to a provider and how many came back, since the last [`Self::count`].
#[derive(Debug, Default)]
pub struct Traffic {
    sent: AtomicU64,
    returned: AtomicU64,
}

impl Traffic {
    /// Counts a person who is sent to the provider.
    pub fn record_sent(&self) {
        self.sent.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a person who came back.
    pub fn record_returned(&self) {
        self.returned.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns both counts, sent and returned, and sets them to zero.
    pub fn take_counts(&self) -> (u64, u64) {
        (self.sent.swap(0, Ordering::Relaxed), self.returned.swap(0, Ordering::Relaxed))
    }
}

/// Claims that the log has warned of. Locked only if a claim can't be used.
#[derive(Debug, Default)]
pub struct WarnedClaims(Mutex<HashSet<DroppedClaim>>);

impl WarnedClaims {
    /// Remembers the claim. Returns whether the log has not warned of it yet.
    pub(super) fn insert(&self, dropped: &DroppedClaim) -> bool {
        let mut warned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        !warned.contains(dropped) && warned.insert(dropped.clone())
    }
}

/// Why a checked configuration can't be used.
#[derive(Debug, thiserror::Error)]
#[error("provider {provider}: {source}")]
pub struct LiveConfigError {
    provider: ProviderId,
    source: OpenError,
}

/// The settings that decide who signs in at a provider, and which claims and groups they get.
fn settings_fingerprint(provider: &config::Provider<ProviderSettings>) -> SettingsFingerprint {
    let groups: BTreeMap<_, _> = provider.groups.iter().map(|(theirs, ours)| (theirs, ours.as_str())).collect();
    let claim = &provider.groups_claim;
    SettingsFingerprint::of(&json!({
        "groups": groups, "groups_claim": claim, "kind": provider.kind, "own": provider.settings.identity_settings(),
    }))
}

impl LiveConfig {
    /// # Errors
    /// When a provider's certificates can't be used.
    pub fn new(config: &Config<ProviderSettings>, store: &Store, clock: &Clock) -> Result<Self, LiveConfigError> {
        let public_url = config.server.public_url.clone();
        let mut context =
            OpenContext { public_url: &public_url, clock, store: Some(store), clients: Clients::default() };
        let mut providers = Vec::with_capacity(config.providers.len());
        for provider in &config.providers {
            let module = upstream::open(provider, &mut context)
                .map_err(|source| LiveConfigError { provider: provider.id.clone(), source })?;
            providers.push(Arc::new(Provider {
                id: provider.id.clone(),
                name: provider.name.clone(),
                enabled: provider.enabled,
                suspensions: store.suspensions().clone(),
                first_login: provider.first_login.clone(),
                authoritative_domains: provider.authoritative_domains.clone(),
                groups: GroupMap {
                    claim: provider.groups_claim.clone().map(ClaimPath::from),
                    local: provider.groups.clone(),
                },
                settings: settings_fingerprint(provider),
                subject_source: provider.settings.subject_source(),
                client_id: provider.settings.client_id().map(str::to_owned),
                on_refused: provider.on_refused,
                free_tries: provider.free_tries,
                module,
                kind_settings: Arc::clone(&provider.settings),
                traffic: Traffic::default(),
                warned_claims: WarnedClaims::default(),
            }));
        }
        let by_id = providers.iter().map(|provider| (provider.id.clone(), Arc::clone(provider))).collect();
        let apps = config.apps.iter().map(|app| (app.id.clone(), Arc::clone(app))).collect();
        Ok(Self {
            public_url,
            // If the time is too long for `time::Duration`, rows are kept for ever.
            audit_retention: config.audit.keep.try_into().unwrap_or(time::Duration::MAX),
            fresh: config.admin.fresh,
            admin_idle: config.admin.idle,
            admin_providers: config.admin.providers.clone(),
            role_grants: config.admin.grants.clone(),
            usernames: config.accounts.usernames,
            access_requests: config.access_requests,
            remembered: config.admin.remembered,
            lifetimes: Lifetimes { idle: config.session.idle, absolute: config.session.absolute },
            galene_apis: config.galene_apis.clone(),
            apps,
            providers,
            by_id,
        })
    }

    /// The same configuration, with another module for the provider `id`.
    #[cfg(test)]
    pub(crate) fn with_module(mut self, id: &ProviderId, module: &Arc<dyn LoginModule>) -> Self {
        self.by_id.clear();
        for provider in &mut self.providers {
            let provider = Arc::get_mut(provider).unwrap();
            if provider.id == *id {
                provider.module = Arc::clone(module);
            }
        }
        self.by_id = self.providers.iter().map(|provider| (provider.id.clone(), Arc::clone(provider))).collect();
        self
    }

    #[must_use]
    pub fn app(&self, id: &AppId) -> Option<&Arc<App>> {
        self.apps.get(id)
    }

    #[must_use]
    pub fn provider(&self, id: &ProviderId) -> Option<&Arc<Provider>> {
        self.by_id.get(id)
    }

    pub(super) fn apps(&self) -> impl Iterator<Item = &Arc<App>> {
        self.apps.values()
    }

    /// In the order of the config. They may be off.
    pub fn providers(&self) -> impl Iterator<Item = &Arc<Provider>> {
        self.providers.iter()
    }

    /// The provider that checks local passwords, if there is one and it is on.
    #[must_use]
    pub fn local_provider(&self) -> Option<&Arc<Provider>> {
        self.providers.iter().find(|provider| provider.is_on() && provider.module.local_passwords().is_some())
    }

    /// The providers of an app, in the order it offers them. They may be off.
    pub(super) fn listed(&self, app: &App) -> Vec<&Arc<Provider>> {
        match &app.providers {
            Some(ids) => ids.iter().filter_map(|id| self.provider(id)).collect(),
            None => self.providers.iter().collect(),
        }
    }

    /// Those that are on.
    #[must_use]
    pub fn offered(&self, app: &App) -> Vec<&Arc<Provider>> {
        self.listed(app).into_iter().filter(|provider| provider.is_on()).collect()
    }

    /// Refreshes what enabled providers publish, if that is due: the most urgent first, few at once, and for a limited
    /// time. Providers that don't answer must not delay those that recovered. The rest waits for the next call.
    pub async fn refresh(&self) {
        let due = |provider: &Arc<Provider>| Some((provider.module.due()?, Arc::clone(&provider.module)));
        let enabled = self.providers.iter().filter(|provider| provider.enabled);
        let mut waiting: Vec<_> = enabled.filter_map(due).collect();
        waiting.sort_by_key(|(due, _)| *due);
        let mut refreshes = JoinSet::new();
        let mut pace = tokio::time::interval(REFRESH_SPACING);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let all = async {
            for (_, module) in waiting {
                pace.tick().await;
                if refreshes.len() >= MAX_CONCURRENT_REFRESHES {
                    refreshes.join_next().await;
                }
                refreshes.spawn(async move { module.refresh().await });
            }
        };
        let _started = tokio::time::timeout(REFRESH_TIMEOUT, all).await;
        while refreshes.join_next().await.is_some() {}
    }

    /// Warns of each provider to which people were sent since the last call, but from which nobody came back. Our
    /// redirect address is probably not registered there: then the provider shows its own error page.
    pub fn warn_of_missing_callbacks(&self, over: Duration) {
        for provider in &self.providers {
            if let (sent @ 1.., 0) = provider.traffic.take_counts() {
                let register = self.public_url.callback(&provider.id);
                tracing::warn!(
                    cause = "no_callbacks", provider = %provider.id, sent, minutes = over.as_secs() / 60, register,
                    "nobody came back from this provider; is the address registered there?"
                );
            }
        }
    }
}
