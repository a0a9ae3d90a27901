//! Connections to SQLite: one to write by, a few to read by.
//!
//! SQLite takes one writer at a time. Writers wait here for their lease, and so never meet a lock. sqlx's own pool
//! pings each connection that comes back. That is a second round trip to the thread that SQLite runs on, and costs more
//! than the statements of a login.

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
    /// The last one that came back is leased first: its pages are warm, and no more are opened than the load needs.
    connections: Mutex<Vec<SqliteConnection>>,
    written: AtomicBool,
}

impl Idle {
    fn locked(&self) -> MutexGuard<'_, Vec<SqliteConnection>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A leased connection, for one statement or one transaction at a time. Its return marks the database as written. An
/// earlier mark could be cleared by a checkpoint that runs before the writing ends.
#[derive(Debug)]
pub(super) struct Lease {
    /// `None`: not opened yet, or its thread is gone.
    connection: Option<SqliteConnection>,
    /// A statement runs. The caller may be cancelled meanwhile.
    running: bool,
    /// The pool holds one connection at most.
    only: bool,
    pool: Arc<Idle>,
    /// Returned after the connection, so it stands last.
    _permit: OwnedSemaphorePermit,
}

impl Drop for Lease {
    fn drop(&mut self) {
        // On this connection, the next statement waits for the running one. The only writer has to wait; a reader gets
        // another connection.
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

    /// Lets the next [`Self::take_written`] say yes.
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

/// Drops a connection whose thread is gone, so that the next statement opens another. No statement runs twice.
fn failed(lease: &mut Lease, why: sqlx::Error) -> RuntimeErr {
    if matches!(why, sqlx::Error::WorkerCrashed) {
        lease.connection = None;
    }
    RuntimeErr::SqlxError(Arc::new(why))
}

pub(super) const CLOSED: DbErr = DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed);

/// The connection keeps the statement prepared, and finds it by its text.
fn prepared(statement: Statement) -> Query<'static, Sqlite, SqlxValues> {
    let Statement { sql, values, .. } = statement;
    sqlx::query_with(AssertSqlSafe(sql), SqlxValues(values.unwrap_or(Values(Vec::new()))))
}
