//! The connections that run statements, on a SQLite file or a PostgreSQL server.

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    TransactionOptions, TransactionTrait as _,
};

use super::postgres_pool::PostgresPool;
use super::sqlite_pool::{Lease, SqlitePool};

/// Cloning is cheap.
#[derive(Clone, Debug)]
pub(super) enum Connections {
    Sqlite(SqlitePool),
    Postgres(PostgresPool),
    /// A SQLite file that is only read.
    ReadOnly(DatabaseConnection),
}

impl Connections {
    /// A lease of SQLite's connection. A PostgreSQL server needs none.
    ///
    /// # Errors
    /// When no connection becomes free in time.
    pub async fn lease(&self) -> Result<Option<Lease>, DbErr> {
        match self {
            Self::Sqlite(pool) => pool.lease().await.map(Some),
            Self::Postgres(_) | Self::ReadOnly(_) => Ok(None),
        }
    }

    /// Begins a transaction. Fails soon if the PostgreSQL server can't be reached.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin(
        &self,
        transactions: &DatabaseConnection,
        options: TransactionOptions,
    ) -> Result<DatabaseTransaction, DbErr> {
        match self {
            Self::Postgres(pool) => pool.acquire_or_probe(|| transactions.begin_with_options(options)).await,
            Self::Sqlite(_) | Self::ReadOnly(_) => transactions.begin_with_options(options).await,
        }
    }

    /// Whether a PostgreSQL server refuses all writes, whatever the rights.
    pub fn is_read_only_server(&self) -> bool {
        match self {
            Self::Postgres(pool) => pool.traits.is_read_only,
            Self::Sqlite(_) | Self::ReadOnly(_) => false,
        }
    }

    /// Whether anything may have been written to SQLite since the last call.
    pub fn take_written(&self) -> bool {
        match self {
            Self::Sqlite(pool) => pool.take_written(),
            Self::Postgres(_) | Self::ReadOnly(_) => false,
        }
    }

    /// Makes the next [`Self::take_written`] return `true`.
    pub fn mark_written(&self) {
        if let Self::Sqlite(pool) = self {
            pool.mark_written();
        }
    }

    pub async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
            Self::ReadOnly(pool) => drop(pool.close_by_ref().await),
        }
    }
}

#[async_trait]
impl ConnectionTrait for Connections {
    fn get_database_backend(&self) -> DbBackend {
        match self {
            Self::Sqlite(_) => DbBackend::Sqlite,
            Self::Postgres(_) => DbBackend::Postgres,
            Self::ReadOnly(pool) => pool.get_database_backend(),
        }
    }
    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match self {
            Self::Sqlite(pool) => pool.execute(statement).await,
            Self::Postgres(pool) => pool.execute(statement).await,
            Self::ReadOnly(pool) => pool.execute_raw(statement).await,
        }
    }
    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match self {
            Self::Sqlite(pool) => pool.execute(Statement::from_string(DbBackend::Sqlite, sql)).await,
            Self::Postgres(pool) => pool.execute_unprepared(sql).await,
            Self::ReadOnly(pool) => pool.execute_unprepared(sql).await,
        }
    }
    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match self {
            Self::Sqlite(pool) => Ok(pool.query(statement).await?.into_iter().next()),
            Self::Postgres(pool) => Ok(pool.query(statement).await?.into_iter().next()),
            Self::ReadOnly(pool) => pool.query_one_raw(statement).await,
        }
    }
    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Sqlite(pool) => pool.query(statement).await,
            Self::Postgres(pool) => pool.query(statement).await,
            Self::ReadOnly(pool) => pool.query_all_raw(statement).await,
        }
    }
}
