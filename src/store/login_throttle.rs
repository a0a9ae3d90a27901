//! The login throttle: counts of failed attempts, and known networks. `throttle_keys` makes the keys of the rows.

use std::collections::BTreeSet;
use std::iter::repeat_n;

use sea_orm::Value;
use time::{Duration, OffsetDateTime};

use super::row_locks::in_key_order;
use super::sql::micros;
use super::throttle_keys::ThrottleKey;
use super::{Store, StoreError, Transaction};
use crate::signin::challenge::throttle::{FAILURES_EXPIRE_AFTER, Failures, SERVER_FAILURES_EXPIRE_AFTER};

/// A count to which a failed attempt is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FailureCount {
    pub key: ThrottleKey,
    /// [`super::ThrottleKeys::all_networks`] of the account that the attempt led to, if it is known. A release of that
    /// account finds the count by it, although the typed name is stored nowhere.
    pub account: Option<ThrottleKey>,
}

impl FailureCount {
    /// A count of attempts that led to no account.
    #[must_use]
    pub fn of_no_account(key: ThrottleKey) -> Self {
        Self { key, account: None }
    }

    /// A count of failures that a server which bans addresses has seen. It is of no account, either.
    #[must_use]
    pub fn at_server(key: ThrottleKey) -> Self {
        Self { key, account: Some(SEEN_BY_SERVER) }
    }
}

/// Marks the counts of [`FailureCount::at_server`]. It is no account's key, since these are MACs.
const SEEN_BY_SERVER: ThrottleKey = [0xff; 32];

/// How many keys one statement takes: three each for the name, for the account that the login module names, and for the
/// account that the name led to last time; the others for the network and the server.
const MAX_KEYS: usize = 12;

impl Store {
    /// The counts of these keys, in the same order. Reads at most twelve.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn failures(&self, keys: &[ThrottleKey]) -> Result<Vec<Option<Failures>>, StoreError> {
        let rows = self.reader.all(SELECT_COUNTS, padded(keys)).await?;
        let mut found = vec![None; keys.len()];
        for row in &rows {
            let key: Vec<u8> = row.get(0)?;
            let failures =
                Failures { count: u32::try_from(row.get::<i64>(1)?).unwrap_or(u32::MAX), last: row.time(2)? };
            for (slot, _) in found.iter_mut().zip(keys).filter(|(_, wanted)| wanted.as_slice() == key) {
                *slot = Some(failures);
            }
        }
        Ok(found)
    }

    /// The keys of all counts of these names and accounts: those of `keys`, and those of attempts that led to one of
    /// `accounts` or to the account of one of `keys`. Reads any number of keys.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn counts_of(
        &self,
        keys: &BTreeSet<ThrottleKey>,
        accounts: &BTreeSet<ThrottleKey>,
    ) -> Result<BTreeSet<ThrottleKey>, StoreError> {
        let (mut counted, mut accounts) = (BTreeSet::new(), accounts.clone());
        for keys in in_chunks(keys) {
            for row in self.reader.all(SELECT_COUNTS_AND_ACCOUNTS, padded(&keys)).await? {
                counted.extend(throttle_key(row.get(0)?));
                accounts.extend(row.get::<Option<Vec<u8>>>(1)?.and_then(throttle_key));
            }
        }
        for accounts in in_chunks(&accounts) {
            for row in self.reader.all(SELECT_COUNTS_OF_ACCOUNTS, padded(&accounts)).await? {
                counted.extend(throttle_key(row.get(0)?));
            }
        }
        Ok(counted)
    }

    /// Adds a failed attempt to each of these counts. A count starts again if its last failure is older than
    /// `expire_after`. A key that is there twice counts once, and must have the same account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_failure(
        &self,
        counts: &[FailureCount],
        expire_after: Duration,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        for counts in counts.chunks(MAX_KEYS) {
            let keys: Vec<ThrottleKey> = counts.iter().map(|count| count.key).collect();
            let accounts = counts.iter().chain(repeat_n(counts.last(), MAX_KEYS - counts.len()).flatten());
            let accounts = accounts.map(|count| count.account.map(|key| key.to_vec()).into());
            let times = [micros(now).into(), micros(now - expire_after).into()];
            self.writer.run(ADD_FAILURE, padded(&keys).into_iter().chain(times).chain(accounts)).await?;
        }
        Ok(())
    }

    /// Writes a row that no attempt reads. Succeeds if failures can be counted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn write_to_throttle(&self, now: OffsetDateTime) -> Result<(), StoreError> {
        self.forgive(&[], &[ThrottleKey::default()], now).await
    }

    /// After a successful attempt, removes `counts` and stores the `known` networks.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forgive(
        &self,
        counts: &[ThrottleKey],
        known: &[ThrottleKey],
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        for key in counts {
            let statement = "DELETE FROM login_throttle WHERE key = $1 AND failures > 0";
            self.writer.run(statement, [key.to_vec().into()]).await?;
        }
        for key in known {
            let statement = "INSERT INTO login_throttle (key, failures, last_at) VALUES ($1, 0, $2) \
                             ON CONFLICT (key) DO UPDATE SET failures = 0, last_at = excluded.last_at";
            self.writer.run(statement, [key.to_vec().into(), micros(now).into()]).await?;
        }
        Ok(())
    }

    /// Removes the failures under `spelling`, and subtracts only these from the count under `all`. Does not subtract
    /// them if they have expired: then the count under `all` may have started again without them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forgive_spelling(
        &self,
        all: ThrottleKey,
        spelling: ThrottleKey,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let transaction = self.begin().await?;
        // Locks both rows first, in the order of their keys as `count_failure` does: otherwise two attempts could
        // deadlock. A missing row can't be locked, so it is inserted.
        let mut keys = [all, spelling].map(|key| key.to_vec());
        keys.sort_unstable();
        let [first, second] = keys.map(Value::from);
        let statement = "INSERT INTO login_throttle (key, failures, last_at) VALUES ($1, 0, $3), ($2, 0, $3) \
                         ON CONFLICT (key) DO UPDATE SET last_at = login_throttle.last_at";
        transaction.sql.run(statement, [first.clone(), second.clone(), micros(now).into()]).await?;
        // If two callers do this at once, only one of them gets the row.
        let statement = "DELETE FROM login_throttle WHERE key = $1 AND last_at > $2 RETURNING failures";
        let row = transaction
            .sql
            .one(statement, [spelling.to_vec().into(), micros(now - FAILURES_EXPIRE_AFTER).into()])
            .await?;
        if let Some(row) = row {
            let failures: i64 = row.get(0)?;
            let statement = "UPDATE login_throttle SET failures = failures - $2 WHERE key = $1 AND failures > $2";
            let left = transaction.sql.run(statement, [all.to_vec().into(), failures.into()]).await?;
            if left == 0 {
                let statement = "DELETE FROM login_throttle WHERE key = $1 AND failures > 0 AND failures <= $2";
                transaction.sql.run(statement, [all.to_vec().into(), failures.into()]).await?;
            }
        }
        let statement = "DELETE FROM login_throttle WHERE key IN ($1, $2) AND failures = 0";
        transaction.sql.run(statement, [first, second]).await?;
        transaction.commit().await
    }

    /// Removes expired counts and known networks. Returns how many rows were removed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prune_throttle(&self, now: OffsetDateTime) -> Result<u64, StoreError> {
        let statement = in_key_order!(
            "DELETE FROM login_throttle",
            "last_at <= CASE WHEN failures = 0 THEN $1 ELSE $2 END",
            " LIMIT 1000"
        );
        let statement = statement.for_database(&self.writer.connection);
        self.in_batches(statement, &[micros(now - KNOWN_FOR).into(), micros(now - FAILURES_EXPIRE_AFTER).into()]).await
    }
}

impl Transaction {
    /// Removes these counts. Returns how many were removed. SQLite has one writer, so give it only the keys that
    /// [`Store::counts_of`] found.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forgive_counts(&mut self, keys: &BTreeSet<ThrottleKey>) -> Result<u64, StoreError> {
        let mut forgiven = 0;
        for keys in in_chunks(keys) {
            self.sql.run(LOCK_COUNTS, padded(&keys)).await?;
            forgiven += self.sql.run(FORGIVE_COUNTS, padded(&keys)).await?;
        }
        Ok(forgiven)
    }

    /// Removes all counts but those of [`FailureCount::at_server`], and keeps known networks. Returns how many counts
    /// were removed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forgive_all(&mut self) -> Result<u64, StoreError> {
        let statement =
            in_key_order!("DELETE FROM login_throttle", "failures > 0 AND (account IS NULL OR account <> $1)", "");
        self.sql.run(statement.for_database(&self.sql.connection), [SEEN_BY_SERVER.to_vec().into()]).await
    }

    /// How many counts of [`FailureCount::at_server`] still hold.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn counts_at_servers(&mut self) -> Result<u64, StoreError> {
        let statement = "SELECT COUNT(*) FROM login_throttle WHERE failures > 0 AND account = $1 AND last_at > $2";
        let since = micros(self.now - SERVER_FAILURES_EXPIRE_AFTER);
        let row = self.sql.one(statement, [SEEN_BY_SERVER.to_vec().into(), since.into()]).await?;
        row.map_or(Ok(0), |row| Ok(u64::try_from(row.get::<i64>(0)?).unwrap_or(0)))
    }
}

/// How long a network is known after a sign-in from it.
pub const KNOWN_FOR: Duration = Duration::days(90);

const FORGIVE_COUNTS: &str = "DELETE FROM login_throttle WHERE failures > 0 \
                    AND key IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

/// Locks the rows in the order of their keys, as [`ADD_FAILURE`] does: otherwise two transactions could deadlock. A
/// `DELETE` locks them in any order.
const LOCK_COUNTS: &str = "INSERT INTO login_throttle (key, failures, last_at) SELECT key, failures, last_at \
                    FROM login_throttle WHERE failures > 0 \
                    AND key IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
                    ORDER BY key ON CONFLICT (key) DO UPDATE SET last_at = login_throttle.last_at";

const SELECT_COUNTS: &str = "SELECT key, failures, last_at FROM login_throttle \
                    WHERE key IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

const SELECT_COUNTS_AND_ACCOUNTS: &str = "SELECT key, account FROM login_throttle WHERE failures > 0 \
                    AND key IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

/// Only an administrator's command needs it, so no index makes each failure more expensive.
const SELECT_COUNTS_OF_ACCOUNTS: &str = "SELECT key FROM login_throttle WHERE failures > 0 \
                    AND (account IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
                    OR key IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12))";

/// Inserts each key once, and always in the same order: otherwise two attempts could deadlock. `WHERE true` tells
/// SQLite that `ON` does not begin a join.
const ADD_FAILURE: &str = "INSERT INTO login_throttle (key, failures, last_at, account) \
                     SELECT counted, 1, $13, led_to FROM (SELECT $1 AS counted, $15 AS led_to UNION SELECT $2, $16 \
                     UNION SELECT $3, $17 UNION SELECT $4, $18 UNION SELECT $5, $19 UNION SELECT $6, $20 \
                     UNION SELECT $7, $21 UNION SELECT $8, $22 UNION SELECT $9, $23 UNION SELECT $10, $24 \
                     UNION SELECT $11, $25 UNION SELECT $12, $26) AS counts WHERE true ORDER BY counted \
                     ON CONFLICT (key) DO UPDATE SET \
                     failures = CASE WHEN login_throttle.last_at <= $14 THEN 1 ELSE login_throttle.failures + 1 END, \
                     last_at = CASE WHEN excluded.last_at > login_throttle.last_at THEN excluded.last_at ELSE \
                     login_throttle.last_at END, \
                     account = COALESCE(excluded.account, login_throttle.account)";

fn throttle_key(stored: Vec<u8>) -> Option<ThrottleKey> {
    ThrottleKey::try_from(stored).ok()
}

fn in_chunks(keys: &BTreeSet<ThrottleKey>) -> Vec<Vec<ThrottleKey>> {
    let keys: Vec<ThrottleKey> = keys.iter().copied().collect();
    keys.chunks(MAX_KEYS).map(<[ThrottleKey]>::to_vec).collect()
}

/// One statement text serves any number of keys: the last key fills the remaining parameters.
fn padded(keys: &[ThrottleKey]) -> Vec<Value> {
    let last = keys.last().copied().unwrap_or_default();
    keys.iter().copied().chain(std::iter::repeat(last)).take(MAX_KEYS).map(|key| key.to_vec().into()).collect()
}
