//! The result of a finished login: the session cookie, and where the browser goes.

use std::sync::Arc;
use std::time::Duration;

use tower_sessions::session::Id;

use super::refusal::Refusal;
use crate::base::ids::ProviderId;
use crate::base::ids::{LinkRequestSecret, LinkRequestTag};
use crate::base::username::Username;
use crate::signin::app::App;
use crate::signin::arrive::Destination;
use crate::signin::send::Delivery;

/// The result of a finished login.
#[derive(Debug)]
pub struct FinishedLogin {
    /// The session that opened, even if the app's rules then refused the person.
    pub session: Option<NewSession>,
    pub outcome: Outcome,
}

/// The cookie of a new session, or of a session that continues under a new id.
#[derive(Debug)]
pub struct NewSession {
    pub id: Id,
    pub provider: ProviderId,
    pub lifetime: Duration,
}

/// A sentence on the page of a link request about the step before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkNotice {
    /// The other identity has no account either.
    NoAccount,
    /// The provider did not ask the person to sign in again.
    NotFresh,
    /// The account that the person proved is disabled.
    AccountDisabled,
    /// The account has changed since the proof.
    ProofLost,
}

/// Where the browser goes.
#[derive(Debug)]
pub enum Outcome {
    Deliver(Delivery),
    /// To a page of our own, by its path and query.
    OwnPage(String),
    /// The username from the template was taken: a page shows the one that the account got.
    UsernameSuffixed(Box<UsernameSuffixed>),
    /// The person is asked whether they have an account. The browser keeps this secret.
    AskToLink(LinkRequestSecret),
    /// The identity that the person wants to add opens their account already.
    AlreadyOwnMethod,
    /// Back to the page of this link request.
    ReturnToLink(LinkRequestTag, Option<LinkNotice>),
    /// The provider offers no choice of accounts: the same start again, which asks for a fresh authentication.
    StartAgain(Box<Destination<Arc<App>>>),
    Refused(Box<Refusal>),
}

/// A first login for which the template gave the username of another account.
#[derive(Debug)]
pub struct UsernameSuffixed {
    pub destination: Destination<Arc<App>>,
    pub wished: Username,
    pub given: Username,
}

impl FinishedLogin {
    pub(super) fn refused(refusal: Refusal) -> Self {
        Self { session: None, outcome: Outcome::Refused(Box::new(refusal)) }
    }
}
