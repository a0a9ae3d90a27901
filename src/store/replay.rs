//! Replay protection: the store keeps the key of each used single-use item until the item expires.

use std::ops::Range;

use time::OffsetDateTime;

use super::sql::micros;
use super::{Store, StoreError, Transaction};
use crate::base::ids::LoginId;

/// The key of an item that may be used only once. To add a kind, add a variant, its bytes, and their range in
/// [`RANGES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplayKey {
    /// A login that a callback finishes (security rule C3).
    Login(LoginId),
}

/// An item that is used now, and must not be used again before it expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SingleUse {
    pub key: ReplayKey,
    pub expires_at: OffsetDateTime,
}

/// Whether this use was the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpendOutcome {
    First,
    /// The first use was at this time.
    Replayed {
        first_at: OffsetDateTime,
    },
}

impl ReplayKey {
    /// The key in the database: a prefix for the kind, then the item's id. Within a kind, keys sort by age: a new row
    /// is stored next to the previous one, and expired rows are found without an index.
    pub(super) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Login(login) => [b"login:".as_slice(), login.as_bytes()].concat(),
        }
    }
}

/// The range of the keys of each kind. No two ranges overlap.
pub(super) const RANGES: [Range<&[u8]>; 1] = [b"login:".as_slice()..b"login;".as_slice()];

impl Transaction {
    /// Records the use of an item that may be used only once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn spend(&mut self, single_use: SingleUse) -> Result<SpendOutcome, StoreError> {
        let SingleUse { key, expires_at } = single_use;
        let values = [key.bytes().into(), micros(self.now).into(), micros(expires_at).into()];
        let statement =
            "INSERT INTO replay (key, first_used_at, expires_at) VALUES ($1, $2, $3) ON CONFLICT (key) DO NOTHING";
        if self.sql.run(statement, values).await? == 1 {
            return Ok(SpendOutcome::First);
        }
        let row = self.sql.one(FIRST_USE, [key.bytes().into()]).await?;
        let first_at = row.map(|row| row.time(0)).transpose()?.unwrap_or(self.now);
        Ok(SpendOutcome::Replayed { first_at })
    }
}

impl Store {
    /// The time of the first use. `None`: the item was not used, or it has expired.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn first_use(&self, key: ReplayKey) -> Result<Option<OffsetDateTime>, StoreError> {
        let row = self.reader.one(FIRST_USE, [key.bytes().into()]).await?;
        row.map(|row| row.time(0)).transpose()
    }
}

const FIRST_USE: &str = "SELECT first_used_at FROM replay WHERE key = $1";

#[cfg(test)]
mod tests {
    use super::{RANGES, ReplayKey};
    use crate::base::clock::Clock;
    use crate::base::ids::LoginId;

    #[test]
    fn the_key_of_a_login_lies_in_one_range() {
        let bytes = ReplayKey::Login(LoginId::fresh(Clock::system().now())).bytes();
        assert_eq!(RANGES.iter().filter(|range| range.contains(&bytes.as_slice())).count(), 1);
    }
}
