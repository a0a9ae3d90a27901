//! Signing keys: the public half as JSON, the private half encrypted.

use time::OffsetDateTime;

use super::open::Lock;
use super::sql::{Row, micros};
use super::{Store, StoreError, Transaction};
use crate::base::ids::KeyId;

/// A signing key in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    pub kid: KeyId,
    pub algorithm: String,
    /// JSON.
    pub public_jwk: String,
    /// The private JWK, encrypted and bound to the kid.
    pub sealed: Vec<u8>,
    pub published_at: OffsetDateTime,
    /// It may sign from this time on.
    pub active_at: OffsetDateTime,
    /// It no longer signs from this time on.
    pub retired_at: Option<OffsetDateTime>,
    /// No token that it signed is valid from this time on.
    pub gone_at: Option<OffsetDateTime>,
}

impl Store {
    /// All keys, in the order of their publication.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keys(&self) -> Result<Vec<StoredKey>, StoreError> {
        self.reader.all(ALL, []).await?.iter().map(key).collect()
    }
}

impl Transaction {
    /// All keys. No other instance changes them until this transaction ends.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keys_to_change(&mut self) -> Result<Vec<StoredKey>, StoreError> {
        self.lock(Lock::Keys).await?;
        self.sql.all(ALL, []).await?.iter().map(key).collect()
    }

    /// Inserts or updates a key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_key(&mut self, key: &StoredKey) -> Result<(), StoreError> {
        let statement = "INSERT INTO signing_key (kid, algorithm, public_jwk, sealed_private_jwk, published_at, \
                         active_at, retired_at, gone_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (kid) DO \
                         UPDATE SET published_at = excluded.published_at, active_at = excluded.active_at, \
                         retired_at = excluded.retired_at, gone_at = excluded.gone_at";
        let values = [
            key.kid.as_str().into(),
            key.algorithm.as_str().into(),
            key.public_jwk.as_str().into(),
            key.sealed.clone().into(),
            micros(key.published_at).into(),
            micros(key.active_at).into(),
            key.retired_at.map(micros).into(),
            key.gone_at.map(micros).into(),
        ];
        self.sql.run(statement, values).await.map(|_| ())
    }

    /// # Errors
    /// When the database fails.
    pub async fn remove_key(&mut self, kid: &KeyId) -> Result<(), StoreError> {
        self.sql.run("DELETE FROM signing_key WHERE kid = $1", [kid.as_str().into()]).await.map(|_| ())
    }
}

const ALL: &str = "SELECT kid, algorithm, public_jwk, sealed_private_jwk, published_at, active_at, retired_at, gone_at \
                   FROM signing_key ORDER BY published_at, kid";

fn key(row: &Row) -> Result<StoredKey, StoreError> {
    Ok(StoredKey {
        kid: KeyId::from(row.get::<String>(0)?),
        algorithm: row.get(1)?,
        public_jwk: row.get(2)?,
        sealed: row.get(3)?,
        published_at: row.time(4)?,
        active_at: row.time(5)?,
        retired_at: row.time_if_any(6)?,
        gone_at: row.time_if_any(7)?,
    })
}
