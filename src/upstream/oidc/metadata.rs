//! What a provider publishes of itself: discovery and keys, kept, looked at again, and bounded in how often.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwapOption;
use time::{Duration, OffsetDateTime};
use tokio::sync::Mutex;
use url::Url;

use super::document::Endpoints;
use super::fetch::{KEY_SET, METADATA, document, said_type, shown};
use super::key_set::{self, KeySet};
use super::refetches::Refetches;
use super::settings::UserInfo;
use super::tools::Tools;
use crate::base::clock::Clock;
use crate::base::ids::Issuer;
use crate::signin::identify::Promise;
use crate::upstream::http::{Http, HttpError};
use crate::upstream::{Due, Fault, Standing};

/// How old what we know may grow before it is looked at again.
const FRESH: Duration = Duration::hours(1);
/// How long a provider that did not answer is left alone, so that a crowd does not wait for it one by one.
const LEAVE_ALONE: Duration = Duration::seconds(5);
/// The longest that a silent provider which nobody goes to waits until it is tried again.
const TRIED_AGAIN: Duration = Duration::minutes(5);
/// How soon a provider in doubt is looked at after the last look. Strangers may cause doubts, so this bounds what they
/// cost.
const DOUBTS_APART: Duration = Duration::minutes(1);
/// What is known of a provider.
#[derive(Debug)]
pub struct Known {
    pub endpoints: Endpoints,
    pub keys: KeySet,
    /// Made of these endpoints and keys when first needed.
    pub tools: OnceLock<Tools>,
    fetched: OffsetDateTime,
    pub keys_fetched: OffsetDateTime,
}

/// Keeps what is known of one provider.
#[derive(Debug)]
pub struct Metadata {
    issuer: Issuer,
    userinfo: UserInfo,
    http: Http,
    clock: Clock,
    known: ArcSwapOption<Known>,
    trouble: ArcSwapOption<Trouble>,
    /// A login got no answer, since the last look.
    in_doubt: AtomicBool,
    /// Held while asking, so that a crowd asks once. Counts the fetches that unknown `kid`s and wrong signatures
    /// caused: the look at a start or after an hour does not count, and a key may change right after.
    asking: Mutex<Refetches>,
}

#[derive(Debug, Clone)]
struct Trouble {
    since: OffsetDateTime,
    last: OffsetDateTime,
    fault: Fault,
}

impl Metadata {
    pub fn new(issuer: Issuer, userinfo: UserInfo, http: Http, clock: Clock) -> Self {
        Self {
            issuer,
            userinfo,
            http,
            clock,
            known: ArcSwapOption::empty(),
            trouble: ArcSwapOption::empty(),
            in_doubt: AtomicBool::new(false),
            asking: Mutex::new(Refetches::FULL),
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

    /// What is known; asks where nothing is.
    ///
    /// # Errors
    /// When nothing is known and nothing can be learnt.
    pub async fn known(&self) -> Result<Arc<Known>, Fault> {
        if let Some(known) = self.known.load_full() {
            return Ok(known);
        }
        let _asking = self.asking.lock().await;
        if let Some(known) = self.known.load_full() {
            return Ok(known);
        }
        match self.trouble.load_full() {
            Some(trouble) if is_within(LEAVE_ALONE, trouble.last, self.clock.now()) => Err(trouble.fault.clone()),
            _ => self.ask().await,
        }
    }

    /// Whether to look again: when what is known has grown old or was never learnt, or when the provider is silent.
    /// Such a one is left alone for as long as it was silent when last asked: tried at once, and less and less often
    /// then.
    pub fn due(&self) -> Option<Due> {
        let (trouble, known) = (self.trouble.load(), self.known.load());
        let now = self.clock.now();
        match (&*trouble, &*known) {
            (Some(trouble), _) => {
                let silent = trouble.last - trouble.since;
                let at = trouble.last + silent.min(TRIED_AGAIN);
                (!is_within(at - trouble.last, trouble.last, now)).then_some(if silent < TRIED_AGAIN {
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

    /// Looks again when that is due. What was known stays when that fails.
    pub async fn refresh(&self) {
        let _asking = self.asking.lock().await;
        if self.due().is_some() && self.ask().await.is_ok() {
            tracing::debug!(issuer = %self.issuer, "looked at the provider's metadata");
        }
    }

    /// Remembers that the provider did not answer a login: its button says so until [`Self::refresh`] hears of it
    /// again.
    pub fn went_silent(&self, fault: &Fault) {
        if self.trouble.load().is_none() {
            let now = self.clock.now();
            self.trouble.store(Some(Arc::new(Trouble { since: now, last: now, fault: fault.clone() })));
        }
    }

    /// Has the provider looked at soon. It is silent only if that look says so.
    pub fn doubt(&self) {
        self.in_doubt.store(true, Ordering::Relaxed);
    }

    /// Remembers that the provider answered a login. What is known of it and has grown old is for [`Self::refresh`] to
    /// judge.
    pub fn answered(&self) {
        self.in_doubt.store(false, Ordering::Relaxed);
        let fresh = |known: &Known| is_within(FRESH, known.fetched, self.clock.now());
        if self.trouble.load().is_some() && self.known.load().as_deref().is_some_and(fresh) {
            self.trouble_is_over();
        }
    }

    fn trouble_is_over(&self) {
        if let Some(trouble) = self.trouble.swap(None) {
            tracing::info!(issuer = %self.issuer, silent_since = %trouble.since, "the provider answers again");
        }
    }

    /// Fetches the keys again for an unknown `kid` or a wrong signature, unless that was done too often lately.
    ///
    /// # Errors
    /// When the provider does not answer.
    pub async fn look_for_new_keys(&self, seen: &Known) -> Result<Option<Arc<Known>>, Fault> {
        let mut asked = self.asking.lock().await;
        let Some(known) = self.known.load_full() else { return Ok(None) };
        if known.keys_fetched > seen.keys_fetched {
            return Ok(Some(known));
        }
        let now = self.clock.now();
        if !asked.take(now) {
            return Ok(None);
        }
        let newer = match self.key_set(&known.endpoints.keys).await {
            Ok(keys) => Known {
                endpoints: known.endpoints.clone(),
                keys,
                tools: OnceLock::new(),
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

    async fn ask(&self) -> Result<Arc<Known>, Fault> {
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
                    tracing::warn!(issuer = %self.issuer, cause = "provider_unreachable", why = %fault, "the provider does not answer; it is tried again");
                }
                // By now, not by when it was asked: while it hung, others came, and they are not to wait as long again.
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
        let endpoints = Endpoints::read(document.body(), &self.issuer, self.userinfo)
            .map_err(|why| broken(format!("{why}{}", said_type(&document))))?;
        for address in endpoints.all() {
            self.http.may_reach(address)?;
        }
        let keys = self.key_set(&endpoints.keys).await?;
        Ok(Known { endpoints, keys, tools: OnceLock::new(), fetched: now, keys_fetched: now })
    }

    /// Where the metadata is (Discovery §4).
    pub fn address(&self) -> String {
        format!("{}/.well-known/openid-configuration", self.issuer.as_str().trim_end_matches('/'))
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

/// Whether less than `span` has passed. A time ahead is none that we wait for: the clock was set back since.
fn is_within(span: Duration, since: OffsetDateTime, now: OffsetDateTime) -> bool {
    (Duration::ZERO..span).contains(&(now - since))
}

impl From<HttpError> for crate::upstream::UpstreamError {
    fn from(error: HttpError) -> Self {
        Self::Unreachable { fault: Fault::Http(error), since: None }
    }
}
