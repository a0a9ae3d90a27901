//! The name, page, log level and audit row of each cause.

use super::Cause;
use crate::broker::Public;
use crate::signin::link::UsernameError;
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

const fn row(name: &'static str, public: Public) -> Row {
    Row { name, public, level: LogLevel::Warn, audit: AuditPolicy::LogOnly }
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
        match self {
            // The request
            Self::PageNotFound => row("not_found", Public::NotFound),
            Self::BadRequest(_) => row("bad_request", Public::BadRequest),
            Self::CrossSitePost => row("cross_site_post", Public::CrossSiteRequest),
            Self::OriginNotAllowed(_) => row("origin_not_allowed", Public::CrossSiteRequest),
            Self::UnknownApp(_) | Self::AppRemoved | Self::UnknownProvider(_) => {
                row("start_refused", Public::UnknownApp)
            }
            Self::Start(why) if why.is_about_location() => row("start_refused", Public::InvalidLink),
            Self::Start(_) => row("start_refused", Public::UnusableLink),
            // What the operator disabled or changed
            Self::AuthserverNotConfigured => row("authserver_off", Public::ProviderDisabled),
            Self::AppDisabled => row("app_disabled", Public::AppDisabled).audited(),
            Self::ProviderDisabled | Self::ProviderNotListed => {
                row("provider_disabled", Public::ProviderDisabled).audited()
            }
            Self::IssuerChanged | Self::ProviderRemoved(_) => {
                row("provider_changed", Public::ProviderChanged).audited()
            }
            Self::LocationRemoved => row("start_refused", Public::InvalidLink).audited(),
            // The callback and its login
            Self::InvalidCallback(_) | Self::Unreadable(_) => row("callback_refused", Public::InvalidCallback),
            Self::LoginExpired { .. } => row("login_expired", Public::LoginExpired).audited(),
            Self::LoginReplayed { .. } => row("login_replayed", Public::AlreadySignedIn),
            Self::LoginEvicted(_) => row("login_evicted", Public::LoginEvicted).audited(),
            Self::LoginMissing => row("login_missing", Public::LoginMissing).audited(),
            // The provider's answer
            Self::Declined(ProviderRefusal { responsible: ResponsibleParty::Person, .. })
            | Self::Upstream(UpstreamError::Denied(_)) => row("provider_denied", Public::ProviderDenied),
            // No page shows them: the browser goes to the provider again.
            Self::SameAccount => row("same_account", Public::ProviderDenied),
            Self::NoAccountChoice(_) => row("no_account_choice", Public::ProviderDenied),
            Self::Declined(ProviderRefusal { responsible: ResponsibleParty::Provider, .. })
            | Self::Upstream(UpstreamError::Unreachable { .. } | UpstreamError::Busy(_)) => {
                row("provider_unreachable", Public::ProviderUnreachable)
            }
            Self::Declined(ProviderRefusal { responsible: ResponsibleParty::Operator, .. })
            | Self::Upstream(UpstreamError::ClientRejected { .. } | UpstreamError::RequestRejected(_)) => {
                row("client_rejected", Public::ClientRejected)
            }
            Self::OtherProvider { .. }
            | Self::Upstream(
                UpstreamError::AnswerRefused(_) | UpstreamError::CodeRefused(_) | UpstreamError::ExchangeRefused(_),
            ) => row("answer_refused", Public::AnswerRefused).audited(),
            Self::Upstream(UpstreamError::AnswerUnusable(_)) => row("answer_refused", Public::AnswerRefused),
            // The name and the password
            Self::InvalidCredentials(_) => row("password_refused", Public::WrongPassword),
            Self::PasswordRefused(_) | Self::UnknownUser => row("password_refused", Public::WrongPassword).audited(),
            // The app asks elsewhere, so this is not worth a warning.
            Self::NoOpinion => row("no_opinion", Public::WrongPassword).at(LogLevel::Debug),
            Self::Throttled(_) | Self::Busy(_) => row("throttled", Public::TooManyAttempts).audited(),
            Self::ModuleUnavailable { .. } => row("module_unavailable", Public::ProviderUnreachable).audited(),
            // The account and the app's rules
            Self::AccountDisabled(..) | Self::NotPermitted(Denied::AccountDisabled(_)) => {
                row("account_disabled", Public::AccountDisabled).audited()
            }
            Self::NotPermitted(Denied::NoRule { .. } | Denied::Username(_) | Denied::Provider(_)) => {
                row("not_permitted", Public::NotPermitted).audited()
            }
            Self::IdentityUnknown(_) | Self::PasswordUnlinked { .. } => {
                row("identity_unknown", Public::IdentityUnknown)
            }
            Self::NoName(UsernameError::Missing { .. }) | Self::NamesExhausted => {
                row("claim_missing", Public::UsernameMissing)
            }
            Self::NoName(UsernameError::Invalid { .. } | UsernameError::MixedScripts { .. }) => {
                row("username_invalid", Public::UsernameInvalid)
            }
            // Vestibule itself
            Self::Store(_) => row("store_unavailable", Public::ServiceUnavailable),
            Self::Signer(_) => row("signer_unavailable", Public::ServiceUnavailable),
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
