//! The name, page, log level and audit row of each cause.

use super::Cause;
use crate::broker::Public;
use crate::signin::identify::password::{NotAvailable, Outage};
use crate::signin::link::UsernameError;
use crate::signin::link::request::NotConfirmed;
use crate::signin::permit::Denied;
use crate::upstream::UpstreamError;
use crate::upstream::redirect::{ProviderRefusal, ResponsibleParty};

/// What a cause means for the log, the audit and the visitor.
pub struct Row {
    /// As in the log, the audit and `docs/failures.md`.
    pub name: &'static str,
    /// The page that the visitor sees.
    pub public: Public,
    pub level: LogLevel,
    pub audit: AuditPolicy,
    pub settlement: Settlement,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    Warn,
    Debug,
}

/// Whether a refused attempt goes into the audit. Attempts are callbacks with a valid state but no login to
/// finish, refused passwords, and sessions whose account has no permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditPolicy {
    Row,
    LogOnly,
}

/// What a refusal does to the failures that the login throttle counts, at the providers that had the password (security
/// rule C43).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// The page shows that the password is right, so its counts are reset.
    Forgives,
    /// The password was wrong, has to look wrong, or met an error.
    Counts,
    /// Nothing is counted or reset: the refusal comes before a provider gets the password, or after a redirect; or no
    /// provider knows the name, and the app has users of its own.
    Neither,
}

/// No default for `settlement`, so that each new cause needs a decision.
const fn row(name: &'static str, public: Public, settlement: Settlement) -> Row {
    Row { name, public, level: LogLevel::Warn, audit: AuditPolicy::LogOnly, settlement }
}

impl Row {
    const fn audited(self) -> Self {
        Self { audit: AuditPolicy::Row, ..self }
    }

    const fn at(self, level: LogLevel) -> Self {
        Self { level, ..self }
    }
}

impl Cause {
    /// No `_` arm: a new cause must choose its name and what it leaks.
    #[must_use]
    pub fn row(&self) -> Row {
        use Settlement::{Counts, Forgives, Neither};
        match self {
            // The request
            Self::PageNotFound => row("not_found", Public::NotFound, Neither),
            Self::BadRequest(_) => row("bad_request", Public::BadRequest, Neither),
            Self::TimedOut(_) => row("request_timed_out", Public::ServiceUnavailable, Neither),
            Self::CrossSitePost => row("cross_site_post", Public::CrossSiteRequest, Neither),
            Self::OriginNotAllowed(_) => row("origin_not_allowed", Public::CrossSiteRequest, Neither),
            Self::UnknownApp(_) | Self::AppRemoved | Self::UnknownProvider(_) => {
                row("start_refused", Public::UnknownApp, Neither)
            }
            Self::Start(why) if why.is_about_location() => row("start_refused", Public::InvalidLink, Neither),
            Self::Start(_) => row("start_refused", Public::UnusableLink, Neither),
            // What the operator disabled or changed
            Self::AuthserverNotConfigured => row("authserver_off", Public::ProviderDisabled, Neither),
            Self::AppDisabled => row("app_disabled", Public::AppDisabled, Neither).audited(),
            Self::ProviderDisabled | Self::ProviderNotListed => {
                row("provider_disabled", Public::ProviderDisabled, Neither).audited()
            }
            Self::ProviderSuspended(_) => row("provider_suspended", Public::ProviderDisabled, Neither).audited(),
            Self::IssuerChanged | Self::ProviderRemoved(_) => {
                row("provider_changed", Public::ProviderChanged, Neither).audited()
            }
            Self::LocationRemoved => row("start_refused", Public::InvalidLink, Neither).audited(),
            // The callback and its login
            Self::InvalidCallback(_) | Self::Unreadable(_) => row("callback_refused", Public::InvalidCallback, Neither),
            Self::LoginExpired { .. } => row("login_expired", Public::LoginExpired, Neither).audited(),
            Self::LoginReplayed { .. } => row("login_replayed", Public::AlreadySignedIn, Neither),
            Self::LoginEvicted(_) => row("login_evicted", Public::LoginEvicted, Neither).audited(),
            Self::LoginMissing => row("login_missing", Public::LoginMissing, Neither).audited(),
            // The provider's answer
            Self::Declined(ProviderRefusal { responsible: ResponsibleParty::Person, .. })
            | Self::Upstream(UpstreamError::Denied(_)) => row("provider_denied", Public::ProviderDenied, Neither),
            // No page shows them: the browser goes to the provider again.
            Self::SameAccount => row("same_account", Public::ProviderDenied, Neither),
            Self::NoAccountChoice(_) => row("no_account_choice", Public::ProviderDenied, Neither),
            Self::Declined(ProviderRefusal { responsible: ResponsibleParty::Provider, .. })
            | Self::Upstream(UpstreamError::Unreachable { .. } | UpstreamError::Busy(_)) => {
                row("provider_unreachable", Public::ProviderUnreachable, Neither)
            }
            Self::Declined(ProviderRefusal { responsible: ResponsibleParty::Operator, .. })
            | Self::LoginPromptRefused(_)
            | Self::Upstream(UpstreamError::ClientRejected { .. } | UpstreamError::RequestRejected(_)) => {
                row("client_rejected", Public::ClientRejected, Neither)
            }
            Self::OtherProvider { .. } => row("answer_refused", Public::AnswerRefused, Neither).audited(),
            // After a right password, it says that the claims about the person can't be used.
            Self::Upstream(
                UpstreamError::AnswerRefused(_) | UpstreamError::CodeRefused(_) | UpstreamError::ExchangeRefused(_),
            ) => row("answer_refused", Public::AnswerRefused, Forgives).audited(),
            Self::Upstream(UpstreamError::OtherOrganization(_)) => {
                row("other_organization", Public::OtherOrganization, Neither).audited()
            }
            Self::Upstream(UpstreamError::ProofUnknown(_)) => row("proof_unknown", Public::ProofUnknown, Neither),
            Self::Upstream(UpstreamError::ProofTooOld(_)) => row("proof_too_old", Public::ProofTooOld, Neither),
            Self::Upstream(UpstreamError::MethodRefused(_)) => row("acr_refused", Public::MethodRefused, Neither),
            Self::Upstream(UpstreamError::GroupsUnknown(_)) => {
                row("groups_unknown", Public::GroupsUnknown, Neither).audited()
            }
            Self::Upstream(UpstreamError::AnswerUnusable(_)) => row("answer_refused", Public::AnswerRefused, Neither),
            // The name and the password
            Self::InvalidCredentials(_) => row("password_refused", Public::WrongPassword, Neither),
            Self::PasswordRefused(_) | Self::UnknownUser => {
                row("password_refused", Public::WrongPassword, Counts).audited()
            }
            // The app asks elsewhere, so this is not worth a warning. Its own users, whom no provider knows, come here
            // at each sign-in, so it does not count.
            Self::NoOpinion => row("no_opinion", Public::WrongPassword, Neither).at(LogLevel::Debug),
            Self::Throttled(_) | Self::Busy(_) => row("throttled", Public::TooManyAttempts, Counts).audited(),
            Self::ModuleUnavailable { why: NotAvailable { kind: Outage::AddressBanned, .. }, .. } => {
                row("address_banned", Public::AddressBanned, Counts).audited()
            }
            Self::ModuleUnavailable { .. } => row("module_unavailable", Public::ProviderUnreachable, Counts).audited(),
            // The account and the app's rules. A disabled account looks like a wrong password (C42).
            Self::AccountDisabled(..) | Self::NotPermitted(Denied::AccountDisabled(_)) => {
                row("account_disabled", Public::AccountDisabled, Counts).audited()
            }
            Self::NotPermitted(Denied::NoRule { .. } | Denied::Username(_) | Denied::Provider(_)) => {
                row("not_permitted", Public::NotPermitted, Forgives).audited()
            }
            Self::IdentityUnknown(_) | Self::PasswordUnlinked { .. } | Self::OtherSubjectSource { .. } => {
                row("identity_unknown", Public::IdentityUnknown, Forgives)
            }
            Self::LinkNeedsPage(_) => row("identity_unknown", Public::IdentityUnknown, Forgives),
            // The answer to the question at a first login
            Self::LinkRequestMissing | Self::LinkNotConfirmed(NotConfirmed::RequestOver) => {
                row("link_request_over", Public::LinkRequestOver, Neither)
            }
            Self::LinkNotConfirmed(NotConfirmed::LinkedToAnother) => {
                row("link_taken", Public::LinkTaken, Neither).audited()
            }
            Self::LinkNotConfirmed(
                NotConfirmed::NothingProved
                | NotConfirmed::ProofTooOld
                | NotConfirmed::AccountClosed
                | NotConfirmed::AccountChanged,
            ) => row("link_proof_refused", Public::LinkProofRefused, Neither).audited(),
            Self::NoName(UsernameError::Missing { .. }) | Self::NamesExhausted => {
                row("claim_missing", Public::UsernameMissing, Forgives)
            }
            Self::NoName(
                UsernameError::Invalid { .. }
                | UsernameError::MixedScripts { .. }
                | UsernameError::NotApplicable { .. },
            ) => row("username_invalid", Public::UsernameInvalid, Forgives),
            // Vestibule itself
            Self::Store(_) => row("store_unavailable", Public::ServiceUnavailable, Counts),
            Self::Signer(_) => row("signer_unavailable", Public::ServiceUnavailable, Forgives),
        }
    }

    /// The name in the log, the audit and the docs.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.row().name
    }

    /// The page that the visitor sees.
    #[must_use]
    pub fn public(&self) -> Public {
        self.row().public
    }
}
