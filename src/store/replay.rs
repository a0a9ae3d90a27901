//! What may happen once: a login is spent by its first callback, whatever comes after it.

use time::OffsetDateTime;

use super::sql::micros;
use super::{Store, StoreError, Transaction};
use crate::base::ids::LoginId;

/// Whether a login is ours to finish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spending {
    /// Nobody was before us.
    Now,
    /// It was used before, first at this time.
    Already { first_at: OffsetDateTime },
}

impl Transaction {
    /// Spends a login; remembered until `until`, when it would have expired anyway (security rule C3).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn spend(&mut self, login: LoginId, until: OffsetDateTime) -> Result<Spending, StoreError> {
        let values = [key(login).into(), micros(self.now).into(), micros(until).into()];
        let statement = "INSERT INTO once (key, first_at, expires_at) VALUES ($1, $2, $3) ON CONFLICT (key) DO NOTHING";
        if self.sql.run(statement, values).await? == 1 {
            return Ok(Spending::Now);
        }
        let row = self.sql.one(FIRST, [key(login).into()]).await?;
        let first_at = row.map(|row| row.time(0)).transpose()?.unwrap_or(self.now);
        Ok(Spending::Already { first_at })
    }
}

impl Store {
    /// When a login was spent, if it was.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn spent(&self, login: LoginId) -> Result<Option<OffsetDateTime>, StoreError> {
        let row = self.reader.one(FIRST, [key(login).into()]).await?;
        row.map(|row| row.time(0)).transpose()
    }
}

const FIRST: &str = "SELECT first_at FROM once WHERE key = $1";

/// Logins sort by age, so new ones land side by side in the index.
pub(super) fn key(login: LoginId) -> Vec<u8> {
    [b"login:".as_slice(), login.as_bytes()].concat()
}
