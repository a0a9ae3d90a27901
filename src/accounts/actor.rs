//! Who performs an operation, as the audit log records it.

use time::OffsetDateTime;
use tower_sessions::session::Id;

use super::AdminSession;
use crate::base::ids::AccountId;
use crate::store::{AuditEntry, Event};

/// Who performs an operation.
#[derive(Debug, Clone)]
pub enum Actor {
    /// An operator at the command line, by the name of their user on this machine.
    Operator { user: String },
    /// The owner of the account, in a browser. `network`: an IPv4 /24 or an IPv6 /64.
    Owner { session: Option<Id>, network: Option<String> },
    /// A running server, by itself.
    Server,
    /// `vestibule demo`.
    Demo,
    /// An account with a role, in a browser.
    Admin(AdminSession),
}

impl Actor {
    /// The actor in the audit log: `cli:root`, or `account:` and an id. `None`: the owner of the account in the row.
    #[must_use]
    pub fn audit_name(&self) -> Option<String> {
        match self {
            Self::Operator { user } => Some(format!("cli:{user}")),
            Self::Owner { .. } => None,
            Self::Server => Some("serve".to_owned()),
            Self::Demo => Some("demo".to_owned()),
            Self::Admin(admin) => Some(format!("account:{}", admin.account)),
        }
    }

    /// A row of the audit log for an operation of this actor that is not about one account.
    #[must_use]
    pub fn row(&self, event: Event, now: OffsetDateTime) -> AuditEntry {
        let network = self.network().map(str::to_owned);
        let actor_account = match self {
            Self::Admin(admin) => Some(admin.account.clone()),
            Self::Owner { .. } | Self::Operator { .. } | Self::Server | Self::Demo => None,
        };
        AuditEntry { actor: self.audit_name(), actor_account, network, ..AuditEntry::new(now, event) }
    }

    /// A row of the audit log for an operation of this actor on an account.
    #[must_use]
    pub fn row_about(&self, event: Event, account: &AccountId, now: OffsetDateTime) -> AuditEntry {
        let row = self.row(event, now);
        let actor_account = match self {
            Self::Owner { .. } => Some(account.clone()),
            Self::Admin(_) | Self::Operator { .. } | Self::Server | Self::Demo => row.actor_account.clone(),
        };
        AuditEntry { account: Some(account.clone()), actor_account, ..row }
    }

    /// The network of the browser in which the actor is: an IPv4 /24 or an IPv6 /64.
    pub(super) fn network(&self) -> Option<&str> {
        match self {
            Self::Owner { network, .. } => network.as_deref(),
            Self::Admin(admin) => admin.network.as_deref(),
            Self::Operator { .. } | Self::Server | Self::Demo => None,
        }
    }

    /// The session of the browser in which the owner acts.
    pub(super) fn session(&self) -> Option<Id> {
        match self {
            Self::Owner { session, .. } => *session,
            Self::Admin(admin) => Some(admin.session),
            Self::Operator { .. } | Self::Server | Self::Demo => None,
        }
    }
}
