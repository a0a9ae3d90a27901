//! What each cause means outside the code that found it: one row each.

use super::Cause;
use crate::broker::Public;
use crate::signin::link::NoName;
use crate::signin::permit::Denied;
use crate::upstream::UpstreamError;
use crate::upstream::redirect::{Declined, Responsible};

/// What a cause means for the log, the audit and the visitor.
pub struct Row {
    /// In the log, the audit and `docs/failures.md`.
    pub name: &'static str,
    /// All that the visitor learns.
    pub public: Public,
    pub level: LogLevel,
    pub audit: Audit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    Warn,
    Debug,
}

/// Whether a refused attempt leaves a row in the audit by itself: a callback with a state of ours that met no login to
/// go on with, a password that let nobody in, or a session whose account may not enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audit {
    Row,
    LogOnly,
}

const fn row(name: &'static str, public: Public) -> Row {
    Row { name, public, level: LogLevel::Warn, audit: Audit::LogOnly }
}

impl Row {
    const fn audited(self) -> Self {
        Self { audit: Audit::Row, ..self }
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
            Self::NoSuchPage => row("not_found", Public::NotFound),
            Self::OddRequest(_) => row("bad_request", Public::OddRequest),
            Self::ForeignPost => row("cross_site_post", Public::NotOurButton),
            Self::ForeignPage(_) => row("origin_not_allowed", Public::NotOurButton),
            Self::UnknownApp(_) | Self::AppGone | Self::UnknownProvider(_) => row("start_refused", Public::NoSuchApp),
            Self::Start(why) if why.is_about_location() => row("start_refused", Public::LinkNotRight),
            Self::Start(_) => row("start_refused", Public::LinkNotUsable),
            // What the operator switched off or changed
            Self::NobodyAnswers => row("authserver_off", Public::ProviderSwitchedOff),
            Self::AppDisabled => row("app_disabled", Public::AppSwitchedOff).audited(),
            Self::ProviderDisabled | Self::ProviderNotListed => {
                row("provider_disabled", Public::ProviderSwitchedOff).audited()
            }
            Self::IssuerChanged => row("provider_changed", Public::ProviderChanged).audited(),
            Self::LocationGone => row("start_refused", Public::LinkNotRight).audited(),
            // The callback and its login
            Self::NotOurs(_) | Self::Unreadable(_) => row("callback_refused", Public::NotOurs),
            Self::PendingExpired { .. } => row("login_expired", Public::WaitedTooLong).audited(),
            Self::PendingSpent { .. } => row("login_replayed", Public::AlreadySignedIn),
            Self::PendingDropped => row("login_evicted", Public::DroppedForNewer).audited(),
            Self::PendingMissing => row("login_missing", Public::BegunElsewhere).audited(),
            // The provider's answer
            Self::Declined(Declined { responsible: Responsible::Person, .. })
            | Self::Upstream(UpstreamError::Denied(_)) => row("provider_denied", Public::Denied),
            // No page shows it: the person is sent on.
            Self::SameAccount => row("same_account", Public::Denied),
            Self::Declined(Declined { responsible: Responsible::Provider, .. })
            | Self::Upstream(UpstreamError::Unreachable { .. } | UpstreamError::Busy(_)) => {
                row("provider_unreachable", Public::NotAnswering)
            }
            Self::Declined(Declined { responsible: Responsible::Operator, .. })
            | Self::Upstream(UpstreamError::ClientRejected { .. } | UpstreamError::RequestRejected(_)) => {
                row("client_rejected", Public::CantBeUsed)
            }
            Self::OtherProvider { .. }
            | Self::Upstream(
                UpstreamError::AnswerRefused(_) | UpstreamError::CodeRefused(_) | UpstreamError::ExchangeRefused(_),
            ) => row("answer_refused", Public::NotTrusted).audited(),
            Self::Upstream(UpstreamError::AnswerUnusable(_)) => row("answer_refused", Public::NotTrusted),
            // The name and the password
            Self::Unusable(_) => row("password_refused", Public::PasswordNotRight),
            Self::PasswordRefused(_) | Self::NobodyOfThatName => {
                row("password_refused", Public::PasswordNotRight).audited()
            }
            // The app asks elsewhere, so this is not worth a warning.
            Self::NoOpinion => row("no_opinion", Public::PasswordNotRight).at(LogLevel::Debug),
            Self::Throttled(_) | Self::Busy(_) => row("throttled", Public::TooManyTries).audited(),
            Self::ModuleUnavailable { .. } => row("module_unavailable", Public::NotAnswering).audited(),
            // The account and the app's rules
            Self::AccountDisabled(..) | Self::NotPermitted(Denied::AccountDisabled(_)) => {
                row("account_disabled", Public::AccountSwitchedOff).audited()
            }
            Self::NotPermitted(Denied::NoRule { .. } | Denied::Username(_) | Denied::Provider(_)) => {
                row("not_permitted", Public::NotPermitted).audited()
            }
            Self::IdentityUnknown(_) => row("identity_unknown", Public::NotSetUp),
            Self::NoName(NoName::Missing { .. }) | Self::NamesExhausted => row("claim_missing", Public::NoName),
            Self::NoName(NoName::Unfit { .. } | NoName::Mixed { .. }) => row("username_invalid", Public::NameUnfit),
            // Vestibule itself
            Self::Store(_) => row("store_unavailable", Public::OurTrouble),
            Self::Signer(_) => row("signer_unavailable", Public::OurTrouble),
        }
    }

    /// Its name in the log, the audit and the docs.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.row().name
    }

    /// What a visitor may learn.
    #[must_use]
    pub fn public(&self) -> Public {
        self.row().public
    }
}
