//! Caches a provider's metadata and keys, and limits how often they are fetched again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwapOption;
use time::{Duration, OffsetDateTime};
use tokio::sync::Mutex;

use super::discovery::{Discovery, ProviderMetadata};
use super::refetch_limit::RefetchLimit;
use crate::base::clock::Clock;
use crate::base::ids::Issuer;
use crate::signin::identify::IssParameter;
use crate::upstream::http::Phase;
use crate::upstream::outage::{Outage, is_within};
use crate::upstream::{Availability, Due, FetchError, UpstreamError};

/// The age at which metadata is fetched again.
const MAX_AGE: Duration = Duration::hours(1);
/// A provider that did not answer is not asked again for this long. So waiting logins don't time out one by one.
const RETRY_PAUSE: Duration = Duration::seconds(5);
/// The least time between the last fetch and the next one for a provider in doubt. Strangers can cause doubts, so this
/// limits the fetches.
const MIN_DOUBT_INTERVAL: Duration = Duration::minutes(1);

/// The result of [`MetadataCache::fetch_new_keys`].
#[derive(Debug)]
pub enum NewKeys {
    Fetched(Arc<ProviderMetadata>),
    /// The limit is reached. From this time on, they may be fetched again.
    NotBefore(OffsetDateTime),
}

/// Caches the metadata of one provider, and whether it answers.
#[derive(Debug)]
pub struct MetadataCache {
    discovery: Discovery,
    issuer: Issuer,
    clock: Clock,
    current: ArcSwapOption<ProviderMetadata>,
    outage: ArcSwapOption<Outage>,
    /// Whether a login got no usable answer since the last fetch.
    in_doubt: AtomicBool,
    /// Held during a fetch, so that concurrent logins fetch once. Counts only the fetches that unknown `kid`s and wrong
    /// signatures cause: a key may change right after a regular fetch.
    fetching: Mutex<RefetchLimit>,
}

impl MetadataCache {
    pub fn new(discovery: Discovery, issuer: Issuer, clock: Clock) -> Self {
        Self {
            discovery,
            issuer,
            clock,
            current: ArcSwapOption::empty(),
            outage: ArcSwapOption::empty(),
            in_doubt: AtomicBool::new(false),
            fetching: Mutex::new(RefetchLimit::FULL),
        }
    }

    /// Whether the provider answers, as far as we know.
    pub fn availability(&self) -> Availability {
        match (self.outage.load_full(), self.current.load_full()) {
            (Some(outage), _) => Availability::Silent { since: outage.since, why: outage.fault.to_string() },
            (None, Some(_)) => Availability::Answering,
            (None, None) => Availability::Unknown,
        }
    }

    /// When the provider stopped answering, if it is silent.
    pub fn silent_since(&self) -> Option<OffsetDateTime> {
        self.outage.load_full().map(|outage| outage.since)
    }

    /// Whether the cached metadata promises `iss`. Without metadata, it is optional.
    pub fn iss_promise(&self) -> IssParameter {
        self.current.load_full().map_or(IssParameter::Optional, |current| current.endpoints.iss_promise)
    }

    /// The cached metadata. Fetches it if the cache is empty.
    ///
    /// # Errors
    /// When the cache is empty and the fetch fails.
    pub async fn current(&self) -> Result<Arc<ProviderMetadata>, Outage> {
        if let Some(current) = self.current.load_full() {
            return Ok(current);
        }
        let _fetching = self.fetching.lock().await;
        if let Some(current) = self.current.load_full() {
            return Ok(current);
        }
        match self.outage.load_full() {
            Some(outage) if is_within(RETRY_PAUSE, outage.last, self.clock.now()) => Err(Outage::clone(&outage)),
            _ => self.fetch().await,
        }
    }

    /// Whether to fetch again: the metadata is old or missing, or the provider is silent.
    pub fn due(&self) -> Option<Due> {
        let (outage, current) = (self.outage.load(), self.current.load());
        let now = self.clock.now();
        match (&*outage, &*current) {
            (Some(outage), _) => outage.due(now),
            (None, Some(current)) => {
                let fresh = if self.in_doubt.load(Ordering::Relaxed) { MIN_DOUBT_INTERVAL } else { MAX_AGE };
                (!is_within(fresh, current.fetched, now)).then_some(Due::Soon(current.fetched + fresh))
            }
            (None, None) => Some(Due::InTurn(OffsetDateTime::UNIX_EPOCH)),
        }
    }

    /// Fetches again if that is due. If it fails, the cached metadata stays.
    pub async fn refresh(&self) {
        let _fetching = self.fetching.lock().await;
        if self.due().is_some() && self.fetch().await.is_ok() {
            tracing::debug!(issuer = %self.issuer, "fetched the provider's metadata again");
        }
    }

    /// Records whether the provider answered a login.
    pub fn record(&self, error: Option<&UpstreamError>) {
        match error {
            None => self.mark_answering(),
            Some(UpstreamError::Unreachable { fault: fault @ FetchError::Http { error, .. }, .. }) => match error.phase
            {
                Phase::Resolve | Phase::Connect | Phase::Tls => self.mark_silent(fault),
                // The provider got the request, and one person's code may be why it closed the connection. So other
                // people must not read that it is silent. The next fetch of its metadata decides, which no code can
                // make hang. If only its token endpoint hangs, the page of choices does not show it: each person waits
                // ten seconds, and then reads that the provider is not answering.
                Phase::Read => self.in_doubt.store(true, Ordering::Relaxed),
                // Our own request can't be made, or may not go there.
                Phase::Address | Phase::Size => {}
            },
            // Its endpoints may have moved since we read its metadata.
            Some(UpstreamError::AnswerUnusable(_)) => self.in_doubt.store(true, Ordering::Relaxed),
            // It has answered. The cause may be this person's code.
            Some(_) => {}
        }
    }

    /// The page of choices shows it as silent, until [`Self::refresh`] gets an answer.
    fn mark_silent(&self, fault: &FetchError) {
        if self.outage.load().is_none() {
            let now = self.clock.now();
            self.outage.store(Some(Arc::new(Outage { since: now, last: now, fault: fault.clone() })));
        }
    }

    /// Ends the silence. If the metadata is old, only a successful [`Self::refresh`] ends it.
    fn mark_answering(&self) {
        self.in_doubt.store(false, Ordering::Relaxed);
        let fresh = |current: &ProviderMetadata| is_within(MAX_AGE, current.fetched, self.clock.now());
        if self.outage.load().is_some() && self.current.load().as_deref().is_some_and(fresh) {
            self.clear_outage();
        }
    }

    fn clear_outage(&self) {
        if let Some(outage) = self.outage.swap(None) {
            let what = match outage.fault {
                FetchError::Http { .. } => "the provider answers again",
                FetchError::Endpoint { .. } | FetchError::Document { .. } => {
                    "the provider's metadata can be used again"
                }
            };
            tracing::info!(issuer = %self.issuer, silent_since = %outage.since, "{what}");
        }
    }

    /// Fetches the keys again for an unknown `kid` or a wrong signature, unless that happened too often recently.
    ///
    /// # Errors
    /// When the provider does not answer.
    pub async fn fetch_new_keys(&self, seen: &ProviderMetadata) -> Result<NewKeys, FetchError> {
        let mut refetch_limit = self.fetching.lock().await;
        let now = self.clock.now();
        let Some(current) = self.current.load_full() else { return Ok(NewKeys::NotBefore(now)) };
        if current.keys_fetched > seen.keys_fetched {
            return Ok(NewKeys::Fetched(current));
        }
        if let Err(next_at) = refetch_limit.try_take(now) {
            return Ok(NewKeys::NotBefore(next_at));
        }
        let newer = match self.discovery.key_set(&current.endpoints.keys).await {
            Ok(keys) => ProviderMetadata {
                endpoints: current.endpoints.clone(),
                keys,
                relying_party: Arc::clone(&current.relying_party),
                fetched: current.fetched,
                keys_fetched: now,
            },
            // The key set may have moved.
            Err(FetchError::Document { .. }) => self.discovery.discover(now).await?,
            Err(fault) => return Err(fault),
        };
        let newer = Arc::new(newer);
        self.current.store(Some(Arc::clone(&newer)));
        Ok(NewKeys::Fetched(newer))
    }

    async fn fetch(&self) -> Result<Arc<ProviderMetadata>, Outage> {
        let now = self.clock.now();
        self.in_doubt.store(false, Ordering::Relaxed);
        match self.discovery.discover(now).await {
            Ok(current) => {
                self.clear_outage();
                let current = Arc::new(current);
                self.current.store(Some(Arc::clone(&current)));
                Ok(current)
            }
            Err(fault) => {
                let before = self.outage.load_full();
                let since = before.as_ref().map_or(now, |outage| outage.since.min(now));
                if before.is_none() {
                    tracing::warn!(issuer = %self.issuer, cause = "provider_unreachable", error = %fault,
                        "{}; it is tried again", outage_message(&fault));
                }
                // The time after the fetch, not before it: logins that came meanwhile must not wait as long again.
                let outage = Outage { since, last: self.clock.now(), fault };
                self.outage.store(Some(Arc::new(outage.clone())));
                Err(outage)
            }
        }
    }
}

fn outage_message(fault: &FetchError) -> &'static str {
    match fault {
        FetchError::Http { .. } => "the provider does not answer",
        FetchError::Endpoint { .. } | FetchError::Document { .. } => {
            "the provider answers, but its metadata or its keys can't be used"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FetchError, outage_message};

    #[test]
    fn a_provider_with_unusable_metadata_is_not_said_to_be_silent() {
        let (address, why) = ("https://uni.example/jwks".to_owned(), "`keys` is missing".to_owned());
        let message = outage_message(&FetchError::Document { what: "the key set", address, why });
        assert!(message.starts_with("the provider answers, but "), "{message}");
    }
}
