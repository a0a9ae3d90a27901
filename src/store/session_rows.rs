//! The sessions of one account, as its owner and admins see them: found by their public ids.

use time::OffsetDateTime;
use tower_sessions::session::Id;

use super::sessions::{data, hash, signed_in_of};
use super::sql::{Row, micros};
use super::suspensions::not_suspended;
use super::{Lifetimes, SessionLogin, Store, StoreError, Transaction};
use crate::base::ids::{AccountId, Sid};
use crate::base::user_agent::UserAgent;

/// A session that has not ended, without the id in its cookie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    pub sid: Sid,
    pub signed_in: SessionLogin,
    pub network: Option<String>,
    /// `None` if an older version opened it, or the browser did not say.
    pub agent: Option<UserAgent>,
    pub expires_at: OffsetDateTime,
    /// Whether it is the session that the caller asked with.
    pub is_current: bool,
}

/// The most sessions that an account may have. [`Store::end_excess_sessions`] ends the oldest.
pub const MAX_SESSIONS: i64 = 50;

impl Lifetimes {
    /// When a session was last used, to about a twentieth of the idle time. A session near its absolute end was used
    /// at this time or later.
    #[must_use]
    pub fn last_used(&self, session: &SessionRow, now: OffsetDateTime) -> OffsetDateTime {
        let SessionRow { signed_in: SessionLogin { started_at, .. }, expires_at, .. } = session;
        (*expires_at - self.idle).max(*started_at).min(now)
    }
}

impl Store {
    /// The sessions of an account that have not ended, the newest first. `current`: the session of the caller.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sessions_of(
        &self,
        account: &AccountId,
        current: Option<Id>,
        now: OffsetDateTime,
    ) -> Result<Vec<SessionRow>, StoreError> {
        let statement = concat!(
            "SELECT s.data, s.expires_at, s.id_hash, s.sid, s.network, s.agent FROM session s \
             WHERE s.account_id = $1 AND s.expires_at > $2 AND ",
            not_suspended!("s.provider")
        );
        let rows = self.reader.all(statement, [account.as_str().into(), micros(now).into()]).await?;
        let current = current.map(|id| hash(&id));
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            found.extend(self.session_row(row, current.as_deref()).await?);
        }
        found.sort_by_key(|row| std::cmp::Reverse((row.signed_in.started_at, row.sid.clone())));
        Ok(found)
    }

    /// `None`: the session ended meanwhile.
    async fn session_row(&self, row: &Row, current: Option<&[u8]>) -> Result<Option<SessionRow>, StoreError> {
        let id_hash: Vec<u8> = row.get(2)?;
        let is_current = current == Some(id_hash.as_slice());
        let signed_in = signed_in_of(&data(row)?).ok_or_else(|| row.damaged("session"))?;
        let sid = match row.parsed_if_any(3)? {
            Some(sid) => sid,
            None => match self.draw_sid(id_hash, signed_in.started_at).await? {
                Some(sid) => sid,
                None => return Ok(None),
            },
        };
        Ok(Some(SessionRow {
            sid,
            signed_in,
            network: row.get(4)?,
            agent: row.parsed_if_any(5)?,
            expires_at: row.time(1)?,
            is_current,
        }))
    }

    /// Gives a session of an older binary its public id, unless another request does so at the same moment.
    async fn draw_sid(&self, id_hash: Vec<u8>, started_at: OffsetDateTime) -> Result<Option<Sid>, StoreError> {
        let statement = "UPDATE session SET sid = COALESCE(sid, $2) WHERE id_hash = $1 RETURNING sid";
        let row = self.writer.one(statement, [id_hash.into(), Sid::fresh(started_at).as_str().into()]).await?;
        row.map(|row| row.parsed(0)).transpose()
    }

    /// Ends the oldest sessions of each account that has more than [`MAX_SESSIONS`]. Returns how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_excess_sessions(&self) -> Result<u64, StoreError> {
        // Reads only the index on the account. A login does not count the sessions, so that it stays one short
        // statement.
        let statement =
            "SELECT account_id FROM session WHERE account_id IS NOT NULL GROUP BY account_id HAVING count(*) > $1";
        let mut ended = 0;
        for row in self.reader.all(statement, [MAX_SESSIONS.into()]).await? {
            let account: String = row.get(0)?;
            let statement = "DELETE FROM session WHERE account_id = $1 AND id_hash IN (SELECT id_hash FROM session \
                             WHERE account_id = $1 ORDER BY COALESCE(started_at, 0) DESC, id_hash \
                             LIMIT 1000 OFFSET $2)";
            ended += self.in_batches(statement, &[account.into(), MAX_SESSIONS.into()]).await?;
        }
        Ok(ended)
    }
}

impl Transaction {
    /// Ends a session of this account. Returns whether it existed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_session_of(&mut self, account: &AccountId, sid: &Sid) -> Result<bool, StoreError> {
        let statement = "DELETE FROM session WHERE account_id = $1 AND sid = $2";
        Ok(self.sql.run(statement, [account.as_str().into(), sid.as_str().into()]).await? == 1)
    }
}
