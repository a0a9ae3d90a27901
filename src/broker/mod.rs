//! Runs a sign-in: the stages in `signin` decide, and the modules below act with the store, the providers and the
//! signer.
//!
//! | request | method | result |
//! | --- | --- | --- |
//! | `GET /auth/{app}` | [`Broker::begin`] | a delivery to the app, a redirect to a provider, or the sign-in page |
//! | `/callback/{provider}` | [`Broker::finish`] | a delivery |
//! | `POST /auth/{app}`, a form | [`Broker::sign_in_with_password`] | a delivery, or the form again |
//! | `POST /auth/{app}`, JSON | [`Broker::issue_token`] | a token |
//! | `/account` and below | [`Broker::own_account`] and the operations beside it | a person's own page |
//! | `POST /account/password` | [`Broker::change_password`] | a changed password |
//! | `/link` | [`Broker::link_page`] and the steps beside it | a linked identity, or a new account |
//! | `/logout` | [`Broker::sign_out`] | an ended session |
//!
//! `/auth` without an app calls the same methods. It ends at a page of our own, in place of a delivery.
//!
//! A failure is a value, a [`Refusal`]. [`Broker::report`] logs and audits it. `refusal/table.rs` gives each cause its
//! name, page, log level and audit row.

mod left_identity;
mod audit_coalescer;
mod token_request;
mod begin;
mod context;
mod deliver;
mod resume;
mod finish;
mod in_flight;
mod sign_out;
mod maintenance;
mod outcome;
mod own_account;
mod own_methods;
mod password_change;
mod password;
mod provider_state;
mod provider_time;
mod public;
mod refusal;
mod password_owner;
mod report;
mod role_config;
mod identified_login;
mod linkable;
mod linking;
mod login_rules;
mod sign_in;
mod start;
mod live_config;
mod throttle;

pub use begin::{BeginOutcome, NewPendingLogin, Offer, SignInOptions};
pub use context::{Context, KnownDestination};
pub use left_identity::LeftIdentity;
pub use linking::{
    AccessPage, AfterBack, AskedForAccess, LinkPage, LinkStep, LinkView, PasswordAddition, PasswordProof, ProvedSide,
    RequestOffer,
};
pub use live_config::{LiveConfig, LiveConfigError, Provider};
pub use outcome::{FinishedLogin, LinkNotice, NewSession, Outcome, UsernameSuffixed};
pub use own_account::{Freshness, OwnAccount, SignedIn};
pub use own_methods::{MethodRemoval, OwnMethod, WhyStays};
pub use password::{PasswordSignIn, RejectedForm};
pub use password_change::{PasswordChangeError, PasswordChangeRequest};
pub use provider_time::PROVIDER_TIME;
pub use public::Public;
pub use refusal::{Cause, Refusal};
pub use report::ReportedRefusal;
pub use resume::ToRepost;
pub use start::StartAddress;
pub use token_request::TokenRequest;

use std::sync::Arc;

use arc_swap::ArcSwap;
use tower_sessions::session::Id;

use crate::accounts::{Accounts, Actor};
use crate::base::clock::Clock;
use crate::base::ids::{LinkRequestId, LinkRequestSecret, LinkRequestTag, LoginId, ProviderId};
use crate::base::secret::{MacKey, MasterKey, Purpose, Sealer};
use crate::base::user_agent::UserAgent;
use crate::signer::Signer;
use crate::store::Store;
use audit_coalescer::AuditCoalescer;
use in_flight::InFlight;
use linking::HourlyWarning;
use throttle::{AttemptsInFlight, ResolvedNames, UncountedFailures};

/// The state that all requests share.
#[derive(Debug)]
pub struct Broker {
    config: ArcSwap<LiveConfig>,
    store: Arc<Store>,
    accounts: Accounts,
    signer: Arc<Signer>,
    clock: Clock,
    pending_sealer: Sealer,
    state_sealer: Sealer,
    throttle_mac: MacKey,
    left_identity_mac: MacKey,
    in_flight: InFlight,
    attempts_in_flight: AttemptsInFlight,
    resolved_names: ResolvedNames,
    uncounted_failures: UncountedFailures,
    audit_coalescer: AuditCoalescer,
    /// That too many people wait to be let in.
    full_access_requests: HourlyWarning,
}

/// The sender of a request: their network, and what our cookies in their browser contain.
#[derive(Debug, Default)]
pub struct Visitor {
    pub session: Option<Id>,
    /// This browser's pending logins: id and sealed cookie.
    pub pending: Vec<(LoginId, String)>,
    /// The secrets of this browser's link requests.
    pub link_requests: Vec<LinkRequestSecret>,
    /// The provider of this browser's last sign-in.
    pub last_used: Option<ProviderId>,
    /// The identity that the person wants to leave for another account.
    pub left_identity: Option<LeftIdentity>,
    /// The network that refusals are counted under: an IPv4 /24 or an IPv6 /64.
    pub network: Option<String>,
    /// The browser and its system. A login keeps them with its session.
    pub agent: Option<UserAgent>,
}

impl Visitor {
    /// The sealed cookies of the pending logins.
    fn sealed_logins(&self) -> Vec<&str> {
        self.pending.iter().map(|(_, sealed)| sealed.as_str()).collect()
    }

    /// The link request of this tag, if this browser has its secret.
    fn link_request(&self, tag: &LinkRequestTag) -> Option<LinkRequestId> {
        self.link_requests.iter().map(LinkRequestSecret::id).find(|id| id.tag() == *tag)
    }

    /// The visitor, acting on their own account.
    fn actor(&self) -> Actor {
        Actor::Owner { session: self.session, network: self.network.clone() }
    }

    /// The pending logins, with the size of each sealed cookie in bytes.
    fn login_sizes(&self) -> Vec<(LoginId, usize)> {
        self.pending.iter().map(|(id, sealed)| (*id, sealed.len())).collect()
    }
}

impl Broker {
    #[must_use]
    pub fn new(config: LiveConfig, store: Arc<Store>, signer: Arc<Signer>, master: &MasterKey, clock: Clock) -> Self {
        Self {
            config: ArcSwap::from_pointee(config),
            accounts: Accounts::new(Store::clone(&store), clock.clone()),
            store,
            signer,
            clock,
            pending_sealer: master.sealer(Purpose::PendingLogin),
            state_sealer: master.sealer(Purpose::State),
            throttle_mac: master.mac_key(Purpose::LoginThrottle),
            left_identity_mac: master.mac_key(Purpose::LeftIdentity),
            in_flight: InFlight::default(),
            attempts_in_flight: AttemptsInFlight::default(),
            resolved_names: ResolvedNames::default(),
            uncounted_failures: UncountedFailures::default(),
            audit_coalescer: AuditCoalescer::default(),
            full_access_requests: HourlyWarning::default(),
        }
    }

    /// The current configuration. A request keeps the one that it began with.
    #[must_use]
    pub fn config(&self) -> Arc<LiveConfig> {
        self.config.load_full()
    }

    /// Replaces the configuration.
    pub fn reconfigure(&self, config: LiveConfig) {
        self.config.store(Arc::new(config));
    }

    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    #[must_use]
    pub fn signer(&self) -> &Signer {
        &self.signer
    }

    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }
}
