//! Connections to a PostgreSQL server: sqlx's pool, but it fails soon while the server can't be reached.
//!
//! sqlx waits for a connection until its timeout, and then reports only the timeout. So a caller that waits longer than
//! `BEFORE_PROBE` probes the server: it tries to connect by itself, and if that fails, it returns the server's error.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sea_orm::{ConnAcquireErr, DbErr, ExecResult, QueryResult, RuntimeErr, Statement, Values};
use sea_query_sqlx::SqlxValues;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, PgPool, Postgres, Row as _};
use tokio::time::{Instant, sleep, timeout};

use super::pool_options::pool_options;

/// Cloning is cheap.
#[derive(Clone, Debug)]
pub(super) struct PostgresPool {
    pool: PgPool,
    reachability: Arc<Reachability>,
}

/// Whether the server accepted a connection at the last probe.
#[derive(Debug, Default)]
struct Reachability {
    /// Held by the caller that probes.
    probing: tokio::sync::Mutex<()>,
    last: Mutex<Option<Probe>>,
}

#[derive(Debug, Clone)]
struct Probe {
    at: Instant,
    /// Why the server accepted no connection. `None`: it accepted one.
    error: Option<Arc<sqlx::Error>>,
}

const CONNECTIONS: u32 = 16;
/// Longest wait for a connection before the server is probed.
const BEFORE_PROBE: Duration = Duration::from_millis(500);
/// Longest wait for the server's answer to a probe.
const PROBE_TIMEOUT: Duration = Duration::from_millis(1500);
/// How long the result of a probe is used. After this, one caller probes again.
const PROBE_VALID_FOR: Duration = Duration::from_millis(200);
/// Pause between two attempts to connect at our own start, while the server is still starting.
const RETRY_AFTER: Duration = Duration::from_millis(200);

/// What the connections are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To read and write. Waits for a server that is still starting.
    ReadWrite,
    /// To read. Does not wait for the server. The server refuses writes.
    ReadOnly,
}

/// A statement, not a startup parameter: poolers refuse parameters that they don't know.
const READ_ONLY_SETUP: &str = "SET default_transaction_read_only = on; SET lock_timeout = '5s'";
/// The same timeout as on SQLite: if another program has locked a table, sign-ins must fail and not hang.
const READ_WRITE_SETUP: &str = "SET lock_timeout = '5s'";

impl PostgresPool {
    /// Checks that the server accepts a connection and gives each connection a process of its own, and makes a pool.
    ///
    /// # Errors
    /// The server's own error, why it did not answer, or [`ServerProcessesAreShared`].
    pub async fn open(
        options: PgConnectOptions,
        acquire_timeout: Duration,
        purpose: Purpose,
    ) -> Result<Self, sqlx::Error> {
        let until = Instant::now() + acquire_timeout;
        let first = loop {
            match connect(&options, acquire_timeout / 2).await {
                Ok(connection) => break connection,
                Err(why) if purpose == Purpose::ReadWrite && may_be_starting(&why) && Instant::now() < until => {
                    sleep(RETRY_AFTER).await;
                }
                Err(why) => return Err(why),
            }
        };
        refuse_shared_processes(first, &options).await?;
        let pool = pool_options::<Postgres>().max_connections(CONNECTIONS).acquire_timeout(acquire_timeout);
        let pool = match purpose {
            Purpose::ReadWrite => pool.after_connect(|connection, _| {
                Box::pin(async { connection.execute(READ_WRITE_SETUP).await.map(drop) })
            }),
            Purpose::ReadOnly => pool
                .after_connect(|connection, _| Box::pin(async { connection.execute(READ_ONLY_SETUP).await.map(drop) })),
        };
        Ok(Self { pool: pool.connect_lazy_with(options), reachability: Arc::default() })
    }

    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Runs `acquire`, which must begin by taking a connection from the pool. Fails soon if the server can't be
    /// reached. `acquire` may be dropped while it waits, so it must not write before it has the connection.
    ///
    /// # Errors
    /// The errors of `acquire`, or why the server accepts no connection.
    pub async fn acquire_or_probe<T>(&self, acquire: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        // An idle connection may still be good.
        if self.pool.num_idle() == 0 && self.reachability.is_unreachable() {
            self.probe().await?;
        }
        let mut acquire = pin!(acquire);
        if let Ok(done) = timeout(BEFORE_PROBE, &mut acquire).await {
            return done;
        }
        tokio::select! {
            done = &mut acquire => return done,
            reachable = self.probe() => reachable?,
        }
        acquire.await
    }

    /// Checks whether the server accepts a connection. One caller probes at a time. The others wait for its result, but
    /// only briefly if the last probe failed.
    async fn probe(&self) -> Result<(), DbErr> {
        let probing = self.reachability.probing.lock();
        let _probing = if self.reachability.is_unreachable() {
            let Ok(probing) = timeout(PROBE_VALID_FOR, probing).await else { return self.reachability.result() };
            probing
        } else {
            probing.await
        };
        if !self.reachability.has_recent_probe() {
            let connected = match connect(&self.pool.connect_options(), PROBE_TIMEOUT).await {
                Ok(connection) => connection.close().await,
                Err(why) => Err(why),
            };
            self.reachability.record(connected.err().filter(|why| !self.is_full(why)));
        }
        self.reachability.result()
    }

    /// Whether the server refuses a connection while our pool is at its limit. Then the caller waits for one of the
    /// pool's.
    fn is_full(&self, why: &sqlx::Error) -> bool {
        self.pool.size() >= CONNECTIONS && matches!(why, sqlx::Error::Database(_))
    }

    async fn connection(&self) -> Result<PoolConnection<Postgres>, DbErr> {
        self.acquire_or_probe(async { self.pool.acquire().await.map_err(not_acquired) }).await
    }

    pub async fn execute(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let mut connection = self.connection().await?;
        prepared(statement).execute(&mut *connection).await.map(Into::into).map_err(|why| DbErr::Exec(failed(why)))
    }

    pub async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let mut connection = self.connection().await?;
        let done = connection.execute(AssertSqlSafe(sql.to_owned())).await;
        done.map(Into::into).map_err(|why| DbErr::Exec(failed(why)))
    }

    pub async fn query(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut connection = self.connection().await?;
        let rows = prepared(statement).fetch_all(&mut *connection).await.map_err(|why| DbErr::Query(failed(why)))?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}

impl Reachability {
    fn last(&self) -> Option<Probe> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn is_unreachable(&self) -> bool {
        self.last().is_some_and(|probe| probe.error.is_some())
    }

    fn has_recent_probe(&self) -> bool {
        self.last().is_some_and(|probe| probe.at.elapsed() < PROBE_VALID_FOR)
    }

    fn record(&self, error: Option<sqlx::Error>) {
        let probe = Probe { at: Instant::now(), error: error.map(Arc::new) };
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(probe);
    }

    fn result(&self) -> Result<(), DbErr> {
        match self.last().and_then(|probe| probe.error) {
            Some(why) => Err(DbErr::Conn(RuntimeErr::SqlxError(why))),
            None => Ok(()),
        }
    }
}

async fn connect(options: &PgConnectOptions, longest: Duration) -> Result<PgConnection, sqlx::Error> {
    match timeout(longest, options.connect()).await {
        Ok(connected) => connected,
        Err(_) => Err(sqlx::Error::Io(std::io::Error::from(std::io::ErrorKind::TimedOut))),
    }
}

/// A pooler gives the same process of the server to several connections, so prepared statements and settings of one
/// connection reach another.
#[derive(Debug, thiserror::Error)]
#[error("it gives one server process to several connections")]
pub(super) struct ServerProcessesAreShared;

/// Asks for the server's process on two open connections, in an order that also detects a pooler that uses its
/// processes in turn. A pooler under load may stay undetected; then the first statement that collides names it.
async fn refuse_shared_processes(mut first: PgConnection, options: &PgConnectOptions) -> Result<(), sqlx::Error> {
    // A server may have room for one connection only. This is not a reason to refuse it.
    let Ok(mut second) = connect(options, PROBE_TIMEOUT).await else { return first.close().await };
    let one = server_process(&mut first).await?;
    let two = server_process(&mut second).await?;
    let shared = one == two || server_process(&mut second).await? != two || server_process(&mut first).await? != one;
    second.close().await?;
    first.close().await?;
    if shared { Err(sqlx::Error::AnyDriverError(Box::new(ServerProcessesAreShared))) } else { Ok(()) }
}

async fn server_process(connection: &mut PgConnection) -> Result<i32, sqlx::Error> {
    // Unprepared: a prepared statement would remain in the pooler.
    connection.fetch_one("SELECT pg_backend_pid()").await?.try_get(0)
}

/// Whether no server listens yet, or the server is starting or full.
fn may_be_starting(why: &sqlx::Error) -> bool {
    match why {
        sqlx::Error::Io(why) => why.kind() == std::io::ErrorKind::ConnectionRefused,
        sqlx::Error::Database(why) => why.is_transient_in_connect_phase(),
        _ => false,
    }
}

fn not_acquired(why: sqlx::Error) -> DbErr {
    match why {
        sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
        sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
        why => DbErr::Conn(failed(why)),
    }
}

fn failed(why: sqlx::Error) -> RuntimeErr {
    RuntimeErr::SqlxError(Arc::new(why))
}

/// The connection keeps prepared statements, and finds them by their text.
fn prepared(statement: Statement) -> Query<'static, Postgres, SqlxValues> {
    let Statement { sql, values, .. } = statement;
    sqlx::query_with(AssertSqlSafe(sql), SqlxValues(values.unwrap_or(Values(Vec::new()))))
}
