//! Connections to SQLite that no pool holds: one to write by, a few to read by.
//!
//! SQLite takes one writer at a time, so writers queue here and never meet a lock. And a pool asks each connection that comes
//! back whether it still lives, which is a second trip to the thread that SQLite runs on: a login's statements cost less
//! than their trips.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sea_orm::{ConnAcquireErr, DbErr, ExecResult, QueryResult, RuntimeErr, Statement, Values};
use sea_query_sqlx::SqlxValues;
use sqlx::query::Query;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Sqlite, SqliteConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Each for one statement or one transaction at a time. Cloning is cheap.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    options: Arc<SqliteConnectOptions>,
    most: u32,
    patience: Duration,
    /// One for each that may be taken.
    places: Arc<Semaphore>,
    free: Arc<Free>,
}

#[derive(Debug, Default)]
struct Free {
    /// The one that came back last is taken first: its pages are warm, and those that no load needs are never opened.
    connections: Mutex<Vec<SqliteConnection>>,
    written: AtomicBool,
}

impl Free {
    fn locked(&self) -> MutexGuard<'_, Vec<SqliteConnection>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of them, held by whoever uses it. Given back, it says that something may have been written: told any sooner, a
/// checkpoint amid the writing would take the word for what it did not see.
#[derive(Debug)]
pub(super) struct Turn {
    /// `None` when its thread is gone, or none was needed yet.
    on: Option<SqliteConnection>,
    /// Whoever asked for a statement may be gone while it still runs.
    running: bool,
    /// There is no other.
    alone: bool,
    home: Arc<Free>,
    /// Given back after the connection, so it stands last.
    _place: OwnedSemaphorePermit,
}

impl Drop for Turn {
    fn drop(&mut self) {
        // The next statement would wait for the one that runs: a writer's has to, and a reader's gets another connection.
        if !self.running || self.alone {
            self.home.locked().extend(self.on.take());
        }
        self.home.written.store(true, Ordering::Relaxed);
    }
}

impl Kept {
    /// `most` at once; each is opened when it is needed.
    pub fn new(options: SqliteConnectOptions, most: u32, patience: Duration) -> Self {
        let places = Arc::new(Semaphore::new(most.try_into().unwrap_or(1)));
        Self { options: Arc::new(options), most, patience, places, free: Arc::default() }
    }

    /// Opens one, to see that it can be.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub async fn open(&self) -> Result<(), sqlx::Error> {
        let connection = self.options.connect().await?;
        self.free.locked().push(connection);
        Ok(())
    }

    /// Waits until one is free.
    ///
    /// # Errors
    /// When that takes too long.
    pub async fn turn(&self) -> Result<Turn, DbErr> {
        let place = match Arc::clone(&self.places).try_acquire_owned() {
            Ok(free) => free,
            Err(_) => tokio::time::timeout(self.patience, Arc::clone(&self.places).acquire_owned())
                .await
                .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?
                .map_err(|_| CLOSED)?,
        };
        let on = self.free.locked().pop();
        Ok(Turn { on, running: false, alone: self.most == 1, home: Arc::clone(&self.free), _place: place })
    }

    /// Lets go of the file; what comes later is told that it is closed.
    pub async fn close(&self) {
        let all = tokio::time::timeout(self.patience, self.places.acquire_many(self.most)).await;
        if !matches!(all, Ok(Ok(_))) {
            return;
        }
        self.places.close();
        let connections = std::mem::take(&mut *self.free.locked());
        for connection in connections {
            let _gone = connection.close().await;
        }
    }

    /// Whether anything may have been written since this was asked last.
    pub fn has_written(&self) -> bool {
        self.free.written.swap(false, Ordering::Relaxed)
    }

    /// Says so once more.
    pub fn has_more(&self) {
        self.free.written.store(true, Ordering::Relaxed);
    }

    pub async fn execute(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.execute_in(&mut self.turn().await?, statement).await
    }

    /// Runs a statement in a turn that is held already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn execute_in(&self, turn: &mut Turn, statement: Statement) -> Result<ExecResult, DbErr> {
        let on = self.connection(turn).await?;
        let done = prepared(statement).execute(on).await;
        turn.running = false;
        match done {
            Ok(done) => Ok(done.into()),
            Err(why) => Err(DbErr::Exec(mended(turn, why))),
        }
    }

    pub async fn query(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut turn = self.turn().await?;
        let on = self.connection(&mut turn).await?;
        let rows = prepared(statement).fetch_all(on).await;
        turn.running = false;
        match rows {
            Ok(rows) => Ok(rows.into_iter().map(Into::into).collect()),
            Err(why) => Err(DbErr::Query(mended(&mut turn, why))),
        }
    }

    /// The connection of a turn, for a statement that begins now.
    async fn connection<'t>(&self, turn: &'t mut Turn) -> Result<&'t mut SqliteConnection, DbErr> {
        let on = match turn.on.take() {
            Some(open) => open,
            None => self.options.connect().await.map_err(|why| DbErr::Conn(RuntimeErr::SqlxError(Arc::new(why))))?,
        };
        turn.running = true;
        Ok(turn.on.insert(on))
    }
}

/// The thread that SQLite ran on may be gone: the next statement gets another. A statement is never run twice.
fn mended(turn: &mut Turn, why: sqlx::Error) -> RuntimeErr {
    if matches!(why, sqlx::Error::WorkerCrashed) {
        turn.on = None;
    }
    RuntimeErr::SqlxError(Arc::new(why))
}

pub(super) const CLOSED: DbErr = DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed);

/// Kept prepared by the connection, under its text.
fn prepared(statement: Statement) -> Query<'static, Sqlite, SqlxValues> {
    let Statement { sql, values, .. } = statement;
    sqlx::query_with(AssertSqlSafe(sql), SqlxValues(values.unwrap_or(Values(Vec::new()))))
}
