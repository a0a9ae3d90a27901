//! The providers that people sign in with. Each kind is one folder here and one row in [`kinds`].

mod addresses;
pub mod attempt;
pub mod galene;
pub mod health;
pub mod http;
mod kinds;
pub mod ldap;
pub mod oidc;
pub mod pam;
pub mod password;
pub mod probe;
pub mod settings;
pub mod turns;
pub mod webhook;
pub mod witness;
pub mod xmpp;

pub use attempt::ChecksPasswords;
pub use kinds::KINDS;
pub use settings::{OpenContext, OpenError, ProviderSettings, open};

use std::fmt;

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::base::clock::when;
use crate::base::ids::Issuer;
use crate::base::secret::Secret;
use crate::passwords::LocalPasswords;
use crate::signin::challenge::{PendingLogin, Redeemed};
use crate::signin::identify::{Broken, ExternalIdentity};

/// One configured provider, ready to be asked.
#[async_trait]
pub trait LoginModule: Send + Sync {
    /// The issuer in the key of every identity that comes from here.
    fn issuer(&self) -> &Issuer;

    /// How the person proves who they are.
    fn challenge(&self) -> Challenge<'_>;

    /// Whether it answers, as far as we know. Asks nobody.
    fn standing(&self) -> Standing;

    /// Whether it is time to look again at what the provider publishes. Asks nobody.
    fn due(&self) -> Option<Due> {
        None
    }

    /// Looks again at what the provider publishes, if that is due.
    async fn refresh(&self) {}

    /// The local password store, if this provider uses it.
    fn local_passwords(&self) -> Option<&LocalPasswords> {
        None
    }

    /// Asks all that can be asked without a person, and tells each finding as it comes.
    async fn probe(&self, tell: probe::Tell<'_>);
}

/// How a person proves who they are, and who reads the answer: no answer comes to a module that did not ask for it.
pub enum Challenge<'m> {
    /// By going to the provider's address, and coming back.
    Redirect(&'m dyn Redirects),
    /// By a name and a password, on a page of ours.
    Password(&'m dyn ChecksPasswords),
}

/// A module that sends people to its provider.
#[async_trait]
pub trait Redirects: Send + Sync {
    /// Where the person goes.
    ///
    /// # Errors
    /// When the provider can't be asked.
    async fn send(&self, ask: Ask<'_>) -> Result<String, UpstreamError>;

    /// Whether an answer that names `iss`, or names none, can be this provider's (RFC 9207).
    ///
    /// # Errors
    /// C8.
    fn heard_from(&self, iss: Option<&str>) -> Result<(), Broken>;

    /// Turns the provider's answer into whom it attests. Asks for a code's worth once.
    ///
    /// # Errors
    /// Every way in which the answer is not to be believed.
    async fn identify(&self, login: Redeemed, answer: Answered) -> Result<ExternalIdentity, UpstreamError>;
}

/// That it is time to look at a provider again, and since when: whom people miss comes before the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// It was heard of not long ago: it may well be back, or what is known of it has grown old.
    Soon(OffsetDateTime),
    /// Never asked, or silent for long.
    InTurn(OffsetDateTime),
}

/// What a challenge is made from.
#[derive(Debug)]
pub struct Ask<'l> {
    pub login: &'l PendingLogin,
    /// Sealed, for the provider to carry.
    pub state: String,
}

/// What came back.
#[derive(Debug)]
pub struct Answered {
    pub code: Secret<String>,
    /// RFC 9207.
    pub iss: Option<String>,
}

/// Whether a provider answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    Answering,
    /// Not asked yet.
    Unknown,
    Silent {
        since: OffsetDateTime,
        why: String,
    },
}

/// Why there is no identity. `Display` is for the log: it names cause and place, never a token or code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamError {
    #[error("{fault}{}", how_long(.since.as_ref()))]
    Unreachable { fault: Fault, since: Option<OffsetDateTime> },
    #[error("the provider refuses our credential {place}: {why}; renew it there and with the provider")]
    ClientRejected { place: String, why: String },
    /// The provider refuses what we ask, whoever signs in.
    #[error("{0}; look at its registration of us")]
    RequestRejected(String),
    /// The provider refuses this person.
    #[error("{0}")]
    Denied(String),
    /// It answered that it can't, just now. It is not silent.
    #[error("{0}")]
    Busy(String),
    #[error("{0}")]
    AnswerRefused(#[from] Broken),
    /// An answer that holds nothing of use. What one person sent may be why, so it says nothing of the next login.
    #[error("{0}")]
    AnswerUnusable(String),
    /// It does not take the code: used up, too old, or made up.
    #[error("{0}")]
    CodeRefused(String),
    /// It refuses the exchange in words that blame neither the code nor us.
    #[error("{0}")]
    ExchangeRefused(String),
}

/// What kept a provider from answering.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error(transparent)]
    Http(#[from] http::HttpError),
    #[error("{what} at {address} can't be used: {why}")]
    Document { what: &'static str, address: String, why: String },
}

fn how_long(time: Option<&OffsetDateTime>) -> impl fmt::Display {
    time.map_or_else(String::new, |time| format!(", since {}", when(*time)))
}

#[cfg(test)]
mod tests {
    use time::{Duration, OffsetDateTime};

    use super::Due;

    #[test]
    fn who_was_heard_of_lately_comes_before_who_was_not_and_who_waits_longest_before_the_rest() {
        let (early, late) = (OffsetDateTime::UNIX_EPOCH, OffsetDateTime::UNIX_EPOCH + Duration::HOUR);
        let mut due = [Due::InTurn(late), Due::InTurn(early), Due::Soon(late), Due::Soon(early)];
        due.sort();
        assert_eq!(due, [Due::Soon(early), Due::Soon(late), Due::InTurn(early), Due::InTurn(late)]);
    }
}
