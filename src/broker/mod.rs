//! Conducts a sign-in: asks the stages what to do, and the modules below to do it.
//!
//! | from outside | here | leads to |
//! | --- | --- | --- |
//! | `GET /auth/{app}` | [`Broker::begin`] | a delivery, a provider's page, or the choice of one |
//! | `/callback/{provider}` | [`Broker::finish`] | a delivery |
//! | `POST /auth/{app}`, a form | [`Broker::sign_in_with_password`] | a delivery, or the form again |
//! | `POST /auth/{app}`, JSON | [`Broker::issue_token`] | a token |
//! | `POST /account/password` | [`Broker::change_password`] | another password |
//! | `/logout` | [`Broker::sign_out`] | nobody signed in |
//!
//! What does not lead on is a [`Refusal`], a value. [`Broker::report`] logs and audits it, and `refusal/table.rs` says
//! what its cause means for the log, the audit and the visitor.

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
mod own_password;
mod password;
mod public;
mod refusal;
mod password_owner;
mod report;
mod sign_in;
mod live_config;
mod throttle;

pub use begin::{BeginOutcome, NewPendingLogin, Offer, PasswordForm, SignInOptions};
pub use context::Context;
pub use left_identity::LeftIdentity;
pub use live_config::{LiveConfig, LiveConfigError, Provider};
pub use outcome::{FinishedLogin, NewSession, Outcome, UsernameSuffixed};
pub use own_password::{PasswordChangeError, PasswordChangeRequest};
pub use password::{PasswordSignIn, RejectedForm};
pub use public::Public;
pub use refusal::{Cause, Refusal, shell_argument};
pub use report::ReportedRefusal;
pub use resume::ToRepost;
pub use token_request::TokenRequest;

use std::sync::Arc;

use arc_swap::ArcSwap;
use tower_sessions::session::Id;

use crate::accounts::{Accounts, Actor};
use crate::base::clock::Clock;
use crate::base::ids::{LoginId, ProviderId};
use crate::base::secret::{MacKey, MasterKey, Purpose, Sealer};
use crate::signer::Signer;
use crate::store::Store;
use audit_coalescer::AuditCoalescer;
use in_flight::InFlight;
use throttle::{AttemptsInFlight, ResolvedNames};

/// Everything that outlives a request.
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
    audit_coalescer: AuditCoalescer,
}

/// Who asks: what their browser holds of ours, and from where.
#[derive(Debug, Default)]
pub struct Visitor {
    pub session: Option<Id>,
    /// Logins this browser has under way, still sealed.
    pub pending: Vec<(LoginId, String)>,
    /// The provider this browser came by last time.
    pub last_used: Option<ProviderId>,
    /// Whom this browser wants to leave for another account.
    pub left_identity: Option<LeftIdentity>,
    /// Their network, for counting refusals: an IPv4 /24 or an IPv6 /64.
    pub network: Option<String>,
}

impl Visitor {
    /// The cookies of the logins under way.
    fn sealed_logins(&self) -> Vec<&str> {
        self.pending.iter().map(|(_, sealed)| sealed.as_str()).collect()
    }

    /// The visitor, acting on their own account.
    fn actor(&self) -> Actor {
        Actor::Owner { session: self.session, network: self.network.clone() }
    }

    /// The logins under way, with the size of each.
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
            audit_coalescer: AuditCoalescer::default(),
        }
    }

    /// The configuration as it stands. A request keeps the one it began with.
    #[must_use]
    pub fn config(&self) -> Arc<LiveConfig> {
        self.config.load_full()
    }

    /// Puts another configuration in its place.
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
