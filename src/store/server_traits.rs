//! What a PostgreSQL server is like, or the pooler in front of it. Asked at the start, on new connections.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection as _, Executor as _, Row as _};
use tokio::time::timeout;

use super::reachability::{PROBE_TIMEOUT, connect};
use super::{DatabaseLocation, StoreError};

/// What a server says about itself.
#[derive(Debug, Clone)]
pub(super) struct ServerTraits {
    pub encoding: String,
    /// Whether it refuses writes: it is a standby, or it has `default_transaction_read_only`.
    pub is_read_only: bool,
}

/// Longest wait for all answers. A paused or exhausted pooler accepts the login, and lets the first query wait.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// Asks the server what it is like, and closes the connection.
///
/// # Errors
/// The server's own error, that it did not answer, or that a pooler gives one process to several connections.
pub(super) async fn examine(
    mut first: PgConnection,
    options: &PgConnectOptions,
    location: &Arc<DatabaseLocation>,
) -> Result<ServerTraits, StoreError> {
    let asked = timeout(ANSWER_TIMEOUT, async {
        let traits = server_traits(&mut first).await?;
        Ok((traits, process_sharing(&mut first, options).await?))
    });
    let (traits, sharing) = match asked.await {
        Ok(answered) => answered.map_err(|why| StoreError::unopened(location, why))?,
        Err(_) => return Err(StoreError::no_answer(location, ANSWER_TIMEOUT)),
    };
    let _closed = timeout(PROBE_TIMEOUT, first.close()).await;
    match sharing {
        ProcessSharing::Unshared => Ok(traits),
        ProcessSharing::Shared => Err(StoreError::shared_processes(location)),
    }
}

/// Asks before our own settings: a connection that only reads is read-only anyway.
async fn server_traits(connection: &mut PgConnection) -> Result<ServerTraits, sqlx::Error> {
    // Unprepared, as in `server_process`.
    let row = connection
        .fetch_one("SELECT current_setting('server_encoding'), current_setting('transaction_read_only') = 'on'")
        .await?;
    Ok(ServerTraits { encoding: row.try_get(0)?, is_read_only: row.try_get(1)? })
}

/// Whether several connections get the same process of the server. Then prepared statements and settings of one
/// connection reach another.
enum ProcessSharing {
    Unshared,
    Shared,
}

/// Asks for the server's process on two open connections, in an order that also detects a pooler that uses its
/// processes in turn. A pooler under load may stay undetected; then the first statement that collides names it.
async fn process_sharing(first: &mut PgConnection, options: &PgConnectOptions) -> Result<ProcessSharing, sqlx::Error> {
    // A server may have room for one connection only. A pooler then accepts a second one, and lets its query wait. This
    // is not a reason to refuse it.
    let Ok(mut second) = connect(options, PROBE_TIMEOUT).await else { return Ok(ProcessSharing::Unshared) };
    let one = server_process(first).await?;
    let Ok(two) = timeout(PROBE_TIMEOUT, server_process(&mut second)).await else {
        return Ok(ProcessSharing::Unshared);
    };
    let two = two?;
    let shared = one == two || server_process(&mut second).await? != two || server_process(first).await? != one;
    second.close().await?;
    Ok(if shared { ProcessSharing::Shared } else { ProcessSharing::Unshared })
}

async fn server_process(connection: &mut PgConnection) -> Result<i32, sqlx::Error> {
    // Unprepared: a prepared statement would remain in the pooler.
    connection.fetch_one("SELECT pg_backend_pid()").await?.try_get(0)
}
