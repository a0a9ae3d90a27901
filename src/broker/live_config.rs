//! The configuration, put to work: apps by id, providers with what asks them.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::base::clock::Clock;
use crate::base::ids::{AppId, ProviderId};
use crate::base::urls::PublicUrl;
use crate::config::{Config, GaleneApi};
use crate::signin::app::App;
use crate::signin::identify::password::OnRefused;
use crate::signin::identify::{DroppedClaim, DroppedPart, GroupMap, MappedProfile};
use crate::signin::link::FirstLogin;
use crate::store::{Lifetimes, Store};
use crate::upstream::http::Clients;
use crate::upstream::{self, OpenContext, OpenError, ProviderSettings};
use crate::upstream::{Challenge, LoginModule};

/// How many providers are asked at once, unless people go there, and how long after one another: thousands of them use
/// up neither the connections that people need nor the machine.
const MAX_CONCURRENT_REFRESHES: usize = 16;
const REFRESH_SPACING: Duration = Duration::from_millis(20);
/// How long a round of asking takes up further providers. Who has just come back waits for the next one.
const REFRESH_TIMEOUT: Duration = Duration::from_secs(30);

/// One configuration, whole and checked.
#[derive(Debug)]
pub struct LiveConfig {
    pub public_url: PublicUrl,
    /// How long a session lives untouched, and at all.
    pub lifetimes: Lifetimes,
    /// How long a row of the audit is kept.
    pub audit_retention: time::Duration,
    /// Of apps whose groups are given our keys.
    pub galene_apis: Vec<Arc<GaleneApi>>,
    apps: HashMap<AppId, Arc<App>>,
    /// In the order of the config.
    providers: Vec<Arc<Provider>>,
    by_id: HashMap<ProviderId, Arc<Provider>>,
}

/// A provider, and what asks it.
pub struct Provider {
    pub id: ProviderId,
    pub name: String,
    pub enabled: bool,
    pub first_login: FirstLogin,
    pub groups: GroupMap,
    /// The client we are at the provider, kept with each identity it gives.
    pub client_id: Option<String>,
    /// Whether its no to a password is the last word.
    pub on_refused: OnRefused,
    /// How many wrong passwords of one account are free of a wait.
    pub free_tries: u32,
    pub module: Arc<dyn LoginModule>,
    pub traffic: Traffic,
    /// What the log was told of its claims.
    pub warned_claims: WarnedClaims,
}

impl Provider {
    /// Whether a name and a password are asked for, rather than people sent elsewhere.
    #[must_use]
    pub fn checks_passwords(&self) -> bool {
        matches!(self.module.challenge(), Challenge::Password(_))
    }

    /// Tells the log which of its claims can't be used: each once, until the config is read again.
    pub fn warn_of_unusable_claims(&self, described: &MappedProfile) {
        for left in described.dropped.iter().filter(|left| self.warned_claims.is_new(left)) {
            tracing::warn!(provider = %self.id, cause = "claim_ignored", "{left}; sign-ins go on");
        }
        // A module that checks passwords makes the claim itself, and leaves it out for people without a group.
        if let Some(claim) = &described.without_groups
            && !self.checks_passwords()
            && self.warned_claims.is_new(&DroppedClaim {
                claim: claim.clone(),
                why: "did not come",
                part: DroppedPart::Claim,
            })
        {
            tracing::warn!(
                provider = %self.id, cause = "groups_missing",
                "the claim {claim:?} of groups_claim did not come, so nobody gets a group by it; see `scopes`, \
                 `userinfo` and what the provider sends"
            );
        }
    }
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider").field("id", &self.id).field("enabled", &self.enabled).finish_non_exhaustive()
    }
}

/// How many were sent to a provider and how many came back, since last counted.
#[derive(Debug, Default)]
pub struct Traffic {
    sent: AtomicU64,
    returned: AtomicU64,
}

impl Traffic {
    pub fn sent(&self) {
        self.sent.fetch_add(1, Ordering::Relaxed);
    }

    pub fn returned(&self) {
        self.returned.fetch_add(1, Ordering::Relaxed);
    }

    /// Both counts, which start anew.
    pub fn count(&self) -> (u64, u64) {
        (self.sent.swap(0, Ordering::Relaxed), self.returned.swap(0, Ordering::Relaxed))
    }
}

/// Claims that the log was told of. Locked only where something is odd about one.
#[derive(Debug, Default)]
pub struct WarnedClaims(Mutex<HashSet<DroppedClaim>>);

impl WarnedClaims {
    fn is_new(&self, left: &DroppedClaim) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(left.clone())
    }
}

/// Why a checked configuration cannot be put to work.
#[derive(Debug, thiserror::Error)]
#[error("provider {provider}: {source}")]
pub struct LiveConfigError {
    provider: ProviderId,
    source: OpenError,
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
                first_login: provider.first_login.clone(),
                groups: GroupMap { claim: provider.groups_claim.clone(), local: provider.groups.clone() },
                client_id: provider.settings.client_id().map(str::to_owned),
                on_refused: provider.on_refused,
                free_tries: provider.free_tries,
                module,
                traffic: Traffic::default(),
                warned_claims: WarnedClaims::default(),
            }));
        }
        let by_id = providers.iter().map(|provider| (provider.id.clone(), Arc::clone(provider))).collect();
        let apps = config.apps.iter().map(|app| (app.id.clone(), Arc::clone(app))).collect();
        Ok(Self {
            public_url,
            // Longer than any calendar: for ever.
            audit_retention: config.audit.keep.try_into().unwrap_or(time::Duration::MAX),
            lifetimes: Lifetimes { idle: config.session.idle, absolute: config.session.absolute },
            galene_apis: config.galene_apis.clone(),
            apps,
            providers,
            by_id,
        })
    }

    /// The same site, with another module for the provider `id`.
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

    pub(super) fn providers(&self) -> impl Iterator<Item = &Arc<Provider>> {
        self.providers.iter()
    }

    /// The provider that asks for the passwords of our own accounts, where there is one and it is switched on.
    #[must_use]
    pub fn local_provider(&self) -> Option<&Arc<Provider>> {
        self.providers.iter().find(|provider| provider.enabled && provider.module.local_passwords().is_some())
    }

    /// The enabled providers of an app, in the order it offers them.
    #[must_use]
    pub fn offered(&self, app: &App) -> Vec<&Arc<Provider>> {
        let listed: Vec<_> = match &app.providers {
            Some(ids) => ids.iter().filter_map(|id| self.provider(id)).collect(),
            None => self.providers.iter().collect(),
        };
        listed.into_iter().filter(|provider| provider.enabled).collect()
    }

    /// Looks again at what enabled providers publish, where that is due: the most urgent first, few at once, and not
    /// for long, so that of a crowd which is silent nobody keeps those waiting who are back. The rest is for the next
    /// time.
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
        let _taken_up = tokio::time::timeout(REFRESH_TIMEOUT, all).await;
        while refreshes.join_next().await.is_some() {}
    }

    /// Providers to which people were sent and from which nobody returned, since last asked: a sign that our redirect
    /// address is not registered there, since then the provider shows its own page and nobody comes back.
    pub fn warn_of_missing_callbacks(&self, over: Duration) {
        for provider in &self.providers {
            if let (sent @ 1.., 0) = provider.traffic.count() {
                let register = self.public_url.callback(&provider.id);
                tracing::warn!(
                    cause = "no_callbacks", provider = %provider.id, sent, minutes = over.as_secs() / 60, register,
                    "nobody came back from this provider; is the address registered there?"
                );
            }
        }
    }
}
