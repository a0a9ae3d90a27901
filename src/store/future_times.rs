//! Rows whose time lies in the future: a clock was ahead, and then it was set right. They count as of now. Otherwise
//! waits, known networks and sessions would last until the clock reaches their time (security rules C39, C43).

use time::OffsetDateTime;

use super::row_locks::in_key_order;
use super::sessions::{SessionLogin, hash, session_data};
use super::sql::micros;
use super::{Lifetimes, LiveSession, Store, StoreError};
use crate::base::clock::CLOCK_SKEW;

impl Store {
    /// Writes `now` as the time of the failures and known networks whose time lies in the future. Returns how many it
    /// changed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn correct_throttle_times(&self, now: OffsetDateTime) -> Result<u64, StoreError> {
        let statement = in_key_order!("UPDATE login_throttle SET last_at = $1", "last_at > $2", " LIMIT 1000");
        let statement = statement.for_database(&self.writer.connection);
        self.in_batches(statement, &[micros(now).into(), micros(now + CLOCK_SKEW).into()]).await
    }

    /// Writes `now` as the beginning of a session that began in the future, and the end that follows. Writes nothing
    /// if its end has changed since it was read: another instance has extended, shortened or corrected it.
    pub(super) async fn correct_session(
        &self,
        session: &LiveSession,
        lifetimes: Lifetimes,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let begun_now = SessionLogin { started_at: now, ..session.signed_in.clone() };
        let statement =
            "UPDATE session SET data = $2, expires_at = $3, started_at = $5 WHERE id_hash = $1 AND expires_at = $4";
        let values = [
            hash(&session.id).into(),
            session_data(&begun_now).into(),
            micros(lifetimes.end(now, now)).into(),
            micros(session.expires_at).into(),
            micros(now).into(),
        ];
        Ok(self.writer.run(statement, values).await? == 1)
    }
}
