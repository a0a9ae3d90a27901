//! The database: accounts, identities, sessions, keys, the audit, and what may happen once.
//!
//! One [`Store`] over SQLite and PostgreSQL, in SQL that both understand. What is written together is written in one
//! [`Transaction`]; no transaction is ever held open across a call to anybody else.

mod accounts;
mod audit;
mod error;
mod identities;
mod keys;
mod known;
mod once;
mod open;
mod sessions;
mod sql;
mod upkeep;

pub use accounts::{AccountList, Provisioned, Renaming};
pub use audit::{AuditEntry, AuditQuery, AuditRow, Bucket, CODES_A_ROW, Event, Explained};
pub use error::{Place, StoreError, Trouble};
pub use identities::{Linking, TiedIdentity};
pub use keys::StoredKey;
pub use known::KnownLogin;
pub use migrations::Schema;
pub use once::Spending;
pub use open::Database;
pub use sessions::{Lifetimes, LiveSession, SignedIn};

use std::sync::Arc;

use sea_orm::{DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, TransactionOptions, TransactionTrait};
use time::OffsetDateTime;

use crate::base::clock::Clock;
use sql::Sql;

/// The database, open and at the schema of this binary. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Store {
    /// SQLite takes one writer at a time: a pool of one connection, so that writers queue here and never meet a lock.
    writer: Sql<DatabaseConnection>,
    reader: Sql<DatabaseConnection>,
    clock: Clock,
}

impl Store {
    /// Begins to write. What is not committed did not happen.
    ///
    /// # Errors
    /// When the database cannot be reached or is busy for too long.
    pub async fn begin(&self) -> Result<Transaction, StoreError> {
        // A deferred transaction that reads and then writes meets "database is locked" whatever the busy timeout.
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let begun = self.writer.on.begin_with_options(options).await;
        let on = begun.map_err(|why| StoreError::new(&self.writer.place, why))?;
        Ok(Transaction { sql: Sql { on, place: Arc::clone(&self.writer.place) }, now: self.clock.now() })
    }

    /// Whether the database answers; reads and writes nothing.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn health(&self) -> Result<(), StoreError> {
        self.reader.one("SELECT kid FROM signing_key LIMIT 1", []).await.map(|_| ())
    }

    /// Lets go of the database; SQLite then tidies its side files away.
    pub async fn close(&self) {
        for connection in [&self.reader.on, &self.writer.on] {
            let _gone = connection.close_by_ref().await;
        }
    }

    /// Where the data is: never with a password.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.writer.place
    }

    /// Removes what has run out by `now` (sessions, spent logins), a batch at a time so that nobody waits long for the
    /// writer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prune(&self, now: OffsetDateTime) -> Result<u64, StoreError> {
        const BATCH: u64 = 1_000;
        let mut removed = 0;
        for statement in [
            "DELETE FROM session WHERE id_hash IN (SELECT id_hash FROM session WHERE expires_at <= $1 LIMIT 1000)",
            // Keys sort by age: of the oldest, those that ran out.
            "DELETE FROM once WHERE key IN (SELECT key FROM (SELECT key, expires_at FROM once ORDER BY key LIMIT 1000) \
             AS oldest WHERE expires_at <= $1)",
        ] {
            loop {
                let gone = self.writer.run(statement, [sql::micros(now).into()]).await?;
                removed += gone;
                if gone < BATCH {
                    break;
                }
            }
        }
        Ok(removed)
    }
}

/// What is written together. Dropped without [`Transaction::commit`], it leaves nothing behind.
#[derive(Debug)]
pub struct Transaction {
    sql: Sql<DatabaseTransaction>,
    now: OffsetDateTime,
}

impl Transaction {
    /// Makes it so.
    ///
    /// # Errors
    /// When the database fails: then nothing was written.
    pub async fn commit(self) -> Result<(), StoreError> {
        let Sql { on, place } = self.sql;
        on.commit().await.map_err(|why| StoreError::new(&place, why))
    }
}
