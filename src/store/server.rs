//! Connections to a PostgreSQL server: from a pool, and with a quick answer while the server is away.
//!
//! sqlx waits for a connection until its patience ends, and then says only that time ran out. So whoever waits for longer than
//! a moment looks for themselves whether the server takes a connection, and fails with its true answer if it does not.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sea_orm::{ConnAcquireErr, DbErr, ExecResult, QueryResult, RuntimeErr, Statement, Values};
use sea_query_sqlx::SqlxValues;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, PgPool, Postgres};
use tokio::time::{Instant, sleep, timeout};

/// Cloning is cheap.
#[derive(Clone, Debug)]
pub(super) struct Server {
    pool: PgPool,
    reach: Arc<Reach>,
}

/// Whether the server took a connection when somebody looked last.
#[derive(Debug, Default)]
struct Reach {
    /// Held by the one who looks.
    looking: tokio::sync::Mutex<()>,
    last: Mutex<Option<Looked>>,
}

#[derive(Debug, Clone)]
struct Looked {
    at: Instant,
    /// Why it took none.
    away: Option<Arc<sqlx::Error>>,
}

const CONNECTIONS: u32 = 16;
/// Longest wait for a connection before the server is looked at.
const SOON: Duration = Duration::from_millis(500);
/// Longest wait for its answer then.
const ANSWER: Duration = Duration::from_millis(1500);
/// How long what was seen counts: after this, one request looks again.
const KNOWN_FOR: Duration = Duration::from_millis(200);
/// How long a server that is starting is given between two attempts, at our own start.
const PAUSE: Duration = Duration::from_millis(200);

/// What the connections are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A server that does not take connections yet is waited for.
    Work,
    /// It is asked once, and the server itself sees to it that nothing is written.
    Look,
}

/// Not among the parameters of the start: poolers refuse those that they don't know.
const FOR_READING: &str = "SET default_transaction_read_only = on";

impl Server {
    /// Connects once, to see that it can be done.
    ///
    /// # Errors
    /// The server's own answer, or why there was none.
    pub async fn open(options: PgConnectOptions, patience: Duration, purpose: Purpose) -> Result<Self, sqlx::Error> {
        let until = Instant::now() + patience;
        loop {
            match connect(&options, patience / 2).await {
                Ok(()) => break,
                Err(why) if purpose == Purpose::Work && may_be_starting(&why) && Instant::now() < until => {
                    sleep(PAUSE).await;
                }
                Err(why) => return Err(why),
            }
        }
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(patience);
        let pool = match purpose {
            Purpose::Work => pool,
            Purpose::Look => pool.after_connect(|on, _| Box::pin(async { on.execute(FOR_READING).await.map(drop) })),
        };
        Ok(Self { pool: pool.connect_lazy_with(options), reach: Arc::default() })
    }

    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Waits for what begins by taking a connection from the pool; no longer than a moment if the server is away. `acquired`
    /// may be dropped while it waits, so it must not have written anything yet.
    ///
    /// # Errors
    /// Its own, or why the server takes no connection.
    pub async fn soon<T>(&self, acquired: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        // A connection that stands already may still be good.
        if self.pool.num_idle() == 0 && self.reach.is_away() {
            self.look().await?;
        }
        let mut acquired = pin!(acquired);
        if let Ok(done) = timeout(SOON, &mut acquired).await {
            return done;
        }
        tokio::select! {
            done = &mut acquired => return done,
            looked = self.look() => looked?,
        }
        acquired.await
    }

    /// Whether the server takes a connection. One looks at a time; the others wait for what it sees, but not for long if the
    /// server was away before.
    async fn look(&self) -> Result<(), DbErr> {
        let looking = self.reach.looking.lock();
        let _looking = if self.reach.is_away() {
            let Ok(looking) = timeout(KNOWN_FOR, looking).await else { return self.reach.as_seen() };
            looking
        } else {
            looking.await
        };
        if !self.reach.is_known() {
            let seen = connect(&self.pool.connect_options(), ANSWER).await;
            self.reach.saw(seen.err().filter(|why| !self.is_full(why)));
        }
        self.reach.as_seen()
    }

    /// The server takes no more connections than those we have: then one of them is waited for.
    fn is_full(&self, why: &sqlx::Error) -> bool {
        self.pool.size() >= CONNECTIONS && matches!(why, sqlx::Error::Database(_))
    }

    async fn connection(&self) -> Result<PoolConnection<Postgres>, DbErr> {
        self.soon(async { self.pool.acquire().await.map_err(not_acquired) }).await
    }

    pub async fn execute(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let mut on = self.connection().await?;
        prepared(statement).execute(&mut *on).await.map(Into::into).map_err(|why| DbErr::Exec(failed(why)))
    }

    pub async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let mut on = self.connection().await?;
        let done = on.execute(AssertSqlSafe(sql.to_owned())).await;
        done.map(Into::into).map_err(|why| DbErr::Exec(failed(why)))
    }

    pub async fn query(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut on = self.connection().await?;
        let rows = prepared(statement).fetch_all(&mut *on).await.map_err(|why| DbErr::Query(failed(why)))?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}

impl Reach {
    fn last(&self) -> Option<Looked> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn is_away(&self) -> bool {
        self.last().is_some_and(|looked| looked.away.is_some())
    }

    fn is_known(&self) -> bool {
        self.last().is_some_and(|looked| looked.at.elapsed() < KNOWN_FOR)
    }

    fn saw(&self, away: Option<sqlx::Error>) {
        let looked = Looked { at: Instant::now(), away: away.map(Arc::new) };
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(looked);
    }

    fn as_seen(&self) -> Result<(), DbErr> {
        match self.last().and_then(|looked| looked.away) {
            Some(why) => Err(DbErr::Conn(RuntimeErr::SqlxError(why))),
            None => Ok(()),
        }
    }
}

/// Connects, and hangs up again.
async fn connect(options: &PgConnectOptions, patience: Duration) -> Result<(), sqlx::Error> {
    match timeout(patience, options.connect()).await {
        Ok(Ok(connection)) => connection.close().await,
        Ok(Err(why)) => Err(why),
        Err(_) => Err(sqlx::Error::Io(std::io::Error::from(std::io::ErrorKind::TimedOut))),
    }
}

/// Nobody listens there yet, or the server says itself that it is starting or full.
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

/// Kept prepared by the connection, under its text.
fn prepared(statement: Statement) -> Query<'static, Postgres, SqlxValues> {
    let Statement { sql, values, .. } = statement;
    sqlx::query_with(AssertSqlSafe(sql), SqlxValues(values.unwrap_or(Values(Vec::new()))))
}
