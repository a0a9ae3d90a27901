//! The options that all pools of sqlx share.

use std::time::Duration;

use sqlx::Database;
use sqlx::pool::PoolOptions;

/// Options of a pool that does not log a long wait for a connection. sqlx's message names neither the cause nor a fix.
/// A wait that is too long ends in an error, and our message about it has both.
pub(super) fn pool_options<D: Database>() -> PoolOptions<D> {
    PoolOptions::new().acquire_slow_threshold(Duration::MAX)
}
