//! Whether a PostgreSQL server accepts connections, as far as our pool knows.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sea_orm::{DbErr, RuntimeErr};
use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use tokio::time::{Instant, timeout};

/// Longest wait for the server's answer to a probe.
pub(super) const PROBE_TIMEOUT: Duration = Duration::from_millis(1500);
/// How long the result of a probe is used. After this, one caller probes again.
pub(super) const PROBE_VALID_FOR: Duration = Duration::from_millis(200);
/// For so long after the pool had a connection, it is taken to have some.
const POOL_HAS_CONNECTIONS_FOR: Duration = Duration::from_secs(30);

/// Whether the server accepted a connection at the last probe.
#[derive(Debug, Default)]
pub(super) struct Reachability {
    /// Held by the caller that probes.
    pub probing: tokio::sync::Mutex<()>,
    last: Mutex<Option<Probe>>,
    /// When the pool last had a connection for a caller.
    acquired: Mutex<Option<Instant>>,
}

#[derive(Debug, Clone)]
struct Probe {
    at: Instant,
    result: ProbeResult,
}

#[derive(Debug, Clone)]
pub(super) enum ProbeResult {
    Accepted,
    /// The server accepts no more connections, but the pool has some.
    NoMore(Arc<sqlx::Error>),
    Failed(Arc<sqlx::Error>),
}

impl Reachability {
    fn last(&self) -> Option<Probe> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn is_unreachable(&self) -> bool {
        self.last().is_some_and(|probe| matches!(probe.result, ProbeResult::Failed(_)))
    }

    pub fn record_acquired(&self) {
        *self.acquired.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    pub fn pool_has_connections(&self) -> bool {
        let acquired = *self.acquired.lock().unwrap_or_else(PoisonError::into_inner);
        acquired.is_some_and(|at| at.elapsed() < POOL_HAS_CONNECTIONS_FOR)
    }

    pub fn has_recent_probe(&self) -> bool {
        self.last().is_some_and(|probe| probe.at.elapsed() < PROBE_VALID_FOR)
    }

    pub fn record(&self, result: ProbeResult) {
        let probe = Probe { at: Instant::now(), result };
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(probe);
    }

    pub fn result(&self) -> Result<Option<Arc<sqlx::Error>>, DbErr> {
        match self.last().map(|probe| probe.result) {
            Some(ProbeResult::Failed(why)) => Err(DbErr::Conn(RuntimeErr::SqlxError(why))),
            Some(ProbeResult::NoMore(why)) => Ok(Some(why)),
            Some(ProbeResult::Accepted) | None => Ok(None),
        }
    }
}

/// Connects, but fails if that takes longer than `longest`.
pub(super) async fn connect(options: &PgConnectOptions, longest: Duration) -> Result<PgConnection, sqlx::Error> {
    match timeout(longest, options.connect()).await {
        Ok(connected) => connected,
        Err(_) => Err(sqlx::Error::Io(std::io::Error::from(std::io::ErrorKind::TimedOut))),
    }
}
