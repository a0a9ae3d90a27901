//! Lists, rotates and exports signing keys.

use serde::Serialize;
use time::OffsetDateTime;

use super::{Admin, AdminError};
use crate::accounts::Actor;
use crate::base::ids::KeyId;
use crate::base::secret::MasterKey;
use crate::signer::Jwks;
use crate::signer::rotation::{self, Phase, Rotated, Rotation, Schedule};
use crate::store::{AuditDetail, AuditEntry, Event, StoredKey};

/// A signing key, without its private half.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Key {
    pub kid: KeyId,
    pub algorithm: String,
    pub phase: Phase,
    #[serde(with = "time::serde::rfc3339")]
    pub published_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub signs_from: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    pub signs_until: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub gone_at: Option<OffsetDateTime>,
}

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "rotation", rename_all = "snake_case")]
pub enum RotatedKeys {
    Done {
        new: KeyId,
        #[serde(with = "time::serde::rfc3339")]
        signs_from: OffsetDateTime,
        retired: Vec<KeyId>,
        removed: Vec<KeyId>,
    },
    /// An earlier new key is published and does not sign yet. Nothing was written.
    InProgress {
        waiting: KeyId,
        #[serde(with = "time::serde::rfc3339")]
        signs_from: OffsetDateTime,
    },
}

impl Admin {
    /// # Errors
    /// When the database fails.
    pub async fn keys(&self) -> Result<Vec<Key>, AdminError> {
        let now = self.clock.now();
        Ok(self.store.keys().await?.into_iter().map(|stored| key(stored, now)).collect())
    }

    /// Makes a new key. A running server reads it within [`rotation::KEY_REFRESH_INTERVAL`].
    ///
    /// # Errors
    /// When OpenSSL makes no key, or the database fails.
    pub async fn rotate_keys(
        &self,
        actor: &Actor,
        master: &MasterKey,
        schedule: &Schedule,
        how: Rotation,
    ) -> Result<RotatedKeys, AdminError> {
        let (mut transaction, now) = (self.store.begin().await?, self.clock.now());
        let row = |event, key: &KeyId, detail| {
            let (target, detail) = (Some(key.into()), Some(detail));
            AuditEntry { target, detail, ..actor.row(event, now) }
        };
        match rotation::rotate(&mut transaction, master, schedule, how, now).await? {
            Rotated::InProgress { waiting, signs_from } => Ok(RotatedKeys::InProgress { waiting, signs_from }),
            Rotated::Done { new, signs_from, retired, removed } => {
                let published = AuditDetail::new().fact(&new).text(" signs from ").time(signs_from);
                transaction.audit(&row(Event::KeyPublished, &new, published)).await?;
                for kid in &removed {
                    transaction.audit(&row(Event::KeyRemoved, kid, AuditDetail::new().fact(kid))).await?;
                }
                transaction.commit().await?;
                Ok(RotatedKeys::Done { new, signs_from, retired, removed })
            }
        }
    }

    /// The public keys as JSON, for the `authKeys` of a Galène group.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn export_galene(&self) -> Result<String, AdminError> {
        Ok(Jwks::export_galene(&self.published_keys().await?))
    }

    /// All published keys, including one that does not sign yet.
    pub(super) async fn published_keys(&self) -> Result<Vec<StoredKey>, AdminError> {
        let now = self.clock.now();
        let mut keys = self.store.keys().await?;
        keys.retain(|key| rotation::phase(key, now) != Phase::Gone);
        Ok(keys)
    }
}

fn key(stored: StoredKey, now: OffsetDateTime) -> Key {
    Key {
        phase: rotation::phase(&stored, now),
        kid: stored.kid,
        algorithm: stored.algorithm,
        published_at: stored.published_at,
        signs_from: stored.active_at,
        signs_until: stored.retired_at,
        gone_at: stored.gone_at,
    }
}
