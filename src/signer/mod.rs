//! Signing: our keys, kept ready; the tokens they sign; the public halves for verifiers.
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
    half: PrivateHalf,
}

/// What we have of a key's private half.
#[derive(Debug, Clone)]
enum PrivateHalf {
    /// Kept: making one anew costs twenty times its use.
    Opened(Arc<KeptSigner>),
    /// Our master key does not open it.
    Sealed,
    /// The key signs no more.
    NotNeeded,
}

/// Why nothing can be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    #[error(
        "signing key {kid} in {place} was sealed under another master key; put back the master key that belongs to \
         this database, in {variable} if the service has it there, or, if it is lost, run `vestibule key rotate --now`",
        variable = master_key::VARIABLE
    )]
    WrongMasterKey { kid: KeyId, place: String },
    #[error(
        "this server started with another master key than the one that seals signing key {kid} in {place}; restart it \
         with the master key that belongs to this database: the one that `vestibule key rotate` had"
    )]
    MasterKeyChanged { kid: KeyId, place: String },
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
        if let Some(key) = ring.sealed() {
            let (kid, place) = (key.stored.kid.clone(), store.place().to_string());
            return Err(SignerError::WrongMasterKey { kid, place });
        }
        Ok(Self { store: store.clone(), sealer, clock, ring: ArcSwap::from_pointee(ring) })
    }

    /// Reads the keys again: every [`rotation::NOTICED`], and when asked.
    ///
    /// The table decides which keys there are, whether or not our master key opens them: a key that was removed signs
    /// no more and is published no more, even if we can't use the one that replaced it.
    ///
    /// # Errors
    /// When the database fails; then the keys stay as they were. When our master key does not open one of them.
    pub async fn refresh(&self) -> Result<(), SignerError> {
        let ring = read(&self.store, &self.sealer, &self.ring.load().keys, &self.clock).await?;
        let sealed = ring.sealed().map(|key| self.changed(key));
        self.ring.store(Arc::new(ring));
        sealed.map_or(Ok(()), Err)
    }

    /// Whether a token could be signed now.
    ///
    /// # Errors
    /// Why not.
    pub fn ready(&self) -> Result<(), SignerError> {
        self.signing(&self.ring.load()).map(|_| ())
    }

    /// Signs, as a compact JWS (RFC 7515 §7.1).
    ///
    /// # Errors
    /// When there is no key to sign with.
    pub fn sign(&self, claims: &Claims) -> Result<SignedToken, SignerError> {
        self.signing(&self.ring.load())?.sign(claims)
    }

    fn signing<'r>(&self, ring: &'r Ring) -> Result<&'r KeptSigner, SignerError> {
        let none = || SignerError::NoKey { place: self.store.place().to_string() };
        let chosen = rotation::chosen(&ring.keys, |key| &key.stored, self.clock.now()).ok_or_else(none)?;
        match &chosen.half {
            PrivateHalf::Opened(signer) => Ok(signer),
            PrivateHalf::Sealed => Err(self.changed(chosen)),
            PrivateHalf::NotNeeded => Err(none()),
        }
    }

    fn changed(&self, key: &HeldKey) -> SignerError {
        SignerError::MasterKeyChanged { kid: key.stored.kid.clone(), place: self.store.place().to_string() }
    }

    /// The public keys, ready to be served.
    #[must_use]
    pub fn jwks(&self) -> Arc<Jwks> {
        Arc::clone(&self.ring.load().jwks)
    }
}

impl Ring {
    /// A key that signs, or is going to, and that our master key does not open.
    fn sealed(&self) -> Option<&HeldKey> {
        self.keys.iter().find(|key| matches!(key.half, PrivateHalf::Sealed))
    }
}

/// How many keys of the database sign, or are going to. Makes none, removes none.
///
/// # Errors
/// When the database fails.
pub async fn in_use(store: &Store, clock: &Clock) -> Result<usize, StoreError> {
    Ok(signing_keys(store, clock).await?.len())
}

async fn signing_keys(store: &Store, clock: &Clock) -> Result<Vec<StoredKey>, StoreError> {
    let now = clock.now();
    let signs =
        |key: &StoredKey| matches!(rotation::phase(key, now), rotation::Phase::Published | rotation::Phase::Active);
    Ok(store.keys().await?.into_iter().filter(signs).collect())
}

/// Whether `master` opens every key of the database that still signs: how many there are. Makes none, removes none.
///
/// # Errors
/// When one of them was sealed under another master key, or the database fails.
pub async fn opened_by(master: &MasterKey, store: &Store, clock: &Clock) -> Result<usize, SignerError> {
    let sealer = master.sealer(Purpose::SigningKey);
    let keys = signing_keys(store, clock).await?;
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
        let half = match rotation::phase(&stored, now) {
            rotation::Phase::Retired | rotation::Phase::Gone => PrivateHalf::NotNeeded,
            rotation::Phase::Published | rotation::Phase::Active => {
                match held.iter().find(|key| key.stored.kid == stored.kid).map(|key| &key.half) {
                    Some(kept @ PrivateHalf::Opened(_)) => kept.clone(),
                    Some(PrivateHalf::Sealed | PrivateHalf::NotNeeded) | None => opened(&stored, sealer, store)?,
                }
            }
        };
        keys.push(HeldKey { stored, half });
    }
    let jwks = Jwks::of(keys.iter().map(|key| &key.stored));
    Ok(Ring { keys, jwks: Arc::new(jwks) })
}

fn opened(stored: &StoredKey, sealer: &Sealer, store: &Store) -> Result<PrivateHalf, SignerError> {
    match KeptSigner::open(stored, sealer, store.place()) {
        Ok(signer) => Ok(PrivateHalf::Opened(Arc::new(signer))),
        Err(SignerError::WrongMasterKey { .. }) => Ok(PrivateHalf::Sealed),
        Err(why) => Err(why),
    }
}

#[cfg(test)]
mod tests;
