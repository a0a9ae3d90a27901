//! Whoever writes by single statements: a server's pool, or the one connection to SQLite that stays with us.
//!
//! SQLite takes one writer at a time, so writers queue here and never meet a lock. And a pool asks each connection that comes
//! back whether it still lives, which is a second trip to the thread that SQLite runs on: a login's two statements cost less
//! than their trips.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use sea_orm::{ConnAcquireErr, ConnectionTrait, DatabaseConnection, DbBackend, DbErr};
use sea_orm::{ExecResult, QueryResult, RuntimeErr, Statement, Values};
use sea_query_sqlx::SqlxValues;
use sqlx::query::Query;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Sqlite, SqliteConnection};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// Runs statements that stand alone. Cloning is cheap.
#[derive(Clone, Debug)]
pub(super) enum Writer {
    Kept(Kept),
    Pooled(DatabaseConnection),
}

impl Writer {
    /// The right to write until it is dropped, where one writes at a time.
    ///
    /// # Errors
    /// When another holds it for too long.
    pub async fn turn(&self) -> Result<Option<Turn>, DbErr> {
        match self {
            Self::Kept(kept) => kept.turn().await.map(Some),
            Self::Pooled(_) => Ok(None),
        }
    }

    /// Whether anything may have been written to SQLite since this was asked last.
    pub fn has_written(&self) -> bool {
        match self {
            Self::Kept(kept) => kept.written.swap(false, Ordering::Relaxed),
            Self::Pooled(_) => false,
        }
    }

    /// Says so once more, where not all of it could be dealt with.
    pub fn has_more(&self) {
        if let Self::Kept(kept) = self {
            kept.written.store(true, Ordering::Relaxed);
        }
    }

    pub async fn close(&self) {
        match self {
            Self::Kept(kept) => kept.close().await,
            Self::Pooled(pool) => drop(pool.close_by_ref().await),
        }
    }
}

#[async_trait]
impl ConnectionTrait for Writer {
    fn get_database_backend(&self) -> DbBackend {
        match self {
            Self::Kept(_) => DbBackend::Sqlite,
            Self::Pooled(pool) => pool.get_database_backend(),
        }
    }
    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match self {
            Self::Kept(kept) => kept.execute(statement).await,
            Self::Pooled(pool) => pool.execute_raw(statement).await,
        }
    }
    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match self {
            Self::Kept(kept) => kept.execute(Statement::from_string(DbBackend::Sqlite, sql)).await,
            Self::Pooled(pool) => pool.execute_unprepared(sql).await,
        }
    }
    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match self {
            Self::Kept(kept) => Ok(kept.query(statement).await?.into_iter().next()),
            Self::Pooled(pool) => pool.query_one_raw(statement).await,
        }
    }
    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Kept(kept) => kept.query(statement).await,
            Self::Pooled(pool) => pool.query_all_raw(statement).await,
        }
    }
}

/// One connection to SQLite, for one statement or one transaction at a time.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    options: Arc<SqliteConnectOptions>,
    patience: Duration,
    /// `None` once it was closed.
    on: Arc<Mutex<Option<SqliteConnection>>>,
    written: Arc<AtomicBool>,
}

/// Held by whoever writes. Given back, it says that something may have been written: told any sooner, a checkpoint amid the
/// writing would take the word for what it did not see.
#[derive(Debug)]
pub(super) struct Turn {
    on: OwnedMutexGuard<Option<SqliteConnection>>,
    written: Arc<AtomicBool>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.written.store(true, Ordering::Relaxed);
    }
}

impl Kept {
    /// # Errors
    /// When the file cannot be opened.
    pub async fn open(options: SqliteConnectOptions, patience: Duration) -> Result<Self, sqlx::Error> {
        let on = Arc::new(Mutex::new(Some(options.connect().await?)));
        Ok(Self { options: Arc::new(options), patience, on, written: Arc::default() })
    }

    /// Waits until nobody else writes.
    ///
    /// # Errors
    /// When that takes too long.
    pub async fn turn(&self) -> Result<Turn, DbErr> {
        let on = match Arc::clone(&self.on).try_lock_owned() {
            Ok(free) => free,
            Err(_) => tokio::time::timeout(self.patience, Arc::clone(&self.on).lock_owned())
                .await
                .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?,
        };
        Ok(Turn { on, written: Arc::clone(&self.written) })
    }

    /// Lets go of the file; what comes later is told that it is closed.
    pub async fn close(&self) {
        let Ok(mut turn) = self.turn().await else { return };
        if let Some(on) = turn.on.take() {
            let _gone = on.close().await;
        }
    }

    async fn execute(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.execute_in(&mut self.turn().await?, statement).await
    }

    /// Runs a statement in a turn that is held already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn execute_in(&self, turn: &mut Turn, statement: Statement) -> Result<ExecResult, DbErr> {
        let on = turn.on.as_mut().ok_or(CLOSED)?;
        match prepared(statement).execute(on).await {
            Ok(done) => Ok(done.into()),
            Err(why) => Err(DbErr::Exec(self.mended(turn, why).await)),
        }
    }

    async fn query(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut turn = self.turn().await?;
        let on = turn.on.as_mut().ok_or(CLOSED)?;
        match prepared(statement).fetch_all(on).await {
            Ok(rows) => Ok(rows.into_iter().map(Into::into).collect()),
            Err(why) => Err(DbErr::Query(self.mended(&mut turn, why).await)),
        }
    }

    /// The thread that SQLite ran on is gone: the next statement gets another. A statement is never run twice.
    async fn mended(&self, turn: &mut Turn, why: sqlx::Error) -> RuntimeErr {
        if matches!(why, sqlx::Error::WorkerCrashed)
            && let Ok(another) = self.options.connect().await
        {
            *turn.on = Some(another);
        }
        RuntimeErr::SqlxError(Arc::new(why))
    }
}

pub(super) const CLOSED: DbErr = DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed);

/// Kept prepared by the connection, under its text.
fn prepared(statement: Statement) -> Query<'static, Sqlite, SqlxValues> {
    let Statement { sql, values, .. } = statement;
    sqlx::query_with(AssertSqlSafe(sql), SqlxValues(values.unwrap_or(Values(Vec::new()))))
}
