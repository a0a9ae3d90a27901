//! What runs statements that stand alone: a server's pool, or connections to SQLite that stay with us.

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    TransactionOptions, TransactionTrait as _,
};

use super::kept::{Kept, Turn};
use super::server::Server;

/// Cloning is cheap.
#[derive(Clone, Debug)]
pub(super) enum Connections {
    Kept(Kept),
    Server(Server),
    /// A file that is only looked at.
    Pooled(DatabaseConnection),
}

impl Connections {
    /// One of them until it is dropped, where they are kept.
    ///
    /// # Errors
    /// When others hold them for too long.
    pub async fn turn(&self) -> Result<Option<Turn>, DbErr> {
        match self {
            Self::Kept(kept) => kept.turn().await.map(Some),
            Self::Server(_) | Self::Pooled(_) => Ok(None),
        }
    }

    /// Begins a transaction, with a quick answer where a server is away.
    ///
    /// # Errors
    /// When it can't be begun.
    pub async fn begin(
        &self,
        transactions: &DatabaseConnection,
        options: TransactionOptions,
    ) -> Result<DatabaseTransaction, DbErr> {
        let begun = transactions.begin_with_options(options);
        match self {
            Self::Server(server) => server.soon(begun).await,
            Self::Kept(_) | Self::Pooled(_) => begun.await,
        }
    }

    /// Whether anything may have been written to SQLite since this was asked last.
    pub fn has_written(&self) -> bool {
        match self {
            Self::Kept(kept) => kept.has_written(),
            Self::Server(_) | Self::Pooled(_) => false,
        }
    }

    /// Says so once more, where not all of it could be dealt with.
    pub fn has_more(&self) {
        if let Self::Kept(kept) = self {
            kept.has_more();
        }
    }

    pub async fn close(&self) {
        match self {
            Self::Kept(kept) => kept.close().await,
            Self::Server(server) => server.close().await,
            Self::Pooled(pool) => drop(pool.close_by_ref().await),
        }
    }
}

#[async_trait]
impl ConnectionTrait for Connections {
    fn get_database_backend(&self) -> DbBackend {
        match self {
            Self::Kept(_) => DbBackend::Sqlite,
            Self::Server(_) => DbBackend::Postgres,
            Self::Pooled(pool) => pool.get_database_backend(),
        }
    }
    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match self {
            Self::Kept(kept) => kept.execute(statement).await,
            Self::Server(server) => server.execute(statement).await,
            Self::Pooled(pool) => pool.execute_raw(statement).await,
        }
    }
    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match self {
            Self::Kept(kept) => kept.execute(Statement::from_string(DbBackend::Sqlite, sql)).await,
            Self::Server(server) => server.execute_unprepared(sql).await,
            Self::Pooled(pool) => pool.execute_unprepared(sql).await,
        }
    }
    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match self {
            Self::Kept(kept) => Ok(kept.query(statement).await?.into_iter().next()),
            Self::Server(server) => Ok(server.query(statement).await?.into_iter().next()),
            Self::Pooled(pool) => pool.query_one_raw(statement).await,
        }
    }
    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Kept(kept) => kept.query(statement).await,
            Self::Server(server) => server.query(statement).await,
            Self::Pooled(pool) => pool.query_all_raw(statement).await,
        }
    }
}
