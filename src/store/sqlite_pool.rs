//! Connections to SQLite: one that writes, and a few that read.
//!
//! SQLite allows one writer at a time. Writers wait here for a lease, so they don't block each other inside SQLite.
//! sqlx's own pool pings each connection that is returned. That is a second round trip to SQLite's thread, and costs
//! more than the statements of a login.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sea_orm::{ConnAcquireErr, DbErr, ExecResult, QueryResult, RuntimeErr, Statement, Values};
use sea_query_sqlx::SqlxValues;
use sqlx::query::Query;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Sqlite, SqliteConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Cloning is cheap.
#[derive(Clone, Debug)]
pub(super) struct SqlitePool {
    options: Arc<SqliteConnectOptions>,
    max: u32,
    acquire_timeout: Duration,
    /// One for each connection that may be leased.
    permits: Arc<Semaphore>,
    idle: Arc<Idle>,
}

#[derive(Debug, Default)]
struct Idle {
    /// The connection that was returned last is leased first: its page cache is warm, and the pool opens no more
    /// connections than the load needs.
    connections: Mutex<Vec<SqliteConnection>>,
    written: AtomicBool,
}

impl Idle {
    fn locked(&self) -> MutexGuard<'_, Vec<SqliteConnection>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A leased connection, for one statement or one transaction at a time. Returning it marks the database as written. A
/// checkpoint that runs before the write ends could clear an earlier mark.
#[derive(Debug)]
pub(super) struct Lease {
    /// `None`: not opened yet, or its thread is gone.
    connection: Option<SqliteConnection>,
    /// Whether a statement runs. It goes on if its caller is cancelled.
    running: bool,
    /// Whether this is the pool's only connection.
    only: bool,
    pool: Arc<Idle>,
    /// The last field: it is returned after the connection.
    _permit: OwnedSemaphorePermit,
}

impl Drop for Lease {
    fn drop(&mut self) {
        // The next statement on this connection would wait for the running one. The only writer has to wait. A reader's
        // connection is dropped, and the next reader opens another.
        if !self.running || self.only {
            self.pool.locked().extend(self.connection.take());
        }
        self.pool.written.store(true, Ordering::Relaxed);
    }
}

impl SqlitePool {
    /// A pool of `max` connections. Each is opened when it is needed.
    pub fn new(options: SqliteConnectOptions, max: u32, acquire_timeout: Duration) -> Self {
        let permits = Arc::new(Semaphore::new(max.try_into().unwrap_or(1)));
        Self { options: Arc::new(options), max, acquire_timeout, permits, idle: Arc::default() }
    }

    /// Opens one connection.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub async fn open(&self) -> Result<(), sqlx::Error> {
        let connection = self.options.connect().await?;
        self.idle.locked().push(connection);
        Ok(())
    }

    /// Waits until a connection is free.
    ///
    /// # Errors
    /// When that takes too long.
    pub async fn lease(&self) -> Result<Lease, DbErr> {
        let permit = match Arc::clone(&self.permits).try_acquire_owned() {
            Ok(free) => free,
            Err(_) => tokio::time::timeout(self.acquire_timeout, Arc::clone(&self.permits).acquire_owned())
                .await
                .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?
                .map_err(|_| CLOSED)?,
        };
        let (connection, pool) = (self.idle.locked().pop(), Arc::clone(&self.idle));
        Ok(Lease { connection, running: false, only: self.max == 1, pool, _permit: permit })
    }

    /// Closes all connections. Later leases fail.
    pub async fn close(&self) {
        let all = tokio::time::timeout(self.acquire_timeout, self.permits.acquire_many(self.max)).await;
        if !matches!(all, Ok(Ok(_))) {
            return;
        }
        self.permits.close();
        let connections = std::mem::take(&mut *self.idle.locked());
        for connection in connections {
            let _closed = connection.close().await;
        }
    }

    /// Whether anything may have been written since the last call.
    pub fn take_written(&self) -> bool {
        self.idle.written.swap(false, Ordering::Relaxed)
    }

    /// Makes the next [`Self::take_written`] return `true`.
    pub fn mark_written(&self) {
        self.idle.written.store(true, Ordering::Relaxed);
    }

    pub async fn execute(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.execute_on(&mut self.lease().await?, statement).await
    }

    /// Runs a statement on a connection that is leased already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn execute_on(&self, lease: &mut Lease, statement: Statement) -> Result<ExecResult, DbErr> {
        let connection = self.connection(lease).await?;
        let done = prepared(statement).execute(connection).await;
        lease.running = false;
        match done {
            Ok(done) => Ok(done.into()),
            Err(why) => Err(DbErr::Exec(failed(lease, why))),
        }
    }

    pub async fn query(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut lease = self.lease().await?;
        let connection = self.connection(&mut lease).await?;
        let rows = prepared(statement).fetch_all(connection).await;
        lease.running = false;
        match rows {
            Ok(rows) => Ok(rows.into_iter().map(Into::into).collect()),
            Err(why) => Err(DbErr::Query(failed(&mut lease, why))),
        }
    }

    /// The leased connection, for a statement that begins now.
    async fn connection<'l>(&self, lease: &'l mut Lease) -> Result<&'l mut SqliteConnection, DbErr> {
        let connection = match lease.connection.take() {
            Some(open) => open,
            None => self.options.connect().await.map_err(|why| DbErr::Conn(RuntimeErr::SqlxError(Arc::new(why))))?,
        };
        lease.running = true;
        Ok(lease.connection.insert(connection))
    }
}

/// Drops a connection whose thread is gone, so that the next statement opens another. The failed statement is not
/// repeated.
fn failed(lease: &mut Lease, why: sqlx::Error) -> RuntimeErr {
    if matches!(why, sqlx::Error::WorkerCrashed) {
        lease.connection = None;
    }
    RuntimeErr::SqlxError(Arc::new(why))
}

pub(super) const CLOSED: DbErr = DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed);

/// The connection keeps prepared statements, and finds them by their text.
fn prepared(statement: Statement) -> Query<'static, Sqlite, SqlxValues> {
    let Statement { sql, values, .. } = statement;
    sqlx::query_with(AssertSqlSafe(sql), SqlxValues(values.unwrap_or(Values(Vec::new()))))
}
