//! The database: accounts, identities, sessions, keys, the audit, and what may be used only once.
//!
//! One [`Store`] over SQLite and PostgreSQL, in SQL that both understand. What is written together is written in one
//! [`Transaction`]; no transaction is ever held open across a call to anybody else.

mod accounts;
mod audit;
mod connections;
mod diagnosis;
mod end_login;
mod error;
mod event;
mod groups;
mod identities;
mod kept;
mod keys;
mod mend;
mod names;
mod replay;
mod open;
mod passwords;
mod rights;
mod server;
mod sessions;
mod sql;
#[cfg(test)]
mod tests;
mod tries;
mod upkeep;

pub use accounts::{AccountList, Provisioned, Removed, Renaming};
pub use audit::{AuditEntry, AuditQuery, AuditRow, Bucket, CODES_A_ROW, Explained};
pub use diagnosis::not_writable;
pub use end_login::{Decide, EndingLogin, LoginEnd, NewAccount, OpenSession, Ruling};
pub use error::{Place, StoreError, Trouble};
pub use event::Event;
pub use identities::{IssuerCount, Linking, TiedIdentity};
pub use keys::StoredKey;
pub use migrations::Schema;
pub use open::Database;
pub use passwords::{Hashes, PasswordCount, PasswordOf};
pub use replay::{ReplayKey, SingleUse, Spending};
pub use rights::Alone;
pub use sessions::{HeldSession, Lifetimes, LiveSession, SignedIn};
pub use tries::{KNOWN_FOR, Mark, Marks, ServerMarks, Whose, mark_of_network};

use std::sync::Arc;

use sea_orm::{DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, TransactionOptions};
use time::OffsetDateTime;

use crate::base::clock::Clock;
use connections::Connections;
use end_login::LoginEnds;
use kept::Turn;
use sql::Sql;

/// The database, open and at the schema of this binary. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Store {
    /// For statements that stand alone.
    writer: Sql<Connections>,
    /// For those that belong together.
    transactions: DatabaseConnection,
    reader: Sql<Connections>,
    login_ends: Arc<LoginEnds>,
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
        let failed = |why| StoreError::new(&self.writer.place, why);
        let turn = self.writer.on.turn().await.map_err(failed)?;
        let on = self.writer.on.begin(&self.transactions, options).await.map_err(failed)?;
        Ok(Transaction { sql: Sql { on, place: Arc::clone(&self.writer.place) }, now: self.clock.now(), _turn: turn })
    }

    /// Whether the database answers; reads and writes nothing.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn health(&self) -> Result<(), StoreError> {
        self.reader.one("SELECT kid FROM signing_key LIMIT 1", []).await.map(|_| ())
    }

    /// Lets go of the database; SQLite then tidies its side files away, unless another process has them open: what was
    /// written here reaches the disk none the less.
    pub async fn close(&self) {
        let _copied = self.checkpoint().await;
        self.reader.on.close().await;
        let _gone = self.transactions.close_by_ref().await;
        self.writer.on.close().await;
    }

    /// Where the data is: never with a password.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.writer.place
    }
}

/// What is written together. Dropped without [`Transaction::commit`], it leaves nothing behind.
#[derive(Debug)]
pub struct Transaction {
    sql: Sql<DatabaseTransaction>,
    now: OffsetDateTime,
    /// Given back when the transaction has ended, so it stands last.
    _turn: Option<Turn>,
}

impl Transaction {
    /// Where the data is, as [`Store::place`] has it.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.sql.place
    }

    /// Makes it so.
    ///
    /// # Errors
    /// When the database fails: then nothing was written.
    pub async fn commit(self) -> Result<(), StoreError> {
        let Self { sql: Sql { on, place }, _turn, .. } = self;
        on.commit().await.map_err(|why| StoreError::new(&place, why))
    }
}
