//! What time alone changes: what has run out goes, sessions that a shorter config ends sooner, and SQLite's log is copied
//! into its file.

use std::ops::Range;

use sea_orm::Value;
use time::{Duration, OffsetDateTime};

use super::sql::micros;
use super::{Lifetimes, Store, StoreError, replay};

/// How many rows are changed at once: nobody waits for the writer for long.
const BATCH: u64 = 1_000;
/// How far the clocks of several instances may differ without each bringing forward what another wrote down.
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

    /// Brings to disk what was written since the last time, and copies it from SQLite's log into its file; a server does
    /// that by itself. To be called every second or so: left to the writer, which does it when the log has grown long, it
    /// holds up everybody who signs in meanwhile.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn checkpoint(&self) -> Result<(), StoreError> {
        if !self.writer.on.take_written() {
            return Ok(());
        }
        // Waits for nobody, and nobody for it: what is written while it runs is left for the next time, and so is what
        // a backup that began before it keeps it from.
        let done = self.copy_log().await;
        if !matches!(done, Ok(true)) {
            self.writer.on.mark_written();
        }
        done.map(|_| ())
    }

    /// Whether all of it was copied.
    async fn copy_log(&self) -> Result<bool, StoreError> {
        let row = self.reader.one("PRAGMA wal_checkpoint(PASSIVE)", []).await?;
        let Some(row) = row else { return Ok(true) };
        let (busy, pages, copied): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(busy == 0 && copied == pages)
    }

    /// Brings forward the end of sessions that would last longer without use than `lifetimes` let them, counted from now:
    /// what the config has now reaches those that were opened under a longer one. Says how many there were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn shorten_sessions(&self, lifetimes: Lifetimes, now: OffsetDateTime) -> Result<u64, StoreError> {
        let end = now + lifetimes.idle;
        let statement = "UPDATE session SET expires_at = $1 \
                         WHERE id_hash IN (SELECT id_hash FROM session WHERE expires_at > $2 LIMIT 1000)";
        self.in_batches(statement, &[micros(end).into(), micros(end + SKEW).into()]).await
    }

    /// Removes rows of the audit that were last added to before `then`, with their codes. Says how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prune_audit(&self, then: OffsetDateTime) -> Result<u64, StoreError> {
        // Ids grow with time: of the oldest, those that are old enough.
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
