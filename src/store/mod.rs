//! The database: accounts, identities, passwords, sessions, signing keys, the login throttle, the audit log, and replay
//! keys.
//!
//! A [`Store`] works with SQLite or PostgreSQL, in SQL that both understand. Changes that belong together are written
//! in one [`Transaction`]. No transaction stays open during a request to a provider.

mod access_ask;
mod access_requests;
mod account_lock;
mod accounts;
mod addresses;
mod audit;
mod audit_detail;
mod audit_entry;
mod audit_erasure;
mod audit_target;
mod connections;
mod diagnosis;
mod end_login;
mod error;
mod event;
mod fixes;
mod future_times;
mod groups;
mod identities;
mod identity_walk;
mod identity_counts;
mod keys;
mod lifetimes;
mod link_proof;
mod link_requests;
mod throttle_keys;
mod login_throttle;
mod maintenance;
mod method_addition;
mod names;
mod open;
mod operations;
mod own_methods;
mod passwords;
mod location;
mod pool_options;
mod postgres_address;
mod postgres_pool;
mod provider_counts;
mod reachability;
mod replay;
mod rights;
mod roles;
mod row_locks;
mod schema;
mod search_terms;
mod server_lock;
mod server_traits;
mod session_origin;
mod session_rows;
mod sessions;
mod sql;
mod sqlite_pool;
mod suspensions;
mod error_kind;
#[cfg(test)]
mod tests;

pub use access_ask::{AccessAsk, AccessAsked};
pub use access_requests::{AccessDecision, AccessRequest};
pub use accounts::{AccountQuery, Provisioned, Removed, RenameOutcome};
pub use addresses::{AccountAddress, AddressSource};
pub use audit::{AuditQuery, AuditRow, ExplainedRefusal, MAX_CODES_PER_ROW};
pub use audit_detail::AuditDetail;
pub use audit_entry::{AuditEntry, CoalescingKey};
pub use audit_target::AuditTarget;
pub use diagnosis::{WriteProblem, write_problem};
pub use end_login::{
    Decide, EndingLogin, LinkAnswer, LinkChoice, LoginEnd, NewAccount, Question, Ruling, SessionToOpen, UnlinkedRuling,
};
pub use error::StoreError;
pub use error_kind::StoreErrorKind;
pub use event::Event;
pub use identities::{LinkOutcome, LinkedIdentity, NewLink};
pub use identity_counts::IssuerCount;
pub use identity_walk::{IdentityFilter, IdentityWalk, MAX_READ};
pub use keys::StoredKey;
pub use lifetimes::Lifetimes;
pub use link_proof::{LinkProofToKeep, ProofEnd};
pub use link_requests::{AskedLogin, StoredLinkRequest};
pub use location::DatabaseLocation;
pub use login_throttle::{FailureCount, KNOWN_FOR};
pub use method_addition::{AdditionEnd, MethodToAdd};
pub use migrations::Schema;
pub use open::Database;
pub use operations::{Merge, MergedItems};
pub use passwords::{HashFilter, PasswordCount, StoredPassword};
pub use provider_counts::{ProviderUse, UsableProviders};
pub use replay::{ReplayKey, SingleUse, SpendOutcome};
pub use roles::RoleHolder;
pub use schema::Upgrade;
pub use search_terms::{FoundAccount, TermQuery, TermRange, search_terms};
pub use server_lock::{Server, ServerLock};
pub use session_origin::SessionOrigin;
pub use session_rows::{MAX_SESSIONS, SessionRow};
pub use sessions::{LiveSession, LockedSession, SessionLogin};
#[cfg(test)]
pub(crate) use sql::{statements_of_this_thread, transaction_statements_of_this_thread};
pub use suspensions::{Suspension, SuspensionCache};
pub use throttle_keys::{ServerThrottleKeys, ThrottleKey, ThrottleKeys, ThrottleSubject, throttle_key_of_network};

use std::collections::BTreeSet;
use std::sync::Arc;

use sea_orm::{DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, TransactionOptions};
use time::OffsetDateTime;

use crate::base::clock::Clock;
use crate::base::ids::AccountId;
use connections::Connections;
use end_login::LoginEnds;
use location::FileId;
use sql::Sql;
use sqlite_pool::Lease;

/// An open database. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Store {
    /// For single statements that write.
    writer: Sql<Connections>,
    /// For transactions.
    transactions: DatabaseConnection,
    reader: Sql<Connections>,
    login_ends: Arc<LoginEnds>,
    suspensions: SuspensionCache,
    upgraded: Option<Arc<Upgrade>>,
    /// The SQLite file that was opened for writing. Tells whether the path now leads to another file.
    file: Option<Arc<FileId>>,
    clock: Clock,
}

impl Store {
    /// Begins a transaction.
    ///
    /// # Errors
    /// When the database cannot be reached or is busy for too long.
    pub async fn begin(&self) -> Result<Transaction, StoreError> {
        // A deferred transaction that first reads and then writes may fail with "database is locked" before the busy
        // timeout.
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let failed = |why| StoreError::new(&self.writer.location, why);
        let lease = self.writer.connection.lease().await.map_err(failed)?;
        let connection = self.writer.connection.begin(&self.transactions, options).await.map_err(failed)?;
        Ok(Transaction {
            sql: Sql { connection, location: Arc::clone(&self.writer.location) },
            now: self.clock.now(),
            raised: BTreeSet::new(),
            _lease: lease,
        })
    }

    /// Whether the database answers. Writes nothing.
    ///
    /// # Errors
    /// When it does not.
    pub async fn health(&self) -> Result<(), StoreError> {
        self.reader.one("SELECT kid FROM signing_key LIMIT 1", []).await.map(|_| ())
    }

    /// As [`Self::health`], and whether the SQLite file is still at its path, and a server accepts writes. SQLite goes
    /// on writing into a deleted file. A server may be a standby after a failover.
    ///
    /// # Errors
    /// When the database does not answer or is read-only, or its file was deleted or replaced.
    pub async fn readiness(&self) -> Result<(), StoreError> {
        let location = &self.writer.location;
        if let (DatabaseLocation::File(path), Some(opened)) = (location.as_ref(), &self.file)
            && FileId::of(path) != Some(**opened)
        {
            return Err(StoreError::replaced(location));
        }
        if let DatabaseLocation::Server(_) = location.as_ref() {
            let row = self.writer.one("SELECT current_setting('transaction_read_only') = 'on'", []).await?;
            if row.map(|row| row.get(0)).transpose()? == Some(true) {
                return Err(StoreError::read_only(location));
            }
        }
        self.health().await
    }

    /// Closes the database. SQLite removes its side files, unless another process has the database open. Committed data
    /// is on the disk in both cases.
    pub async fn close(&self) {
        let _copied = self.checkpoint().await;
        self.reader.connection.close().await;
        let _gone = self.transactions.close_by_ref().await;
        self.writer.connection.close().await;
    }

    /// The schema upgrade, if [`Self::open`] found an older schema.
    #[must_use]
    pub fn upgraded(&self) -> Option<&Upgrade> {
        self.upgraded.as_deref()
    }

    /// Where the data is. Holds no password.
    #[must_use]
    pub fn location(&self) -> &DatabaseLocation {
        &self.writer.location
    }
}

/// Several statements that are committed together. Dropped without [`Transaction::commit`], it is rolled back.
#[derive(Debug)]
pub struct Transaction {
    sql: Sql<DatabaseTransaction>,
    now: OffsetDateTime,
    /// The accounts whose rows this transaction has locked. Their versions are raised.
    raised: BTreeSet<AccountId>,
    /// The last field: it is returned after the transaction has ended.
    _lease: Option<Lease>,
}

impl Transaction {
    /// Where the data is. Holds no password.
    #[must_use]
    pub fn location(&self) -> &DatabaseLocation {
        &self.sql.location
    }

    /// # Errors
    /// When the database fails. Then nothing was written.
    pub async fn commit(self) -> Result<(), StoreError> {
        let Self { sql: Sql { connection, location }, _lease, .. } = self;
        connection.commit().await.map_err(|why| StoreError::new(&location, why))
    }
}
