//! A failed sign-in as a value: its cause, its context and its reference code.

use time::{Duration, OffsetDateTime};

use super::context::Context;
use crate::base::clock::format_utc;
use crate::base::ids::{AccountId, AppId, LinkRequestTag, ProviderId, ReferenceCode};
use crate::base::shell;
use crate::signer::SignerError;
use crate::signin::account::{Account, Disabled};
use crate::signin::arrive::StartRefused;
use crate::signin::challenge::EvictionReason;
use crate::signin::challenge::throttle::Throttled;
use crate::signin::identify::password::{InvalidCredentials, NotAvailable, RefusalReason};
use crate::signin::identify::{ExternalIdentity, IdentityKey};
use crate::signin::link::UsernameError;
use crate::signin::link::request::NotConfirmed;
use crate::signin::permit::Denied;
use crate::store::StoreError;
use crate::upstream::redirect::{ProviderRefusal, UnreadableAnswer};
use crate::upstream::{UpstreamError, unavailable_since};

/// A failed sign-in. Creating it has no effect; `Broker::report` logs and audits it once.
#[derive(Debug)]
#[must_use = "report it, or its cause is lost"]
pub struct Refusal {
    pub cause: Cause,
    pub context: Context,
    pub(super) code: ReferenceCode,
    pub(super) audit_row: AuditRow,
}

/// Whether a refusal gets a row in the audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AuditRow {
    /// Only the log has it.
    None,
    /// It is written when the refusal is reported.
    Due,
    /// It was written with the end of the login.
    Written,
}

/// Every way in which a sign-in ends without a token. `Display` is for the log and the audit: cause and fix.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    #[error("there is no such page")]
    PageNotFound,
    #[error("unexpected request: {0}")]
    BadRequest(&'static str),
    #[error(
        "the request was not answered within {} s; the lines before this one may say what is slow: the database, a \
         provider, or the connection to the visitor", .0.as_secs()
    )]
    TimedOut(std::time::Duration),
    #[error("C53: by its headers, no page of ours sent this POST; nothing was done")]
    CrossSitePost,
    #[error(
        "C51: a page of {0:?} asked, but the app has no address at that origin, so no password was checked. Galène's \
         `canonicalHost` and the app's `url` must name the same host"
    )]
    OriginNotAllowed(String),
    #[error(
        "the app has no authserver; name providers that check passwords: authserver = [\"PROVIDER\"] in its [[app]]"
    )]
    AuthserverNotConfigured,
    #[error("no app is called {0}")]
    UnknownApp(AppId),
    #[error("the app that this login began for is no longer in the config")]
    AppRemoved,
    #[error("no provider is called {0}")]
    UnknownProvider(String),
    #[error("{0}")]
    Start(#[from] StartRefused),
    #[error("the app is disabled in the config: `enabled = true` lets people in again")]
    AppDisabled,
    #[error("the provider is disabled in the config: `enabled = true` lets people in again")]
    ProviderDisabled,
    #[error("the provider is suspended: `vestibule provider resume {0}` lets people in again")]
    ProviderSuspended(ProviderId),
    #[error("the app no longer lists the provider: add its id to the app's `providers`")]
    ProviderNotListed,
    #[error("the provider has another issuer in the config than when this login began; it has to be started again")]
    IssuerChanged,
    #[error("the provider {0} was removed from the config since this login began")]
    ProviderRemoved(ProviderId),
    #[error("the app no longer registers the address that this login began for")]
    LocationRemoved,
    #[error("{} was disabled by {} at {}; `vestibule user enable {}` lets them in again", .0.username, .1.by,
        format_utc(.1.at), shell::operand(.0.username.as_str()))]
    AccountDisabled(Box<Account>, Disabled),
    #[error("the callback belongs to no login here: {0}")]
    InvalidCallback(&'static str),
    #[error("the answer can't be read: {0}")]
    Unreadable(#[from] UnreadableAnswer),
    #[error("the login came {} s after its limit of ten minutes", .late.whole_seconds())]
    LoginExpired { late: Duration },
    #[error("the login was finished before, at {}", format_utc(*first))]
    LoginReplayed { first: OffsetDateTime },
    #[error("this browser began later logins, and this one was dropped for them: {0}")]
    LoginEvicted(EvictionReason),
    #[error("no cookie of this login: another browser, a private window, cookies blocked, or plain http in Safari")]
    LoginMissing,
    #[error("C7: the login began for provider {begun_for}, but the callback came to another provider's address")]
    OtherProvider { begun_for: ProviderId },
    #[error("{0}")]
    Declined(#[from] ProviderRefusal),
    #[error(
        "the provider was asked for a choice of accounts, but sent back the account that the person wants to \
         leave; now it is asked to authenticate the person again"
    )]
    SameAccount,
    #[error(
        "the provider offers no choice of accounts: it refuses `prompt=select_account`, with {}; the sign-in goes on \
         with `prompt=login`", .0.quoted()
    )]
    NoAccountChoice(ProviderRefusal),
    #[error("{0}, or see whether it supports `prompt=login`, with which this sign-in began")]
    LoginPromptRefused(ProviderRefusal),
    #[error("{0}")]
    Upstream(#[from] UpstreamError),
    #[error("{0}; no password was checked")]
    InvalidCredentials(InvalidCredentials),
    #[error("{0}")]
    PasswordRefused(RefusalReason),
    #[error("no provider that was asked knows the name")]
    UnknownUser,
    #[error("no provider that was asked knows the name, so the app gets the answer \"no opinion\"")]
    NoOpinion,
    #[error("{0}")]
    Throttled(Throttled),
    #[error("{0}")]
    Busy(&'static str),
    #[error("{}{why}", unavailable_since(.since.as_ref()))]
    ModuleUnavailable { why: NotAvailable, since: Option<OffsetDateTime> },
    #[error("{0}")]
    NotPermitted(Denied),
    #[error(
        "the identity was linked when its subject was {former}; it is {current} now, so this may be another person. \
         Put back the setting that gave {former}; or, if this is the same person, {}",
        how_to_link(.identity)
    )]
    OtherSubjectSource { identity: IdentityKey, former: String, current: String },
    #[error(
        "the identity is linked to no account, and the provider has first_login = \"ask\", but this sign-in shows no \
         page; the person has to sign in once in a browser, or {}", how_to_link(.0)
    )]
    LinkNeedsPage(IdentityKey),
    #[error("the request to link an identity is not there: it has expired, or another browser began it")]
    LinkRequestMissing,
    #[error("nothing was linked: {}", why_not_confirmed(*.0))]
    LinkNotConfirmed(NotConfirmed),
    #[error("the identity is linked to no account; {}", how_to_link(.0))]
    IdentityUnknown(IdentityKey),
    #[error(
        "the password is right, but its account {account} is not linked to the provider {provider}, perhaps because \
         the provider had another id before; give it its former id back, or link the account: vestibule user passwd \
         --by-id {account}"
    )]
    PasswordUnlinked { provider: ProviderId, account: AccountId },
    #[error("{0}")]
    NoName(#[from] UsernameError),
    #[error("99 accounts have this name already, with and without a number")]
    NamesExhausted,
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("the token could not be signed: {0}")]
    Signer(#[from] SignerError),
}

/// Why the confirmation of a link was refused.
const fn why_not_confirmed(why: NotConfirmed) -> &'static str {
    match why {
        NotConfirmed::RequestOver => "the request has expired, or is finished",
        NotConfirmed::NothingProved => "the person has not proved an account",
        NotConfirmed::ProofTooOld => "L5: the proof of the account is more than five minutes old",
        NotConfirmed::AccountClosed => "the account that was proved is disabled or removed",
        NotConfirmed::AccountChanged => "L5: the account has changed since it was proved",
        NotConfirmed::LinkedToAnother => "the identity was linked to another account meanwhile",
    }
}

/// How an admin links the identity.
fn how_to_link(identity: &IdentityKey) -> String {
    let IdentityKey { provider, issuer, subject } = identity;
    let (issuer, subject) = (issuer.as_str(), subject.as_str());
    match (shell::argument(issuer), shell::quoted(subject)) {
        (Some(issuer), Some(subject)) => {
            format!("link it: vestibule identity link -- {provider} {issuer} {subject} USERNAME")
        }
        _ => format!(
            "no command can link it: its issuer {issuer:?} or its subject {subject:?} holds a NUL or ends with a line \
             break"
        ),
    }
}

impl Refusal {
    /// Marks the refusal of an attempt (see [`AuditPolicy`]). It gets an audit row if the row of its cause says so
    /// (`Row::audit`). The refusal of a start is not marked, and gets none.
    pub(super) fn of_attempt(self) -> Self {
        let audit_row = match self.cause.row().audit {
            AuditPolicy::Row => AuditRow::Due,
            AuditPolicy::LogOnly => AuditRow::None,
        };
        Self { audit_row, ..self }
    }

    /// The next steps lead back to the page of this link request.
    pub(super) fn of_link_request(self, tag: LinkRequestTag) -> Self {
        Self { context: Context { link_request: Some(tag), ..self.context }, ..self }
    }

    pub(super) fn with_row_due(self) -> Self {
        Self { audit_row: AuditRow::Due, ..self }
    }

    pub(super) fn with_row_written(self) -> Self {
        Self { audit_row: AuditRow::Written, ..self }
    }

    /// The account of the sign-in, if known.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        match (&self.cause, &self.context.account) {
            (Cause::AccountDisabled(account, _), _) => Some(account.id.clone()),
            (Cause::PasswordUnlinked { account, .. }, _) => Some(account.clone()),
            (_, Some((id, _))) => Some(id.clone()),
            (_, None) => None,
        }
    }
}

impl Cause {
    /// The cause when an identity is linked to no account, and its provider makes none.
    #[must_use]
    pub fn unlinked(identity: &ExternalIdentity) -> Self {
        let key = &identity.key;
        match identity.password {
            // The subject of a local password is the id of its account.
            Some(_) => Self::PasswordUnlinked {
                provider: key.provider.clone(),
                account: AccountId::stored(key.subject.as_str().to_owned()),
            },
            None => Self::IdentityUnknown(key.clone()),
        }
    }

    /// Whether the cause is about the typed values. Then the page shows the form again.
    #[must_use]
    pub fn is_about_the_form(&self) -> bool {
        self.is_shown_as_wrong_password()
            || matches!(
                self,
                Self::InvalidCredentials(_)
                    | Self::PasswordRefused(_)
                    | Self::UnknownUser
                    | Self::Throttled(_)
                    | Self::Busy(_)
            )
    }

    /// The seconds to wait before the next attempt, if the cause asks for it.
    #[must_use]
    pub fn retry_after_seconds(&self) -> Option<u32> {
        match self {
            Self::Throttled(throttled) => Some(throttled.seconds),
            // The queue empties within seconds.
            Self::Busy(_) => Some(5),
            _ => None,
        }
    }

    /// Whether the password was right, but must look and count like a wrong one (security rule C42): the account is
    /// disabled, or the account was removed or its password changed during the check.
    #[must_use]
    pub fn is_shown_as_wrong_password(&self) -> bool {
        matches!(
            self,
            Self::AccountDisabled(..)
                | Self::NotPermitted(Denied::AccountDisabled(_))
                | Self::PasswordRefused(RefusalReason::ChangedMeanwhile | RefusalReason::RemovedMeanwhile)
        )
    }

    /// Makes a refusal with a new reference code.
    pub fn refuse(self, context: Context) -> Refusal {
        Refusal { cause: self, context, code: ReferenceCode::fresh(), audit_row: AuditRow::None }
    }
}

mod table;
#[cfg(test)]
mod tests;

pub use table::{AuditPolicy, LogLevel, Settlement};
