//! All that a visitor learns of a refusal: which page they meet.

use serde::Serialize;

use super::refusal::Cause;
use crate::signin::link::NoName;
use crate::signin::permit::Denied;
use crate::upstream::UpstreamError;

macro_rules! faces {
    ($($(#[$about:meta])* $face:ident),+ $(,)?) => {
        /// What happened, as far as a visitor is told; its words are the message `refused-…`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Public { $($(#[$about])* $face),+ }

        #[cfg(test)]
        impl Public {
            pub const ALL: &[Self] = &[$(Self::$face),+];
        }
    };
}

faces! {
    /// The sign-in took longer than ten minutes.
    WaitedTooLong,
    /// The browser began eight later sign-ins, so this one was dropped.
    DroppedForNewer,
    /// The config gives the provider another issuer than when the sign-in began.
    ProviderChanged,
    /// It was finished before, and they are signed in.
    AlreadySignedIn,
    /// It was finished before, and nobody is signed in now: `web` looks.
    AlreadyFinished,
    /// The cookie is gone: another browser, blocked cookies, plain http.
    BegunElsewhere,
    /// The provider sent them back with a no.
    Denied,
    /// The provider cannot be reached.
    NotAnswering,
    /// The provider's answer broke a rule.
    NotTrusted,
    /// The provider refuses us.
    CantBeUsed,
    /// Name or password is not right: the same for whatever is wrong with them (security rule C42).
    PasswordNotRight,
    /// Too many tries: there is a wait.
    TooManyTries,
    AccountSwitchedOff,
    ProviderSwitchedOff,
    AppSwitchedOff,
    /// Signed in, but no rule of the app lets them in.
    NotPermitted,
    /// Accounts are made by hand, and they have none.
    NotSetUp,
    /// The provider gave no name for the account.
    NoName,
    /// It gave one that no account here can have.
    NameUnfit,
    /// Unregistered address, bad room.
    LinkNotRight,
    /// A start that leads to a place we know, and lacks something or asks for what we can't do.
    LinkNotUsable,
    /// The same page, for an app or a provider that nobody configured.
    #[serde(rename = "link-not-right")]
    NoSuchApp,
    /// Our store is gone, locked or full.
    OurTrouble,
    NotFound,
    /// A callback that carries no state of ours (C2).
    NotOurs,
    /// A POST without proof that it came from our own page (C53).
    NotOurButton,
    /// A method or a form that no page of ours sends.
    OddRequest,
}

impl Cause {
    /// What a visitor may learn. No `_` arm: a new cause must choose what leaks.
    #[must_use]
    pub fn public(&self) -> Public {
        match self {
            Self::NoSuchPage => Public::NotFound,
            Self::UnknownApp(_) | Self::UnknownProvider(_) => Public::NoSuchApp,
            Self::OddRequest(_) => Public::OddRequest,
            Self::ForeignPost | Self::ForeignPage(_) => Public::NotOurButton,
            Self::Start(why) if !why.is_about_location() => Public::LinkNotUsable,
            Self::Start(_) | Self::LocationGone => Public::LinkNotRight,
            Self::AppDisabled => Public::AppSwitchedOff,
            Self::ProviderDisabled | Self::NobodyAnswers => Public::ProviderSwitchedOff,
            Self::AccountDisabled(..) | Self::NotPermitted(Denied::AccountDisabled(_)) => Public::AccountSwitchedOff,
            Self::NotOurs(_) | Self::Unreadable(_) => Public::NotOurs,
            Self::PendingExpired { .. } => Public::WaitedTooLong,
            Self::PendingDropped => Public::DroppedForNewer,
            Self::IssuerChanged => Public::ProviderChanged,
            Self::PendingSpent { .. } => Public::AlreadySignedIn,
            Self::PendingMissing => Public::BegunElsewhere,
            // No page shows `SameAccount`: the person is sent on.
            Self::ProviderDenied { .. } | Self::SameAccount | Self::Upstream(UpstreamError::Denied(_)) => {
                Public::Denied
            }
            Self::ProviderTrouble { .. }
            | Self::Upstream(UpstreamError::Unreachable { .. } | UpstreamError::Busy(_))
            | Self::ModuleUnavailable { .. } => Public::NotAnswering,
            Self::ProviderRejects { .. }
            | Self::Upstream(UpstreamError::ClientRejected { .. } | UpstreamError::RequestRejected(_)) => {
                Public::CantBeUsed
            }
            Self::OtherProvider { .. }
            | Self::Upstream(
                UpstreamError::AnswerRefused(_)
                | UpstreamError::AnswerUnusable(_)
                | UpstreamError::CodeRefused(_)
                | UpstreamError::ExchangeRefused(_),
            ) => Public::NotTrusted,
            Self::Unusable(_) | Self::PasswordRefused(_) | Self::NobodyOfThatName | Self::NoOpinion => {
                Public::PasswordNotRight
            }
            Self::Throttled(_) | Self::Busy => Public::TooManyTries,
            Self::NotPermitted(Denied::NoRule { .. } | Denied::Username(_) | Denied::Provider(_)) => {
                Public::NotPermitted
            }
            Self::IdentityUnknown(_) => Public::NotSetUp,
            Self::NoName(NoName::Missing { .. }) | Self::NamesExhausted => Public::NoName,
            Self::NoName(NoName::Unfit { .. } | NoName::Mixed { .. }) => Public::NameUnfit,
            Self::Store(_) | Self::Signer(_) => Public::OurTrouble,
        }
    }
}
