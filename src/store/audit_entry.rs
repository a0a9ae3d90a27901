//! One entry of the audit log, as it is written.

use time::OffsetDateTime;

use super::audit_detail::AuditDetail;
use super::audit_target::AuditTarget;
use super::event::Event;
use crate::base::ids::{AccountId, AppId, ProviderId, ReferenceCode};
use crate::base::secret::sha256;

/// One entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    pub at: OffsetDateTime,
    pub event: Event,
    /// The admin who did it: `cli:root`.
    pub actor: Option<String>,
    /// The account of the person who did it, if they have one.
    pub actor_account: Option<AccountId>,
    pub app: Option<AppId>,
    pub provider: Option<ProviderId>,
    pub account: Option<AccountId>,
    /// What it is about, beside the account.
    pub target: Option<AuditTarget>,
    /// Why it was refused: `not_permitted`.
    pub cause: Option<String>,
    /// The facts and the fix, for an admin. Never a secret.
    pub detail: Option<AuditDetail>,
    pub code: Option<ReferenceCode>,
    /// The visitor's network, no smaller than `192.0.2.0/24` or `2001:db8::/64`.
    pub network: Option<String>,
}

impl AuditEntry {
    /// An entry that holds only the time and the event.
    #[must_use]
    pub fn new(at: OffsetDateTime, event: Event) -> Self {
        Self {
            at,
            event,
            actor: None,
            actor_account: None,
            app: None,
            provider: None,
            account: None,
            target: None,
            cause: None,
            detail: None,
            code: None,
            network: None,
        }
    }

    /// The key of the row that counts this refusal: refusals of one kind, from one network, within one minute share it.
    /// `None`: the entry has a row of its own.
    #[must_use]
    pub fn bucket(&self) -> Option<CoalescingKey> {
        if self.event != Event::Refused {
            return None;
        }
        let minute = self.minute();
        let parts = [
            self.app.as_ref().map(AppId::as_str),
            self.provider.as_ref().map(ProviderId::as_str),
            self.account.as_ref().map(AccountId::as_str),
            self.cause.as_deref(),
            self.network.as_deref(),
        ];
        // `Debug` quotes each part, so that different lists never give the same text.
        Some(sha256(format!("{minute} {parts:?}").as_bytes()))
    }

    /// Minutes since 1970.
    #[must_use]
    pub fn minute(&self) -> i64 {
        Self::minute_of(self.at)
    }

    #[must_use]
    pub fn minute_of(at: OffsetDateTime) -> i64 {
        at.unix_timestamp().div_euclid(60)
    }
}

/// A hash of what the refusals of one row have in common.
pub type CoalescingKey = [u8; 32];
