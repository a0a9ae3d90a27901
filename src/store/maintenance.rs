//! Periodic work: rows that have expired are removed, sessions are shortened to the config's idle time, and SQLite's
//! write-ahead log is copied into its file.

use std::ops::Range;

use sea_orm::Value;
use time::{Duration, OffsetDateTime};

use super::sql::micros;
use super::{Lifetimes, Store, StoreError, replay};

/// The most rows that one statement changes, so that other writers don't wait long.
const BATCH: u64 = 1_000;
/// How far the clocks of several instances may differ. Within it, no instance shortens what another has just written.
const SKEW: Duration = Duration::minutes(1);

impl Store {
    /// Removes what has expired by `now`: sessions, and what was used only once. Says how many rows there were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prune(&self, now: OffsetDateTime) -> Result<u64, StoreError> {
        let sessions =
            "DELETE FROM session WHERE id_hash IN (SELECT id_hash FROM session WHERE expires_at <= $1 LIMIT 1000)";
        let mut removed = self.in_batches(sessions, &[micros(now).into()]).await?;
        for Range { start, end } in replay::RANGES {
            // The keys of a kind sort by age: of the oldest, those that have expired.
            let spent = "DELETE FROM replay WHERE key IN (SELECT key FROM (SELECT key, expires_at FROM replay \
                         WHERE key >= $2 AND key < $3 ORDER BY key LIMIT 1000) AS oldest WHERE expires_at <= $1)";
            removed += self.in_batches(spent, &[micros(now).into(), start.into(), end.into()]).await?;
        }
        Ok(removed)
    }

    /// Writes to disk what was committed since the last call, and copies it from SQLite's log into its file. A
    /// PostgreSQL server does that by itself. Call it about once a second. Otherwise the writer does it when the log is
    /// long, and sign-ins wait for it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn checkpoint(&self) -> Result<(), StoreError> {
        if !self.writer.connection.take_written() {
            return Ok(());
        }
        // A passive checkpoint waits for no lock, and holds up no writer. It leaves to the next call what is written
        // meanwhile, and what a running backup still reads.
        let done = self.copy_log().await;
        if !matches!(done, Ok(true)) {
            self.writer.connection.mark_written();
        }
        done.map(|_| ())
    }

    /// Whether the whole log was copied.
    async fn copy_log(&self) -> Result<bool, StoreError> {
        let row = self.reader.one("PRAGMA wal_checkpoint(PASSIVE)", []).await?;
        let Some(row) = row else { return Ok(true) };
        let (busy, pages, copied): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(busy == 0 && copied == pages)
    }

    /// Shortens sessions that would last longer without use than `lifetimes` allow from now on: a shorter idle time in
    /// the config reaches sessions that were opened before it. Says how many there were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn shorten_sessions(&self, lifetimes: Lifetimes, now: OffsetDateTime) -> Result<u64, StoreError> {
        let end = now + lifetimes.idle;
        let statement = "UPDATE session SET expires_at = $1 \
                         WHERE id_hash IN (SELECT id_hash FROM session WHERE expires_at > $2 LIMIT 1000)";
        self.in_batches(statement, &[micros(end).into(), micros(end + SKEW).into()]).await
    }

    /// Removes the audit rows whose last occurrence is before `then`, with their reference codes. Says how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prune_audit(&self, then: OffsetDateTime) -> Result<u64, StoreError> {
        // Ids grow with time, so the oldest rows come first.
        let statement = "DELETE FROM audit WHERE id IN (SELECT id FROM (SELECT id, last_at FROM audit ORDER BY id \
                         LIMIT 1000) AS oldest WHERE last_at < $1)";
        self.in_batches(statement, &[micros(then).into()]).await
    }

    pub(super) async fn in_batches(&self, statement: &'static str, values: &[Value]) -> Result<u64, StoreError> {
        let mut changed = 0;
        loop {
            let batch = self.writer.run(statement, values.iter().cloned()).await?;
            changed += batch;
            if batch < BATCH {
                return Ok(changed);
            }
        }
    }
}
