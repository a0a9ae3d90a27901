//! The providers that people sign in with. Each kind is one folder here, and one row in [`kinds`].

mod addresses;
mod answer_words;
pub mod apple;
pub mod attempt;
mod claims;
pub mod client_registration;
pub mod concurrency_limit;
pub mod facebook;
pub mod galene;
pub mod github;
pub mod google;
pub mod health;
pub mod http;
mod kinds;
pub mod linkable;
pub mod ldap;
pub mod microsoft;
pub mod oauth2;
pub mod oauth_client;
pub mod oidc;
mod outage;
pub mod pam;
pub mod password;
mod password_module;
pub mod peer_info;
pub mod presets;
pub mod probe;
mod probe_addresses;
pub mod provider_words;
pub mod redirect;
pub mod relaxed_rule;
pub mod settings;
pub mod webhook;
pub mod xmpp;

pub use kinds::KINDS;
pub use password_module::PasswordModule;
pub use redirect::RedirectModule;
pub use settings::{LONGEST_CHECK, OpenContext, OpenError, ProviderSettings, open};

use std::borrow::Cow;

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::base::clock::format_utc;
use crate::base::ids::Issuer;
use crate::base::redaction::Redaction;
use crate::passwords::LocalPasswords;
use crate::signin::identify::{ClaimsRefused, Reauth, RuleViolation};

/// One configured provider.
#[async_trait]
pub trait LoginModule: Send + Sync {
    /// The configured issuer. It is in the key of every identity, unless [`Self::accepts_issuer`] accepts others.
    fn issuer(&self) -> &Issuer;

    /// Whether this provider may attest identities of an issuer. A provider of many tenants accepts several.
    fn accepts_issuer(&self, issuer: &Issuer) -> bool {
        self.issuer() == issuer
    }

    /// How the person proves who they are.
    fn challenge(&self) -> Challenge<'_>;

    /// Whether the provider answers, as far as we know. Sends no request.
    fn availability(&self) -> Availability;

    /// Whether it is time to fetch the provider's metadata again. Sends no request.
    fn due(&self) -> Option<Due> {
        None
    }

    /// Fetches the provider's metadata again, if that is due.
    async fn refresh(&self) {}

    /// What counts if a login needs a fresh proof, and the provider does not say when the person signed in.
    fn reauth(&self) -> Reauth {
        Reauth::Refuse
    }

    /// The local password store, if this provider uses it.
    fn local_passwords(&self) -> Option<&LocalPasswords> {
        None
    }

    /// Tries everything that needs no person, and reports each finding as it comes.
    async fn probe(&self, sink: probe::FindingSink<'_>);
}

/// How people prove who they are. Each method has its own trait, so a module gets only answers that it can read.
pub enum Challenge<'m> {
    /// The browser goes to the provider and comes back.
    Redirect(&'m dyn RedirectModule),
    /// People type a name and a password, on our page or on a page of an app.
    Password(&'m dyn PasswordModule),
}

/// Since when a provider's metadata should be fetched again. Providers that people may be waiting for come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// It answered recently: it may have recovered, or its metadata is old.
    Soon(OffsetDateTime),
    /// It was never asked, or has been silent for a long time.
    InTurn(OffsetDateTime),
}

/// Whether a provider answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Availability {
    Answering,
    /// Not asked yet.
    Unknown,
    Silent {
        since: OffsetDateTime,
        why: String,
    },
}

/// Why a login gave no identity. `Display` is for the log: it names the cause and the place, never a token or a code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamError {
    #[error("{}{fault}", unavailable_since(.since.as_ref()))]
    Unreachable { fault: FetchError, since: Option<OffsetDateTime> },
    #[error("the provider refuses our credential {place}: {why}; {fix}")]
    ClientRejected { place: String, why: String, fix: &'static str },
    /// The provider refuses our request, for every person.
    #[error("{0}; check our registration there")]
    RequestRejected(String),
    /// The provider refuses this person.
    #[error("{0}")]
    Denied(String),
    /// The provider answered that it can't help now. It is not silent.
    #[error("{0}")]
    Busy(String),
    #[error("{0}")]
    AnswerRefused(#[from] RuleViolation),
    /// The person belongs to an organization that the config does not name (security rule C75).
    #[error("{0}")]
    OtherOrganization(RuleViolation),
    /// The login demands a fresh proof, and the provider does not say when the person proved who they are.
    #[error("{0}")]
    ProofUnknown(RuleViolation),
    /// The login demands a fresh proof, and the provider says that the person proved who they are before.
    #[error("{0}")]
    ProofTooOld(RuleViolation),
    /// The person signed in by another method than the config demands.
    #[error("{0}")]
    MethodRefused(RuleViolation),
    /// The provider does not say in which groups the person is, and the config demands it.
    #[error("{0}; with groups_required = true, nobody signs in without their groups")]
    GroupsUnknown(String),
    /// The answer holds nothing useful. One person's request may be the reason, so it says nothing about the next
    /// login.
    #[error("{0}")]
    AnswerUnusable(String),
    /// The provider refuses the code: it was used, is too old, or was made up.
    #[error("{0}")]
    CodeRefused(String),
    /// The provider refuses the exchange, and names neither the code nor our client as the cause.
    #[error("{0}")]
    ExchangeRefused(String),
}

/// Why a provider gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// `what`: the document or endpoint that was asked, such as "the metadata".
    #[error("{what} at {error}")]
    Http { what: Cow<'static, str>, error: http::HttpError },
    /// The metadata of a provider name an address that we may not ask.
    #[error("the metadata at {address} can't be used: `{member}` is {}", .error.why)]
    Endpoint { address: String, member: &'static str, error: http::HttpError },
    #[error("{what} at {address} can't be used: {why}")]
    Document { what: &'static str, address: String, why: String },
}

impl UpstreamError {
    /// Whether another instance may have used the same code: a provider accepts a code once.
    #[must_use]
    pub fn may_be_used_up(&self) -> bool {
        match self {
            Self::CodeRefused(_) | Self::ExchangeRefused(_) => true,
            Self::Unreachable { .. }
            | Self::ClientRejected { .. }
            | Self::RequestRejected(_)
            | Self::Denied(_)
            | Self::Busy(_)
            | Self::AnswerRefused(_)
            | Self::OtherOrganization(_)
            | Self::ProofUnknown(_)
            | Self::ProofTooOld(_)
            | Self::MethodRefused(_)
            | Self::GroupsUnknown(_)
            | Self::AnswerUnusable(_) => false,
        }
    }

    /// The same, and a rule that the answer breaks is reported without these secrets (security rule C56). The other
    /// errors are written where the provider's words are known.
    #[must_use]
    pub(crate) fn rule_without(self, secrets: &Redaction) -> Self {
        match self {
            Self::AnswerRefused(rule) => Self::AnswerRefused(rule.without(secrets)),
            Self::OtherOrganization(rule) => Self::OtherOrganization(rule.without(secrets)),
            Self::ProofUnknown(rule) => Self::ProofUnknown(rule.without(secrets)),
            Self::ProofTooOld(rule) => Self::ProofTooOld(rule.without(secrets)),
            Self::MethodRefused(rule) => Self::MethodRefused(rule.without(secrets)),
            Self::Unreachable { .. }
            | Self::ClientRejected { .. }
            | Self::RequestRejected(_)
            | Self::Denied(_)
            | Self::Busy(_)
            | Self::GroupsUnknown(_)
            | Self::AnswerUnusable(_)
            | Self::CodeRefused(_)
            | Self::ExchangeRefused(_) => self,
        }
    }
}

impl From<ClaimsRefused> for UpstreamError {
    fn from(why: ClaimsRefused) -> Self {
        match why {
            ClaimsRefused::Rule(why) => Self::AnswerRefused(why),
            ClaimsRefused::ProofUnknown(why) => Self::ProofUnknown(why),
            ClaimsRefused::ProofTooOld(why) => Self::ProofTooOld(why),
            ClaimsRefused::MethodRefused(why) => Self::MethodRefused(why),
        }
    }
}

/// The beginning of a message about a provider that does not answer, or that answers that it can't help. The time comes
/// first: at the end, ", since …" reads like a reason.
#[must_use]
pub(crate) fn unavailable_since(since: Option<&OffsetDateTime>) -> String {
    since.map_or_else(String::new, |since| format!("not available since {}: ", format_utc(*since)))
}

#[cfg(test)]
mod tests {
    use time::{Duration, OffsetDateTime};

    use super::{Due, unavailable_since};

    // Its server may have answered, such as a directory that is busy.
    #[test]
    fn a_provider_that_is_not_available_is_not_called_silent() {
        let since = unavailable_since(Some(&OffsetDateTime::UNIX_EPOCH));
        assert_eq!(since, "not available since 1970-01-01 00:00:00 UTC: ");
        assert_eq!(unavailable_since(None), "");
    }

    #[test]
    fn providers_that_answered_recently_come_first_then_those_due_longest() {
        let (early, late) = (OffsetDateTime::UNIX_EPOCH, OffsetDateTime::UNIX_EPOCH + Duration::HOUR);
        let mut due = [Due::InTurn(late), Due::InTurn(early), Due::Soon(late), Due::Soon(early)];
        due.sort();
        assert_eq!(due, [Due::Soon(early), Due::Soon(late), Due::InTurn(early), Due::InTurn(late)]);
    }
}
