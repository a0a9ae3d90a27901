//! Connections to a PostgreSQL server: sqlx's pool, but it fails soon while the server can't be reached.
//!
//! sqlx waits for a connection until its timeout, and then reports only the timeout. So a caller that waits longer than
//! `BEFORE_PROBE` probes the server: it tries to connect by itself, and if that fails, it returns the server's error.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnAcquireErr, DbErr, ExecResult, QueryResult, RuntimeErr, Statement, Values};
use sea_query_sqlx::SqlxValues;
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgConnectOptions;
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgPool, Postgres};
use tokio::time::{Instant, sleep, timeout};

use super::pool_options::pool_options;
use super::reachability::{PROBE_TIMEOUT, PROBE_VALID_FOR, ProbeResult, Reachability, connect};
use super::server_traits::{ServerTraits, examine};
use super::{DatabaseLocation, StoreError};

/// Cloning is cheap.
#[derive(Clone, Debug)]
pub(super) struct PostgresPool {
    pool: PgPool,
    acquire_timeout: Duration,
    reachability: Arc<Reachability>,
    /// What the server said before our own settings.
    pub traits: ServerTraits,
}

const CONNECTIONS: u32 = 16;
/// Longest wait for a connection before the server is probed.
const BEFORE_PROBE: Duration = Duration::from_millis(500);
/// Pause between two attempts to connect at our own start, while the server is still starting.
const RETRY_AFTER: Duration = Duration::from_millis(200);

/// The SQLSTATE of a server that accepts no more connections: `max_connections`, or a limit of the role or database.
const TOO_MANY_CONNECTIONS: &str = "53300";

/// What the connections are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AccessMode {
    /// To read and write. Waits for a server that is still starting.
    Start,
    /// To read and write.
    ReadWrite,
    /// To read. The server refuses writes.
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
    /// The server's own error, why it did not answer, or that a pooler gives one process to several connections.
    pub async fn open(
        options: PgConnectOptions,
        location: &Arc<DatabaseLocation>,
        acquire_timeout: Duration,
        mode: AccessMode,
    ) -> Result<Self, StoreError> {
        let until = Instant::now() + acquire_timeout;
        let mut is_logged = false;
        let first = loop {
            match connect(&options, acquire_timeout / 2).await {
                Ok(connection) => break connection,
                Err(why) if mode == AccessMode::Start && may_be_starting(&why) && Instant::now() < until => {
                    if !is_logged {
                        let why = match &why {
                            sqlx::Error::Database(why) => why.message().to_owned(),
                            why => why.to_string(),
                        };
                        tracing::warn!(
                            error = why,
                            "the database {location} accepts no connection yet; this start \
                            waits up to {} s for it",
                            acquire_timeout.as_secs()
                        );
                        is_logged = true;
                    }
                    sleep(RETRY_AFTER).await;
                }
                Err(why) => return Err(StoreError::unopened(location, why)),
            }
        };
        let traits = examine(first, &options, location).await?;
        let pool = pool_options::<Postgres>().max_connections(CONNECTIONS).acquire_timeout(acquire_timeout);
        let pool = match mode {
            AccessMode::Start | AccessMode::ReadWrite => pool.after_connect(|connection, _| {
                Box::pin(async { connection.execute(READ_WRITE_SETUP).await.map(drop) })
            }),
            AccessMode::ReadOnly => pool
                .after_connect(|connection, _| Box::pin(async { connection.execute(READ_ONLY_SETUP).await.map(drop) })),
        };
        let (pool, reachability) = (pool.connect_lazy_with(options), Arc::default());
        Ok(Self { pool, acquire_timeout, reachability, traits })
    }

    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Runs `acquire`, which must begin by taking a connection from the pool. Fails soon if the server can't be
    /// reached. `acquire` may be dropped while it waits, and run again, so it must not write before it has the
    /// connection.
    ///
    /// # Errors
    /// The errors of `acquire`, or why the server accepts no connection.
    pub async fn acquire_or_probe<T, A>(&self, acquire: impl Fn() -> A) -> Result<T, DbErr>
    where
        A: Future<Output = Result<T, DbErr>>,
    {
        // An idle connection may still be good.
        if self.pool.num_idle() == 0 && self.reachability.is_unreachable() {
            self.probe().await?;
        }
        let until = Instant::now() + self.acquire_timeout;
        loop {
            let mut attempt = pin!(acquire());
            if let Ok(done) = timeout(BEFORE_PROBE, &mut attempt).await {
                return self.recorded(done);
            }
            let refused = tokio::select! {
                done = &mut attempt => return self.recorded(done),
                probed = self.probe() => probed?,
            };
            match refused {
                None => return self.recorded(attempt.await),
                Some(why) if Instant::now() >= until => return Err(DbErr::Conn(RuntimeErr::SqlxError(why))),
                // sqlx may be trying to connect, and then it does not take a connection that becomes idle.
                Some(_) => {}
            }
        }
    }

    /// Records that the pool had a connection.
    fn recorded<T>(&self, acquired: Result<T, DbErr>) -> Result<T, DbErr> {
        if acquired.is_ok() {
            self.reachability.record_acquired();
        }
        acquired
    }

    /// Checks whether the server accepts a connection. One caller probes at a time. The others wait for its result, but
    /// only briefly if the last probe failed. Returns why the server accepts no more connections, if the pool has some.
    ///
    /// # Errors
    /// Why the server can't be reached.
    async fn probe(&self) -> Result<Option<Arc<sqlx::Error>>, DbErr> {
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
            self.reachability.record(match connected {
                Ok(()) => ProbeResult::Accepted,
                Err(why) if self.has_others(&why) => ProbeResult::NoMore(Arc::new(why)),
                Err(why) => ProbeResult::Failed(Arc::new(why)),
            });
        }
        self.reachability.result()
    }

    /// Whether the server refuses only more connections than the pool has. Then the caller waits for one of the pool's.
    fn has_others(&self, why: &sqlx::Error) -> bool {
        let sqlx::Error::Database(why) = why else { return false };
        self.reachability.pool_has_connections() && why.code().is_some_and(|code| code == TOO_MANY_CONNECTIONS)
    }

    async fn connection(&self) -> Result<PoolConnection<Postgres>, DbErr> {
        self.acquire_or_probe(|| async { self.pool.acquire().await.map_err(not_acquired) }).await
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
