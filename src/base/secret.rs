//! Secrets: values that never print, comparison in constant time, and sealing with the master key.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::{constant_time, digest, hkdf, hmac};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};

/// A value that never prints: its `Debug` shows nothing of it, and it has neither `Display` nor `Serialize`.
#[derive(Clone)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Check at each call that it can't leak.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Whether two secrets are equal, in a time that depends only on their lengths.
#[must_use]
pub fn constant_time_eq(one: &[u8], other: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(one, other).is_ok()
}

/// SHA-256.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut sum = [0; 32];
    sum.iter_mut().zip(hash(Hash::Sha256, bytes)).for_each(|(to, from)| *to = from);
    sum
}

/// The hashes that signature algorithms name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

#[must_use]
pub fn hash(with: Hash, bytes: &[u8]) -> Vec<u8> {
    let algorithm = match with {
        Hash::Sha256 => &digest::SHA256,
        Hash::Sha384 => &digest::SHA384,
        Hash::Sha512 => &digest::SHA512,
    };
    digest::digest(algorithm, bytes).as_ref().to_vec()
}

/// HMAC with SHA-256 (RFC 2104).
#[must_use]
pub fn hmac_sha256(key: &[u8], bytes: &[u8]) -> [u8; 32] {
    let mut mac = [0; 32];
    let signed = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), bytes);
    mac.iter_mut().zip(signed.as_ref()).for_each(|(to, from)| *to = *from);
    mac
}

/// The operator's master key, 256 bits. If it is lost, our signing keys and pending logins are lost, but no account.
#[derive(Clone, Debug)]
pub struct MasterKey(Secret<[u8; 32]>);

/// Why a text is not a master key.
#[derive(Debug, thiserror::Error)]
#[error("a master key is 32 bytes in base64, 43 characters without the padding; `openssl rand -base64 32` prints one")]
pub struct InvalidMasterKey;

impl MasterKey {
    #[must_use]
    pub fn fresh() -> Self {
        Self(Secret::new(super::random::bytes()))
    }

    /// Reads what [`Self::write`] wrote, or 32 bytes in the base64 of other programs: with `+` and `/`, and padded.
    ///
    /// # Errors
    /// When it is not 32 bytes of base64.
    pub fn read(text: &str) -> Result<Self, InvalidMasterKey> {
        let text = text.trim();
        let text = text.strip_suffix('=').unwrap_or(text).replace('+', "-").replace('/', "_");
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidMasterKey)?;
        bytes.try_into().map(|key| Self(Secret::new(key))).map_err(|_| InvalidMasterKey)
    }

    /// The key as in the key file: one line of base64url.
    #[must_use]
    pub fn write(&self) -> Secret<String> {
        Secret::new(URL_SAFE_NO_PAD.encode(self.0.expose()))
    }

    /// A key only for this purpose: a text sealed for one purpose can't be opened for another (security rule C29).
    ///
    /// # Panics
    /// Never: the lengths are fixed.
    #[must_use]
    #[expect(clippy::expect_used, reason = "fails only for lengths that are wrong, and these are constants")]
    pub fn sealer(&self, purpose: Purpose) -> Sealer {
        Sealer(RandomizedNonceKey::new(&AES_256_GCM_SIV, &self.derived(purpose)).expect("AES-256 takes 32 bytes"))
    }

    /// A key only for this purpose, for codes that identify a text without storing it.
    #[must_use]
    pub fn mac_key(&self, purpose: Purpose) -> MacKey {
        MacKey(hmac::Key::new(hmac::HMAC_SHA256, &self.derived(purpose)))
    }

    #[expect(clippy::expect_used, reason = "fails only for lengths that are wrong, and these are constants")]
    fn derived(&self, purpose: Purpose) -> [u8; 32] {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"vestibule");
        let mut key = [0; 32];
        salt.extract(self.0.expose())
            .expand(&[purpose.label()], hkdf::HKDF_SHA256)
            .and_then(|okm| okm.fill(&mut key))
            .expect("HKDF gives 32 bytes");
        key
    }
}

/// What a derived key is for.
#[derive(Debug, Clone, Copy)]
pub enum Purpose {
    /// The cookie that carries a login from its start to its callback.
    PendingLogin,
    /// The `state` that travels through the provider.
    State,
    /// The private half of a signing key, at rest in the database.
    SigningKey,
    /// The names in the login throttle. The database has only their codes, because people sometimes type a password
    /// into the name field.
    LoginThrottle,
    /// The identity that a browser wants to leave for another account.
    LeftIdentity,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::PendingLogin => b"pending login",
            Self::State => b"state",
            Self::SigningKey => b"signing key",
            Self::LoginThrottle => b"tries",
            Self::LeftIdentity => b"left identity",
        }
    }
}

/// A key for message authentication codes with HMAC-SHA-256 (RFC 2104). Equal texts have equal codes. Without the key,
/// a code does not reveal its text.
pub struct MacKey(hmac::Key);

impl fmt::Debug for MacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MacKey")
    }
}

impl MacKey {
    /// The code of these texts in this order.
    #[must_use]
    pub fn mac(&self, texts: &[&str]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        for text in texts {
            // Each text with its length, so that two different lists never give the same bytes.
            context.update(&text.len().to_be_bytes());
            context.update(text.as_bytes());
        }
        let mut mac = [0; 32];
        mac.iter_mut().zip(context.sign().as_ref()).for_each(|(to, from)| *to = *from);
        mac
    }
}

/// Seals with AES-256-GCM-SIV (RFC 8452), whose random nonces may collide without harm.
pub struct Sealer(RandomizedNonceKey);

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer")
    }
}

/// We did not seal this text for this purpose, or somebody changed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not sealed by us")]
pub struct UnsealError;

impl Sealer {
    /// Nonce and ciphertext of `plain`; `bound` must be the same at opening.
    ///
    /// # Panics
    /// Never: sealing fails only past 64 GiB.
    #[must_use]
    #[expect(clippy::expect_used, reason = "fails only past 64 GiB")]
    pub fn seal(&self, plain: &[u8], bound: &[u8]) -> Vec<u8> {
        let mut sealed = plain.to_vec();
        let nonce = self.0.seal_in_place_append_tag(Aad::from(bound), &mut sealed).expect("short enough to seal");
        let mut out = nonce.as_ref().to_vec();
        out.append(&mut sealed);
        out
    }

    /// Opens what [`Self::seal`] sealed.
    ///
    /// # Errors
    /// When we did not seal it, or `bound` differs.
    pub fn open(&self, sealed: &[u8], bound: &[u8]) -> Result<Vec<u8>, UnsealError> {
        let (nonce, ciphertext) = sealed.split_at_checked(NONCE_LEN).ok_or(UnsealError)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| UnsealError)?;
        let mut ciphertext = ciphertext.to_vec();
        let length = self.0.open_in_place(nonce, Aad::from(bound), &mut ciphertext).map_err(|_| UnsealError)?.len();
        ciphertext.truncate(length);
        Ok(ciphertext)
    }

    /// A value as JSON, sealed, as base64url.
    ///
    /// # Panics
    /// Never, for types that JSON can hold.
    #[must_use]
    #[expect(clippy::expect_used, reason = "our own plain types always serialise")]
    pub fn seal_json<T: Serialize>(&self, value: &T, bound: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(self.seal(&serde_json::to_vec(value).expect("plain data"), bound))
    }

    /// Opens what [`Self::seal_json`] sealed.
    ///
    /// # Errors
    /// When we did not seal it, or `bound` differs.
    pub fn open_json<T: DeserializeOwned>(&self, text: &str, bound: &[u8]) -> Result<T, UnsealError> {
        let sealed = URL_SAFE_NO_PAD.decode(text).map_err(|_| UnsealError)?;
        serde_json::from_slice(&self.open(&sealed, bound)?).map_err(|_| UnsealError)
    }
}

#[cfg(test)]
mod tests;
