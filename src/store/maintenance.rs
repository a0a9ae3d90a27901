//! Periodic work: removes expired rows, shortens sessions to the idle time in the config, and copies SQLite's
//! write-ahead log into its file.

use std::ops::Range;

use sea_orm::Value;
use time::{Duration, OffsetDateTime};

use super::sql::micros;
use super::{Lifetimes, Store, StoreError, replay};
use crate::base::clock::CLOCK_SKEW;

/// How long an expired link request is kept, so that a page can lead back to the app.
const KEPT_LINK_REQUEST: Duration = Duration::hours(1);

/// The most rows that one statement changes, so that other writers don't wait long.
const BATCH: u64 = 1_000;

impl Store {
    /// Removes the sessions, replay keys and link requests that have expired by `now`. Returns how many rows were
    /// removed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prune(&self, now: OffsetDateTime) -> Result<u64, StoreError> {
        let sessions =
            "DELETE FROM session WHERE id_hash IN (SELECT id_hash FROM session WHERE expires_at <= $1 LIMIT 1000)";
        let mut removed = self.in_batches(sessions, &[micros(now).into()]).await?;
        for Range { start, end } in replay::RANGES {
            // Keys of one kind sort by age, so only the oldest are examined.
            let spent = "DELETE FROM replay WHERE key IN (SELECT key FROM (SELECT key, expires_at FROM replay \
                         WHERE key >= $2 AND key < $3 ORDER BY key LIMIT 1000) AS oldest WHERE expires_at <= $1)";
            removed += self.in_batches(spent, &[micros(now).into(), start.into(), end.into()]).await?;
        }
        let requests = "DELETE FROM link_request WHERE id IN \
                        (SELECT id FROM link_request WHERE expires_at <= $1 LIMIT 1000)";
        removed += self.in_batches(requests, &[micros(now - KEPT_LINK_REQUEST).into()]).await?;
        Ok(removed)
    }

    /// Copies what was committed since the last call from SQLite's log into its file, and syncs it to disk. A
    /// PostgreSQL server does this by itself. Call it about once a second: otherwise the writer does it when the log is
    /// long, and sign-ins wait for it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn checkpoint(&self) -> Result<(), StoreError> {
        if !self.writer.connection.take_written() {
            return Ok(());
        }
        // A passive checkpoint waits for no lock and delays no writer. It leaves pages for the next call that are
        // written meanwhile or that a running backup still reads.
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

    /// Shortens sessions that end later than `lifetimes` allow for a session that is used now: a shorter idle time in
    /// the config also applies to sessions that are open already. The margin for the clocks of several instances keeps
    /// one from shortening a session that another has just extended. Returns how many were shortened.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn shorten_sessions(&self, lifetimes: Lifetimes, now: OffsetDateTime) -> Result<u64, StoreError> {
        let end = now + lifetimes.idle;
        let statement = "UPDATE session SET expires_at = $1 \
                         WHERE id_hash IN (SELECT id_hash FROM session WHERE expires_at > $2 LIMIT 1000)";
        self.in_batches(statement, &[micros(end).into(), micros(end + CLOCK_SKEW).into()]).await
    }

    /// Removes the audit rows that were last counted before `then`, with their reference codes. Returns how many rows
    /// were removed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prune_audit(&self, then: OffsetDateTime) -> Result<u64, StoreError> {
        // Ids grow with time, so the oldest rows come first.
        let statement = "DELETE FROM audit WHERE id IN (SELECT id FROM (SELECT id, last_at FROM audit ORDER BY id \
                         LIMIT 1000) AS oldest WHERE last_at < $1)";
        self.in_batches(statement, &[micros(then).into()]).await
    }

    /// Removes the requests that were decided, or last made, longer than `keep` ago. Returns how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prune_access_requests(&self, keep: Duration, now: OffsetDateTime) -> Result<u64, StoreError> {
        // If the time reaches back before the earliest possible one, no row is too old.
        let Some(then) = now.checked_sub(keep) else { return Ok(0) };
        let statement = "DELETE FROM access_request WHERE id IN (SELECT id FROM access_request \
                         WHERE COALESCE(decided_at, last_at) < $1 LIMIT 1000)";
        self.in_batches(statement, &[micros(then).into()]).await
    }

    /// Repeats a statement until it changes fewer than [`BATCH`] rows. Returns how many rows it changed in all.
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
