//! Signing: our keys, kept ready; the tokens they sign; the public halves for whoever verifies.
//!
//! A key is published before it signs, signs, then stays published until the last token it signed has run out. Which
//! key signs is decided by the clock alone, so that several instances agree without a word between them.

mod jose;
mod jwks;
pub mod master_key;
pub mod rotation;

pub use jwks::Jwks;

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::base::clock::Clock;
use crate::base::ids::KeyId;
use crate::base::secret::{MasterKey, Purpose, Sealer};
use crate::signin::seal::Claims;
use crate::signin::send::SignedToken;
use crate::store::{Store, StoreError, StoredKey};
use jose::KeptSigner;
use rotation::{Rotation, Schedule};

/// Signs with whichever key's time it is.
#[derive(Debug)]
pub struct Signer {
    store: Store,
    sealer: Sealer,
    clock: Clock,
    ring: ArcSwap<Ring>,
}

/// Every key as it was read last, and what is made of them, ready to be used.
#[derive(Debug)]
struct Ring {
    keys: Vec<HeldKey>,
    jwks: Arc<Jwks>,
}

#[derive(Debug)]
struct HeldKey {
    stored: StoredKey,
    /// Kept: making one anew costs twenty times its use. None for a key that signs no more.
    signer: Option<Arc<KeptSigner>>,
}

/// Why nothing can be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    #[error(
        "signing key {kid} in {place} was sealed under another master key; put back the master key that belongs to this \
         database, or, if it is lost, run `vestibule key rotate --now`"
    )]
    WrongMasterKey { kid: KeyId, place: String },
    #[error("no signing key in {place}; run `vestibule key rotate --now`")]
    NoKey { place: String },
    #[error("OpenSSL refused signing key {kid}")]
    Unusable { kid: KeyId, source: josekit::JoseError },
    #[error("OpenSSL makes no key")]
    NotMade(#[source] josekit::JoseError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Signer {
    /// Reads the keys; makes the first where there are none.
    ///
    /// # Errors
    /// When the master key is not the one they were sealed under, or the database fails.
    pub async fn open(
        store: &Store,
        master: &MasterKey,
        schedule: &Schedule,
        clock: Clock,
    ) -> Result<Self, SignerError> {
        if store.keys().await?.is_empty() {
            let mut transaction = store.begin().await?;
            // Another instance may have been first: then its key is taken.
            if transaction.keys_to_change().await?.is_empty() {
                rotation::rotate(&mut transaction, master, schedule, Rotation::Now, clock.now()).await?;
                transaction.commit().await?;
            }
        }
        let sealer = master.sealer(Purpose::SigningKey);
        let ring = read(store, &sealer, &[], &clock).await?;
        Ok(Self { store: store.clone(), sealer, clock, ring: ArcSwap::from_pointee(ring) })
    }

    /// Reads the keys again: every [`rotation::NOTICED`], and when asked.
    ///
    /// # Errors
    /// As for [`Self::open`]; then the keys stay as they were.
    pub async fn refresh(&self) -> Result<(), SignerError> {
        let ring = read(&self.store, &self.sealer, &self.ring.load().keys, &self.clock).await?;
        self.ring.store(Arc::new(ring));
        Ok(())
    }

    /// Signs, as a compact JWS (RFC 7515 §7.1).
    ///
    /// # Errors
    /// When there is no key to sign with.
    pub fn sign(&self, claims: &Claims) -> Result<SignedToken, SignerError> {
        let ring = self.ring.load();
        let chosen = rotation::chosen(&ring.keys, |key| &key.stored, self.clock.now());
        let signer = chosen.and_then(|key| key.signer.as_ref());
        let signer = signer.ok_or_else(|| SignerError::NoKey { place: self.store.place().to_string() })?;
        signer.sign(claims)
    }

    /// The public keys, ready to be served.
    #[must_use]
    pub fn jwks(&self) -> Arc<Jwks> {
        Arc::clone(&self.ring.load().jwks)
    }
}

/// Whether `master` opens every key of the database that still signs: how many there are. Makes none, removes none.
///
/// # Errors
/// When one of them was sealed under another master key, or the database fails.
pub async fn opened_by(master: &MasterKey, store: &Store, clock: &Clock) -> Result<usize, SignerError> {
    let (sealer, now) = (master.sealer(Purpose::SigningKey), clock.now());
    let signs =
        |key: &StoredKey| matches!(rotation::phase(key, now), rotation::Phase::Published | rotation::Phase::Active);
    let keys: Vec<StoredKey> = store.keys().await?.into_iter().filter(signs).collect();
    for key in &keys {
        KeptSigner::open(key, &sealer, store.place())?;
    }
    Ok(keys.len())
}

async fn read(store: &Store, sealer: &Sealer, held: &[HeldKey], clock: &Clock) -> Result<Ring, SignerError> {
    let now = clock.now();
    let (gone, stored): (Vec<_>, Vec<_>) =
        store.keys().await?.into_iter().partition(|key| rotation::phase(key, now) == rotation::Phase::Gone);
    if !gone.is_empty() {
        let mut transaction = store.begin().await?;
        for key in &gone {
            transaction.remove_key(&key.kid).await?;
        }
        transaction.commit().await?;
    }
    let mut keys = Vec::with_capacity(stored.len());
    for stored in stored {
        let kept = held.iter().find(|key| key.stored.kid == stored.kid).and_then(|key| key.signer.clone());
        let signer = match (rotation::phase(&stored, now), kept) {
            (rotation::Phase::Retired | rotation::Phase::Gone, _) => None,
            (rotation::Phase::Published | rotation::Phase::Active, Some(kept)) => Some(kept),
            (rotation::Phase::Published | rotation::Phase::Active, None) => {
                Some(Arc::new(KeptSigner::open(&stored, sealer, store.place())?))
            }
        };
        keys.push(HeldKey { stored, signer });
    }
    let jwks = Jwks::of(keys.iter().map(|key| &key.stored));
    Ok(Ring { keys, jwks: Arc::new(jwks) })
}

#[cfg(test)]
mod tests;
