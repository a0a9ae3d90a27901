//! What time alone changes: sessions that a shorter config ends sooner, rows of the audit that are old enough to go.

use time::{Duration, OffsetDateTime};

use super::sql::micros;
use super::{Lifetimes, Store, StoreError};

/// How many rows are changed at once: nobody waits for the writer for long.
const BATCH: u64 = 1_000;
/// How far the clocks of several instances may differ without each bringing forward what another wrote down.
const SKEW: Duration = Duration::minutes(1);

impl Store {
    /// Brings forward the end of sessions that would last longer without use than `lifetimes` let them, counted from now:
    /// what the config has now reaches those that were opened under a longer one. Says how many there were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn shorten_sessions(&self, lifetimes: Lifetimes, now: OffsetDateTime) -> Result<u64, StoreError> {
        let end = now + lifetimes.idle;
        let statement = "UPDATE session SET expires_at = $1 \
                         WHERE id_hash IN (SELECT id_hash FROM session WHERE expires_at > $2 LIMIT 1000)";
        self.in_batches(statement, &[micros(end), micros(end + SKEW)]).await
    }

    /// Removes rows of the audit that were last added to before `then`, with their codes. Says how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prune_audit(&self, then: OffsetDateTime) -> Result<u64, StoreError> {
        // Ids grow with time: of the oldest, those that are old enough.
        let statement = "DELETE FROM audit WHERE id IN (SELECT id FROM (SELECT id, last_at FROM audit ORDER BY id \
                         LIMIT 1000) AS oldest WHERE last_at < $1)";
        self.in_batches(statement, &[micros(then)]).await
    }

    async fn in_batches(&self, statement: &'static str, values: &[i64]) -> Result<u64, StoreError> {
        let mut changed = 0;
        loop {
            let batch = self.writer.run(statement, values.iter().map(|value| (*value).into())).await?;
            changed += batch;
            if batch < BATCH {
                return Ok(changed);
            }
        }
    }
}
