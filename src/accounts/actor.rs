//! Who performs an operation, as the audit log records it.

use time::OffsetDateTime;
use tower_sessions::session::Id;

use crate::base::ids::AccountId;
use crate::store::{AuditEntry, Event};

/// Who performs an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// An operator at the command line, by the name of their user on this machine.
    Operator { user: String },
    /// The owner of the account, in a browser. `network`: an IPv4 /24 or an IPv6 /64.
    Owner { session: Option<Id>, network: Option<String> },
    /// A running server, by itself.
    Server,
    /// `vestibule demo`.
    Demo,
}

impl Actor {
    /// The actor in the audit log: `cli:root`. `None`: the owner of the account that the row is about.
    #[must_use]
    pub fn audit_name(&self) -> Option<String> {
        match self {
            Self::Operator { user } => Some(format!("cli:{user}")),
            Self::Owner { .. } => None,
            Self::Server => Some("serve".to_owned()),
            Self::Demo => Some("demo".to_owned()),
        }
    }

    /// A row of the audit log for an operation of this actor that is not about one account.
    #[must_use]
    pub fn row(&self, event: Event, now: OffsetDateTime) -> AuditEntry {
        let network = self.network().map(str::to_owned);
        AuditEntry { actor: self.audit_name(), network, ..AuditEntry::new(now, event) }
    }

    /// A row of the audit log for an operation of this actor on an account.
    #[must_use]
    pub fn row_about(&self, event: Event, account: &AccountId, now: OffsetDateTime) -> AuditEntry {
        let actor_account = match self {
            Self::Owner { .. } => Some(account.clone()),
            Self::Operator { .. } | Self::Server | Self::Demo => None,
        };
        AuditEntry { account: Some(account.clone()), actor_account, ..self.row(event, now) }
    }

    /// The network of the browser in which the actor is: an IPv4 /24 or an IPv6 /64.
    pub(super) fn network(&self) -> Option<&str> {
        match self {
            Self::Owner { network, .. } => network.as_deref(),
            Self::Operator { .. } | Self::Server | Self::Demo => None,
        }
    }

    /// The session of the browser in which the owner acts.
    pub(super) fn session(&self) -> Option<Id> {
        match self {
            Self::Owner { session, .. } => *session,
            Self::Operator { .. } | Self::Server | Self::Demo => None,
        }
    }
}
