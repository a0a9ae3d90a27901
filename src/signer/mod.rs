//! Signs tokens: the signing keys, ready for use, and their public halves for verifiers.
//!
//! A key is published before it signs, and stays published until the last token that it signed has expired. Only the
//! clock decides which key signs, so several instances agree without exchanging messages.

mod jose;
mod jwks;
pub mod master_key;
pub mod rotation;

pub use jwks::Jwks;

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::base::clock::{Clock, is_in_future};
use crate::base::ids::KeyId;
use crate::base::secret::{MasterKey, Purpose, Sealer};
use crate::signin::seal::TokenClaims;
use crate::signin::send::SignedToken;
use crate::store::{Store, StoreError, StoredKey};
use jose::KeySigner;
use rotation::{Rotation, Schedule};

/// Signs tokens with the key that is active now.
#[derive(Debug)]
pub struct Signer {
    store: Store,
    sealer: Sealer,
    clock: Clock,
    ring: ArcSwap<KeyRing>,
}

/// All keys as last read from the database, ready for use, and their JWKS.
#[derive(Debug)]
struct KeyRing {
    keys: Vec<LoadedKey>,
    jwks: Arc<Jwks>,
}

#[derive(Debug)]
struct LoadedKey {
    stored: StoredKey,
    private_half: PrivateHalf,
}

/// The private half of a key, as far as this server can use it.
#[derive(Debug, Clone)]
enum PrivateHalf {
    /// Kept, because making a signer costs twenty times as much as a signature.
    Opened(Arc<KeySigner>),
    /// Our master key does not open it.
    Sealed,
    /// The key no longer signs.
    NotNeeded,
}

/// Why no token can be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    #[error(
        "signing key {kid} in {location} was sealed under another master key; put back the master key that belongs to \
         this database (in {variable}, if the service sets it there) or, if it is lost, run \
         `vestibule key rotate --now`",
        variable = master_key::VARIABLE
    )]
    WrongMasterKey { kid: KeyId, location: String },
    #[error(
        "this server started with another master key than the one that seals signing key {kid} in {location}; restart \
         it with the master key that belongs to this database: the one that `vestibule key rotate` used"
    )]
    MasterKeyChanged { kid: KeyId, location: String },
    #[error("no signing key in {location}; run `vestibule key rotate --now`")]
    NoKey { location: String },
    #[error("OpenSSL refused signing key {kid}")]
    Unusable { kid: KeyId, source: josekit::JoseError },
    #[error("OpenSSL failed to make a key")]
    KeyGenerationFailed(#[source] josekit::JoseError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Signer {
    /// Reads the keys. Makes the first key if there is none.
    ///
    /// # Errors
    /// When the keys were sealed under another master key, or the database fails.
    pub async fn open(
        store: &Store,
        master: &MasterKey,
        schedule: &Schedule,
        clock: Clock,
    ) -> Result<Self, SignerError> {
        if store.keys().await?.is_empty() {
            let mut transaction = store.begin().await?;
            // If another instance was first, its key is used.
            if transaction.keys_to_change().await?.is_empty() {
                rotation::rotate(&mut transaction, master, schedule, Rotation::Now, clock.now()).await?;
                transaction.commit().await?;
            }
        }
        let sealer = master.sealer(Purpose::SigningKey);
        let ring = read(store, &sealer, &[], &clock).await?;
        if let Some(key) = ring.sealed() {
            let (kid, location) = (key.stored.kid.clone(), store.location().to_string());
            return Err(SignerError::WrongMasterKey { kid, location });
        }
        Ok(Self { store: store.clone(), sealer, clock, ring: ArcSwap::from_pointee(ring) })
    }

    /// Reads the keys again. Call it every [`rotation::KEY_REFRESH_INTERVAL`].
    ///
    /// The database decides which keys there are, even if our master key does not open them: a removed key no longer
    /// signs and is no longer published, even if we can't use its replacement.
    ///
    /// # Errors
    /// When the database fails: then the keys stay as they were. When our master key does not open one of the keys: the
    /// keys are updated nevertheless.
    pub async fn refresh(&self) -> Result<(), SignerError> {
        let ring = read(&self.store, &self.sealer, &self.ring.load().keys, &self.clock).await?;
        let sealed = ring.sealed().map(|key| self.changed(key));
        self.ring.store(Arc::new(ring));
        sealed.map_or(Ok(()), Err)
    }

    /// Whether a token could be signed now.
    ///
    /// # Errors
    /// When there is no key to sign with, or our master key does not open it.
    pub fn ready(&self) -> Result<(), SignerError> {
        self.current_signer(&self.ring.load()).map(|_| ())
    }

    /// Signs the claims as a compact JWS (RFC 7515 §7.1).
    ///
    /// # Errors
    /// When there is no key to sign with.
    pub fn sign(&self, claims: &TokenClaims) -> Result<SignedToken, SignerError> {
        self.current_signer(&self.ring.load())?.sign(claims)
    }

    fn current_signer<'r>(&self, ring: &'r KeyRing) -> Result<&'r KeySigner, SignerError> {
        let none = || SignerError::NoKey { location: self.store.location().to_string() };
        let key = rotation::signing_key(&ring.keys, |key| &key.stored, self.clock.now()).ok_or_else(none)?;
        match &key.private_half {
            PrivateHalf::Opened(signer) => Ok(signer),
            PrivateHalf::Sealed => Err(self.changed(key)),
            PrivateHalf::NotNeeded => Err(none()),
        }
    }

    fn changed(&self, key: &LoadedKey) -> SignerError {
        SignerError::MasterKeyChanged { kid: key.stored.kid.clone(), location: self.store.location().to_string() }
    }

    /// The public keys, ready to be served.
    #[must_use]
    pub fn jwks(&self) -> Arc<Jwks> {
        Arc::clone(&self.ring.load().jwks)
    }
}

impl KeyRing {
    /// A key that signs now or later, and that our master key does not open.
    fn sealed(&self) -> Option<&LoadedKey> {
        self.keys.iter().find(|key| matches!(key.private_half, PrivateHalf::Sealed))
    }
}

/// How many keys of the database sign now or later. Changes nothing.
///
/// # Errors
/// When the database fails.
pub async fn count_in_use(store: &Store, clock: &Clock) -> Result<usize, StoreError> {
    Ok(signing_keys(store, clock).await?.len())
}

async fn signing_keys(store: &Store, clock: &Clock) -> Result<Vec<StoredKey>, StoreError> {
    let now = clock.now();
    let signs =
        |key: &StoredKey| matches!(rotation::phase(key, now), rotation::Phase::Published | rotation::Phase::Active);
    Ok(store.keys().await?.into_iter().filter(signs).collect())
}

/// The keys that a clock which was ahead has made: they were published later than now. Changes nothing.
///
/// # Errors
/// When the database fails.
pub async fn made_in_future(store: &Store, clock: &Clock) -> Result<Vec<StoredKey>, StoreError> {
    let now = clock.now();
    let mut keys = signing_keys(store, clock).await?;
    keys.retain(|key| is_in_future(key.published_at, now));
    Ok(keys)
}

/// Checks that `master` opens every key of the database that signs now or later. Returns how many. Changes nothing.
///
/// # Errors
/// When one of them was sealed under another master key, or the database fails.
pub async fn count_opened_by(master: &MasterKey, store: &Store, clock: &Clock) -> Result<usize, SignerError> {
    let sealer = master.sealer(Purpose::SigningKey);
    let keys = signing_keys(store, clock).await?;
    for key in &keys {
        KeySigner::open(key, &sealer, store.location())?;
    }
    Ok(keys.len())
}

/// Reads the keys, and removes those that are gone. Reuses the signers in `held`.
async fn read(store: &Store, sealer: &Sealer, held: &[LoadedKey], clock: &Clock) -> Result<KeyRing, SignerError> {
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
        let private_half = match rotation::phase(&stored, now) {
            rotation::Phase::Retired | rotation::Phase::Gone => PrivateHalf::NotNeeded,
            rotation::Phase::Published | rotation::Phase::Active => {
                match held.iter().find(|key| key.stored.kid == stored.kid).map(|key| &key.private_half) {
                    Some(kept @ PrivateHalf::Opened(_)) => kept.clone(),
                    Some(PrivateHalf::Sealed | PrivateHalf::NotNeeded) | None => opened(&stored, sealer, store)?,
                }
            }
        };
        keys.push(LoadedKey { stored, private_half });
    }
    let jwks = Jwks::of(keys.iter().map(|key| &key.stored));
    Ok(KeyRing { keys, jwks: Arc::new(jwks) })
}

fn opened(stored: &StoredKey, sealer: &Sealer, store: &Store) -> Result<PrivateHalf, SignerError> {
    match KeySigner::open(stored, sealer, store.location()) {
        Ok(signer) => Ok(PrivateHalf::Opened(Arc::new(signer))),
        Err(SignerError::WrongMasterKey { .. }) => Ok(PrivateHalf::Sealed),
        Err(why) => Err(why),
    }
}

#[cfg(test)]
mod tests;
