//! A sign-in that does not lead on, as a value: its cause, what is known of it, and its reference code.

use time::{Duration, OffsetDateTime};

use super::context::Context;
use crate::base::clock::format_utc;
use crate::base::ids::{AccountId, AppId, ProviderId, ReferenceCode};
use crate::base::invisible::is_invisible;
use crate::signer::SignerError;
use crate::signin::account::{Account, Disabled};
use crate::signin::arrive::StartRefused;
use crate::signin::challenge::throttle::Throttled;
use crate::signin::identify::IdentityKey;
use crate::signin::identify::password::{InvalidCredentials, NotAvailable, RefusalReason};
use crate::signin::link::UsernameError;
use crate::signin::permit::Denied;
use crate::store::StoreError;
use crate::upstream::UpstreamError;
use crate::upstream::redirect::{ProviderRefusal, UnreadableAnswer};

/// A sign-in that does not lead on. To make one has no effect; `Broker::report` logs and audits it, once.
#[derive(Debug)]
#[must_use = "report it, or its cause is lost"]
pub struct Refusal {
    pub cause: Cause,
    pub context: Context,
    pub(super) code: ReferenceCode,
    pub(super) audit_row: AuditRow,
}

/// Whether a refusal leaves a row in the audit.
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
    #[error("C53: a POST that no page of ours sent, as far as its headers tell; nothing was done")]
    CrossSitePost,
    #[error(
        "C51: a page of {0:?} asks, and the app has no address there, so no password was checked. Galène's \
         `canonicalHost` and the app's `url` name one host"
    )]
    OriginNotAllowed(String),
    #[error(
        "nobody answers for this app; name providers that check passwords: authserver = [\"PROVIDER\"] in its [[app]]"
    )]
    AuthserverNotConfigured,
    #[error("no app is called {0}")]
    UnknownApp(AppId),
    #[error("the app that this login was begun for is not in the config any more")]
    AppRemoved,
    #[error("no provider is called {0}")]
    UnknownProvider(String),
    #[error("{0}")]
    Start(#[from] StartRefused),
    #[error("the app is switched off in the config: `enabled = true` lets people in again")]
    AppDisabled,
    #[error("the provider is switched off in the config: `enabled = true` lets people in again")]
    ProviderDisabled,
    #[error("the app no longer lists the provider: add its id to the app's `providers`")]
    ProviderNotListed,
    #[error("the provider has another issuer in the config than when this login began; it has to be started again")]
    IssuerChanged,
    #[error("the app no longer registers the address that this login was begun for")]
    LocationRemoved,
    #[error("{} was disabled by {} at {}; `vestibule user enable {}` lets them in again", .0.username, .1.by,
        format_utc(.1.at), shell_argument(.0.username.as_str()))]
    AccountDisabled(Box<Account>, Disabled),
    #[error("the callback carries nothing of ours: {0}")]
    InvalidCallback(&'static str),
    #[error("the answer can't be read: {0}")]
    Unreadable(#[from] UnreadableAnswer),
    #[error("the login took longer than ten minutes, by {} s", .late.whole_seconds())]
    PendingExpired { late: Duration },
    #[error("the login was finished before, at {}", format_utc(*first))]
    PendingSpent { first: OffsetDateTime },
    #[error("this browser began eight later logins, so this one was dropped")]
    PendingEvicted,
    #[error("no cookie of this login: another browser, a private window, cookies blocked, or plain http in Safari")]
    PendingMissing,
    #[error("C7: the login was begun for provider {begun_for}, and came back at another's address")]
    OtherProvider { begun_for: ProviderId },
    #[error("{0}")]
    Declined(#[from] ProviderRefusal),
    #[error(
        "the provider was asked for a choice of accounts, and sent back the one to be left; now it is asked to \
         authenticate anew"
    )]
    SameAccount,
    #[error("{0}")]
    Upstream(#[from] UpstreamError),
    #[error("{0}; no password was checked")]
    Unusable(InvalidCredentials),
    #[error("{0}")]
    PasswordRefused(RefusalReason),
    #[error("no provider that was asked knows the name")]
    UnknownUser,
    #[error("no provider that was asked knows the name, so the app is told that there is no opinion of it")]
    NoOpinion,
    #[error("{0}")]
    Throttled(Throttled),
    #[error("{0}")]
    Busy(&'static str),
    #[error("{}{why}", unreachable_since(.since.as_ref()))]
    ModuleUnavailable { why: NotAvailable, since: Option<OffsetDateTime> },
    #[error("{0}")]
    NotPermitted(Denied),
    #[error("tied to no account; link it: vestibule identity link -- {} {} {} USERNAME", .0.provider, .0.issuer,
        shell_quoted(.0.subject.as_str()))]
    IdentityUnknown(IdentityKey),
    #[error("{0}")]
    NoName(#[from] UsernameError),
    #[error("ninety-nine accounts have this name already, with and without a number")]
    NamesExhausted,
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("the token could not be signed: {0}")]
    Signer(#[from] SignerError),
}

fn unreachable_since(time: Option<&OffsetDateTime>) -> String {
    time.map_or_else(String::new, |time| format!("silent since {}: ", format_utc(*time)))
}

/// Fit for pasting into a shell, in quotation marks only where a shell needs them.
#[must_use]
pub fn shell_argument(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "._-@+".contains(c);
    if text.chars().all(plain) && !text.starts_with('-') { text.to_owned() } else { shell_quoted(text) }
}

/// Fit for pasting into a shell. What can't be seen is spelt out, as bash and zsh read it: it would break the line of
/// the log, or be lost on the way and leave the command with somebody else's subject.
pub(super) fn shell_quoted(text: &str) -> String {
    if !text.chars().any(is_invisible) {
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    let spelt = text.chars().map(|c| match c {
        '\'' | '\\' => format!("\\{c}"),
        c if is_invisible(c) => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    });
    format!("$'{}'", spelt.collect::<String>())
}

impl Refusal {
    /// The same refusal of an attempt: it leaves a row in the audit if its cause does (`Row::audit`). The refusal of a
    /// mere start leaves none.
    pub(super) fn of_attempt(self) -> Self {
        let audit_row = match self.cause.row().audit {
            Audit::Row => AuditRow::Due,
            Audit::LogOnly => AuditRow::None,
        };
        Self { audit_row, ..self }
    }

    pub(super) fn with_row_due(self) -> Self {
        Self { audit_row: AuditRow::Due, ..self }
    }

    pub(super) fn with_row_written(self) -> Self {
        Self { audit_row: AuditRow::Written, ..self }
    }

    /// Whose sign-in it was, where that is known.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        match (&self.cause, &self.context.account) {
            (Cause::AccountDisabled(account, _), _) => Some(account.id.clone()),
            (_, Some((id, _))) => Some(id.clone()),
            (_, None) => None,
        }
    }
}

impl Cause {
    /// Whether it is about the typed values: then the page shows the form again.
    #[must_use]
    pub fn is_about_the_form(&self) -> bool {
        self.is_shown_as_wrong_password()
            || matches!(
                self,
                Self::Unusable(_) | Self::PasswordRefused(_) | Self::UnknownUser | Self::Throttled(_) | Self::Busy(_)
            )
    }

    /// How many seconds to wait, if that is the reason.
    #[must_use]
    pub fn retry_after_seconds(&self) -> Option<u32> {
        match self {
            Self::Throttled(throttled) => Some(throttled.seconds),
            // The queue empties within seconds.
            Self::Busy(_) => Some(5),
            _ => None,
        }
    }

    /// Whether the password was right, and the person must see and count the same as with a wrong one (security rule
    /// C42): their account is switched off, or the password was changed while it was being checked.
    #[must_use]
    pub fn is_shown_as_wrong_password(&self) -> bool {
        matches!(
            self,
            Self::AccountDisabled(..)
                | Self::NotPermitted(Denied::AccountDisabled(_))
                | Self::PasswordRefused(RefusalReason::ChangedMeanwhile)
        )
    }

    /// A refusal with a code of its own.
    pub fn refuse(self, context: Context) -> Refusal {
        Refusal { cause: self, context, code: ReferenceCode::fresh(), audit_row: AuditRow::None }
    }
}

mod table;
#[cfg(test)]
mod tests;

pub use table::{Audit, LogLevel};
