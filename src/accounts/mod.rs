//! The operations on accounts, identities, groups, passwords and sessions, one function each.
//!
//! The sign-in, the person's own pages and the command line call these functions. An [`Actor`] says who acts.
//! Each operation is one transaction: it writes the change and its row in the audit log together, and returns what it
//! did.
//!
//! | file | operations |
//! | --- | --- |
//! | `access_requests` | let in, let prove, link or refuse a person who asks |
//! | `account` | rename, disable, enable, remove |
//! | `addresses` | give an account an e-mail address, take it away |
//! | `erasure` | remove an account, and erase its personal values from the audit log |
//! | `export` | collect everything that names one person |
//! | `groups` | add to a group, remove from a group |
//! | `identities` | link, unlink |
//! | `merge` | merge two accounts, undo it |
//! | `passwords` | create an account with a password, set a password |
//! | `own_methods` | remove a sign-in method of one's own account |
//! | `password_change` | change the password of one's own account |
//! | `roles` | give a role, take it away, invite the first admin |
//! | `sessions` | list the sessions of an account, end one, end the others |
//! | `suspension` | suspend a provider, resume it |
//! | `throttle` | forget failed attempts |
//! | `import` | create many accounts with existing password hashes |
//!
//! One operation is not here: [`Store::end_login`] creates the account of a first sign-in, links its identity and opens
//! its session. It does so in one statement or one transaction with the rest of the sign-in.

mod access_requests;
mod account;
mod actor;
mod admin_session;
mod authorization;
mod addresses;
mod change;
mod details;
mod erasure;
mod error;
mod export;
mod groups;
mod identities;
mod import;
mod merge;
mod name;
mod operation;
mod own_methods;
mod password_change;
mod passwords;
mod permission;
mod roles;
mod sessions;
mod suspension;
mod throttle;

pub use access_requests::{AccessDecided, AccessLinked};
pub use account::{Disabled, Enabled, Removed, Renamed};
pub use actor::Actor;
pub use addresses::AddressChanged;
pub use admin_session::{AdminSession, NotAllowed, RoleConfig, is_fresh};
pub use change::Change;
pub use details::{AccountDetails, DisabledBy, Identity};
pub use erasure::Erased;
pub use error::AccountError;
pub use export::Export;
pub use groups::GroupChanged;
pub use identities::{IfMissing, Linked, Unlinked};
pub use import::{EntryPosition, EntryProblem, IfExists, Import, ImportMode, ImportReport, ListEntry, RefusedEntry};
pub use merge::{ConfigRole, MergeUndone, Merged, MovedIdentity, UNDO_FOR};
pub use name::{AccountName, AccountRef};
pub use own_methods::{MethodRemoved, RemoveMethodError, UsableMethods};
pub use password_change::{ChangePasswordError, ContinuedSession, PasswordChange, PasswordChanged};
pub use passwords::{Created, PasswordSet};
pub use permission::Permission;
pub use roles::{AdminInvited, RoleGiven, RoleTaken};
pub use sessions::{OtherSessionsEnded, Session, SessionEnded, Sessions};
pub use suspension::{ProviderResumed, ProviderSuspended, SuspensionEffect};
pub use throttle::{AllReleased, NameReleased, Released};

use operation::Conditions;

use crate::base::clock::Clock;
use crate::base::lookalike::Scripts;
use crate::store::Store;

/// The accounts of one database. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Accounts {
    store: Store,
    clock: Clock,
    scripts: Scripts,
    conditions: Conditions,
}

impl Accounts {
    #[must_use]
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock, scripts: Scripts::default(), conditions: Conditions::default() }
    }

    /// The same accounts; new usernames may be in these scripts.
    #[must_use]
    pub fn in_scripts(self, scripts: Scripts) -> Self {
        Self { scripts, ..self }
    }

    /// The same accounts; an operation checks everything, reports what it would change, and changes nothing.
    #[must_use]
    pub fn as_dry_run(mut self) -> Self {
        self.conditions.dry_run = true;
        self
    }

    /// The same accounts; an operation on an account that has another version fails with
    /// [`AccountError::OtherVersion`].
    #[must_use]
    pub fn at_version(mut self, version: u64) -> Self {
        self.conditions.version = Some(version);
        self
    }
}

#[cfg(test)]
mod tests;
