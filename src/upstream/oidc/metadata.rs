//! Fetches a provider's metadata and keys, keeps them, and bounds how often they are fetched again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwapOption;
use time::{Duration, OffsetDateTime};
use tokio::sync::Mutex;
use url::Url;

use super::document::Endpoints;
use super::fetch::{KEY_SET, METADATA, document, said_type, shown};
use super::key_set::{self, KeySet};
use super::refetches::Refetches;
use super::settings::OidcSettings;
use super::tools::Tools;
use crate::base::clock::Clock;
use crate::signin::identify::Promise;
use crate::upstream::http::{Http, HttpError, Phase};
use crate::upstream::{Due, Fault, Standing, UpstreamError};

/// How old metadata may grow before it is fetched again.
const FRESH: Duration = Duration::hours(1);
/// For how long a provider that did not answer is not asked again. So a crowd does not wait for it one by one.
const NOT_ASKED_AGAIN: Duration = Duration::seconds(5);
/// The longest time between two tries of a silent provider.
const MOST_BETWEEN_TRIES: Duration = Duration::minutes(5);
/// How soon after the last fetch a provider in doubt is asked again. Strangers can cause doubts, and this bounds what
/// they cost.
const DOUBTS_APART: Duration = Duration::minutes(1);

/// What is known of a provider.
#[derive(Debug)]
pub struct Known {
    pub endpoints: Endpoints,
    pub keys: KeySet,
    /// Made of these endpoints.
    pub tools: Arc<Tools>,
    fetched: OffsetDateTime,
    pub keys_fetched: OffsetDateTime,
}

/// Keeps what is known of one provider.
#[derive(Debug)]
pub struct Metadata {
    settings: Arc<OidcSettings>,
    callback: String,
    http: Http,
    clock: Clock,
    known: ArcSwapOption<Known>,
    trouble: ArcSwapOption<Trouble>,
    /// A login got no answer since the last fetch.
    in_doubt: AtomicBool,
    /// Held during a fetch, so that a crowd fetches once. Counts only the fetches that unknown `kid`s and wrong
    /// signatures cause: a key may change right after a regular fetch.
    fetching: Mutex<Refetches>,
}

#[derive(Debug, Clone)]
struct Trouble {
    since: OffsetDateTime,
    last: OffsetDateTime,
    fault: Fault,
}

impl Metadata {
    pub fn new(settings: Arc<OidcSettings>, callback: String, http: Http, clock: Clock) -> Self {
        Self {
            settings,
            callback,
            http,
            clock,
            known: ArcSwapOption::empty(),
            trouble: ArcSwapOption::empty(),
            in_doubt: AtomicBool::new(false),
            fetching: Mutex::new(Refetches::FULL),
        }
    }

    /// Whether the provider answers, as far as we know.
    pub fn standing(&self) -> Standing {
        match (self.trouble.load_full(), self.known.load_full()) {
            (Some(trouble), _) => Standing::Silent { since: trouble.since, why: trouble.fault.to_string() },
            (None, Some(_)) => Standing::Answering,
            (None, None) => Standing::Unknown,
        }
    }

    /// When the provider stopped answering, if it does not.
    pub fn silent_since(&self) -> Option<OffsetDateTime> {
        self.trouble.load_full().map(|trouble| trouble.since)
    }

    /// What the metadata promises of `iss`, as far as it is known.
    pub fn promise(&self) -> Promise {
        self.known.load_full().map_or(Promise::None, |known| known.endpoints.promise)
    }

    /// What is known. If nothing is, fetches it.
    ///
    /// # Errors
    /// When nothing is known, and the fetch fails.
    pub async fn known(&self) -> Result<Arc<Known>, Fault> {
        if let Some(known) = self.known.load_full() {
            return Ok(known);
        }
        let _fetching = self.fetching.lock().await;
        if let Some(known) = self.known.load_full() {
            return Ok(known);
        }
        match self.trouble.load_full() {
            Some(trouble) if is_within(NOT_ASKED_AGAIN, trouble.last, self.clock.now()) => Err(trouble.fault.clone()),
            _ => self.fetch().await,
        }
    }

    /// Whether to fetch again: what is known is old, nothing is known, or the provider is silent. A silent provider is
    /// asked again after as long as it had been silent when it was last asked: first at once, then less and less often.
    pub fn due(&self) -> Option<Due> {
        let (trouble, known) = (self.trouble.load(), self.known.load());
        let now = self.clock.now();
        match (&*trouble, &*known) {
            (Some(trouble), _) => {
                let silent = trouble.last - trouble.since;
                let at = trouble.last + silent.min(MOST_BETWEEN_TRIES);
                (!is_within(at - trouble.last, trouble.last, now)).then_some(if silent < MOST_BETWEEN_TRIES {
                    Due::Soon(at)
                } else {
                    Due::InTurn(at)
                })
            }
            (None, Some(known)) => {
                let fresh = if self.in_doubt.load(Ordering::Relaxed) { DOUBTS_APART } else { FRESH };
                (!is_within(fresh, known.fetched, now)).then_some(Due::Soon(known.fetched + fresh))
            }
            (None, None) => Some(Due::InTurn(OffsetDateTime::UNIX_EPOCH)),
        }
    }

    /// Fetches again if that is due. If it fails, what was known stays.
    pub async fn refresh(&self) {
        let _fetching = self.fetching.lock().await;
        if self.due().is_some() && self.fetch().await.is_ok() {
            tracing::debug!(issuer = %self.settings.issuer, "looked at the provider's metadata");
        }
    }

    /// Learns from a login whether the provider answers.
    pub fn learn(&self, error: Option<&UpstreamError>) {
        match error {
            None => self.answered(),
            Some(UpstreamError::Unreachable { fault: fault @ Fault::Http(why), .. }) => match why.phase {
                Phase::Resolve | Phase::Connect | Phase::Tls => self.went_silent(fault),
                // The provider got the request. One person's code may be why it hung up, so other people must not read
                // that it is silent. We soon fetch its metadata, which no code can make hang, and that decides. If its
                // token endpoint alone hangs, the page of choices does not say so: each person waits ten seconds, and
                // then reads that the provider is not answering.
                Phase::Read => self.in_doubt.store(true, Ordering::Relaxed),
                // Our own request can't be made, or may not go there.
                Phase::Address | Phase::Size => {}
            },
            // Its endpoints may have moved since we read its metadata.
            Some(UpstreamError::AnswerUnusable(_)) => self.in_doubt.store(true, Ordering::Relaxed),
            // It has answered. The cause may lie in what this person brought.
            Some(_) => {}
        }
    }

    /// Its button says that it is silent, until [`Self::refresh`] gets an answer.
    fn went_silent(&self, fault: &Fault) {
        if self.trouble.load().is_none() {
            let now = self.clock.now();
            self.trouble.store(Some(Arc::new(Trouble { since: now, last: now, fault: fault.clone() })));
        }
    }

    /// It is no longer silent. If its metadata is old, only [`Self::refresh`] can say so.
    fn answered(&self) {
        self.in_doubt.store(false, Ordering::Relaxed);
        let fresh = |known: &Known| is_within(FRESH, known.fetched, self.clock.now());
        if self.trouble.load().is_some() && self.known.load().as_deref().is_some_and(fresh) {
            self.trouble_is_over();
        }
    }

    fn trouble_is_over(&self) {
        if let Some(trouble) = self.trouble.swap(None) {
            tracing::info!(issuer = %self.settings.issuer, silent_since = %trouble.since, "the provider answers again");
        }
    }

    /// Fetches the keys again for an unknown `kid` or a wrong signature. `None` if that happened too often lately.
    ///
    /// # Errors
    /// When the provider does not answer.
    pub async fn fetch_new_keys(&self, seen: &Known) -> Result<Option<Arc<Known>>, Fault> {
        let mut refetches = self.fetching.lock().await;
        let Some(known) = self.known.load_full() else { return Ok(None) };
        if known.keys_fetched > seen.keys_fetched {
            return Ok(Some(known));
        }
        let now = self.clock.now();
        if !refetches.take(now) {
            return Ok(None);
        }
        let newer = match self.key_set(&known.endpoints.keys).await {
            Ok(keys) => Known {
                endpoints: known.endpoints.clone(),
                keys,
                tools: Arc::clone(&known.tools),
                fetched: known.fetched,
                keys_fetched: now,
            },
            // The key set may have moved.
            Err(Fault::Document { .. }) => self.discover(now).await?,
            Err(fault) => return Err(fault),
        };
        let newer = Arc::new(newer);
        self.known.store(Some(Arc::clone(&newer)));
        Ok(Some(newer))
    }

    async fn fetch(&self) -> Result<Arc<Known>, Fault> {
        let now = self.clock.now();
        self.in_doubt.store(false, Ordering::Relaxed);
        match self.discover(now).await {
            Ok(known) => {
                self.trouble_is_over();
                let known = Arc::new(known);
                self.known.store(Some(Arc::clone(&known)));
                Ok(known)
            }
            Err(fault) => {
                let before = self.trouble.load_full();
                let since = before.as_ref().map_or(now, |trouble| trouble.since.min(now));
                if before.is_none() {
                    tracing::warn!(issuer = %self.settings.issuer, cause = "provider_unreachable", error = %fault,
                        "the provider does not answer; it is tried again");
                }
                // The time of now, not of the question: those who came while it hung must not wait as long again.
                let last = self.clock.now();
                self.trouble.store(Some(Arc::new(Trouble { since, last, fault: fault.clone() })));
                Err(fault)
            }
        }
    }

    /// OpenID Connect Discovery §4.
    async fn discover(&self, now: OffsetDateTime) -> Result<Known, Fault> {
        let address = self.address();
        let broken = |why: String| Fault::Document { what: METADATA, address: address.clone(), why };
        let url = Url::parse(&address).map_err(|why| broken(why.to_string()))?;
        let document = document(&self.http, METADATA, &url).await?;
        let endpoints = Endpoints::read(document.body(), &self.settings.issuer, self.settings.userinfo)
            .map_err(|why| broken(format!("{why}{}", said_type(&document))))?;
        for address in endpoints.all() {
            self.http.may_reach(address)?;
        }
        let tools = Tools::new(&self.settings, &endpoints, &self.callback, self.clock.clone());
        let tools = Arc::new(tools.map_err(|why| broken(why.to_string()))?);
        let keys = self.key_set(&endpoints.keys).await?;
        Ok(Known { endpoints, keys, tools, fetched: now, keys_fetched: now })
    }

    /// The address of the metadata (Discovery §4).
    pub fn address(&self) -> String {
        format!("{}/.well-known/openid-configuration", self.settings.issuer.as_str().trim_end_matches('/'))
    }

    async fn key_set(&self, url: &Url) -> Result<KeySet, Fault> {
        let document = document(&self.http, KEY_SET, url).await?;
        key_set::read(document.body()).map_err(|why| Fault::Document {
            what: KEY_SET,
            address: shown(url),
            why: format!("{why}{}", said_type(&document)),
        })
    }
}

/// Whether less than `span` has passed. If the clock was set back, `since` may lie ahead, which counts as passed.
fn is_within(span: Duration, since: OffsetDateTime, now: OffsetDateTime) -> bool {
    (Duration::ZERO..span).contains(&(now - since))
}

impl From<HttpError> for UpstreamError {
    fn from(error: HttpError) -> Self {
        Self::Unreachable { fault: Fault::Http(error), since: None }
    }
}
