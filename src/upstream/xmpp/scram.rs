//! SCRAM: each side proves that it knows the password, and neither sends it (RFC 5802, RFC 7677).
//!
//! | message | sent by | holds |
//! | --- | --- | --- |
//! | [`Scram::begin`] | client | name, nonce, channel binding |
//! | [`Challenge`] | server | nonce, salt, rounds of hashing |
//! | [`Scram::answer`] | client | proof |
//! | [`Scram::verify`] | server | signature |

use ::hmac::digest::KeyInit;
use ::hmac::{Hmac, Mac};
use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::Sha1;
use sha2::Sha256;

use super::cancellation::CancelToken;
use crate::base::lenient_base64::LENIENT_BASE64;
use crate::base::random;
use crate::base::secret::{Secret, constant_time_eq};

/// More rounds would take seconds of CPU, which no server may demand. OWASP recommends 1.3 million for SHA-1.
const MAX_ROUNDS: u32 = 1_500_000;
/// After this many rounds, about a millisecond, the work checks whether its caller still waits.
const ROUNDS_AT_ONCE: u32 = 1024;

/// The hash of a mechanism.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    Sha1,
    Sha256,
}

/// The binding of a login to its TLS connection, or why there is none (RFC 5802 §6, RFC 9266).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelBinding {
    /// The client can't do it here.
    None,
    /// The client supports it, and the server does not offer it.
    Unsupported,
    TlsExporter(Vec<u8>),
}

impl ChannelBinding {
    fn header(&self) -> &'static str {
        match self {
            Self::None => "n,,",
            Self::Unsupported => "y,,",
            Self::TlsExporter(_) => "p=tls-exporter,,",
        }
    }

    fn data(&self) -> &[u8] {
        match self {
            Self::None | Self::Unsupported => &[],
            Self::TlsExporter(data) => data,
        }
    }
}

/// The client's side of one login.
pub struct Scram {
    hash: Hash,
    password: Secret<String>,
    binding: ChannelBinding,
    nonce: String,
    /// `client-first-message-bare`
    first: String,
    /// The signature that the server must send, once the proof is made.
    signature: Option<Vec<u8>>,
}

/// The server's proof is wrong or missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotProved;

impl Scram {
    /// `password`: in the form that both sides hash.
    pub fn new(hash: Hash, binding: ChannelBinding, local: &str, password: Secret<String>) -> Self {
        Self::with_nonce(random::token(), hash, binding, local, password)
    }

    fn with_nonce(nonce: String, hash: Hash, binding: ChannelBinding, local: &str, password: Secret<String>) -> Self {
        // RFC 5802 §5.1: commas separate the attributes, and `=` a name and its value.
        let name = local.replace('=', "=3D").replace(',', "=2C");
        let first = format!("n={name},r={nonce}");
        Self { hash, password, binding, nonce, first, signature: None }
    }

    /// The first message, which the client sends.
    pub fn begin(&self) -> Vec<u8> {
        [self.binding.header(), &self.first].concat().into_bytes()
    }

    /// Reads the server's answer to [`Self::begin`].
    ///
    /// # Errors
    /// When it is invalid, or asks for too many rounds.
    pub fn challenge(&self, message: Vec<u8>) -> Result<Challenge, String> {
        Challenge::read(message, &self.nonce)
    }

    /// The client's proof, made with the server's salt. Takes as much CPU as the server asks for, up to
    /// [`MAX_ROUNDS`].
    ///
    /// # Errors
    /// When it is cancelled.
    pub fn answer(&mut self, challenge: &Challenge, cancel: &CancelToken) -> Result<Vec<u8>, String> {
        let salted = self.hash.derive(self.password.expose().as_bytes(), &challenge.salt, challenge.rounds, cancel);
        let salted = salted.ok_or("the time for the login was over while its proof was made")?;
        let binding = STANDARD.encode([self.binding.header().as_bytes(), self.binding.data()].concat());
        let answer = format!("c={binding},r={}", challenge.nonce);
        // RFC 5802 §3
        let signed = [&self.first, &challenge.message, &answer].map(String::as_str).join(",");
        let client_key = self.hash.hmac(&salted, b"Client Key");
        let client_signature = self.hash.hmac(&self.hash.digest(&client_key), signed.as_bytes());
        let proof: Vec<u8> = client_key.iter().zip(&client_signature).map(|(key, signature)| key ^ signature).collect();
        self.signature = Some(self.hash.hmac(&self.hash.hmac(&salted, b"Server Key"), signed.as_bytes()));
        Ok(format!("{answer},p={}", STANDARD.encode(proof)).into_bytes())
    }

    /// Checks the server's proof that it knows the password, too (security rule C45). Compares the bytes of the
    /// signature, so its padding and what ends its line do not matter.
    ///
    /// # Errors
    /// When the proof is wrong or missing.
    pub fn verify(&self, message: &[u8]) -> Result<(), NotProved> {
        let signature = message.split(|byte| *byte == b',').next().and_then(|first| first.strip_prefix(b"v="));
        let signature = signature.map(|signature| signature.strip_suffix(b"\0").unwrap_or(signature).trim_ascii_end());
        let signature = signature.and_then(|signature| LENIENT_BASE64.decode(signature).ok());
        match (&self.signature, signature) {
            (Some(expected), Some(received)) if constant_time_eq(expected, &received) => Ok(()),
            (Some(_) | None, Some(_) | None) => Err(NotProved),
        }
    }
}

/// The server's first message.
#[derive(Debug)]
pub struct Challenge {
    /// As the server sent it: both proofs sign it.
    message: String,
    nonce: String,
    salt: Vec<u8>,
    /// How many rounds of hashing it asks for.
    pub rounds: u32,
}

impl Challenge {
    /// Reads the answer to a message with `nonce` (RFC 5802 §5.1 and §7).
    ///
    /// # Errors
    /// When it is invalid, or asks for too many rounds.
    fn read(message: Vec<u8>, nonce: &str) -> Result<Self, String> {
        let message = String::from_utf8(message).map_err(|_| "its challenge is not text")?;
        let mut parts = message.split(',');
        let mut part = |name: &str| parts.next().and_then(|part| part.strip_prefix(name));
        // A mandatory extension would come before them.
        let (Some(server_nonce), Some(salt), Some(rounds)) = (part("r="), part("s="), part("i=")) else {
            return Err("its challenge is not one of SCRAM".into());
        };
        // Implementations differ on which of two values counts.
        if parts.any(|part| ["r=", "s=", "i=", "m="].iter().any(|name| part.starts_with(name))) {
            return Err("its challenge repeats an attribute".into());
        }
        if nonce.is_empty() || server_nonce.len() <= nonce.len() || !server_nonce.starts_with(nonce) {
            return Err("it answers another login than this one".into());
        }
        // The salt is decoded leniently, since it proves nothing: with a wrong salt, neither side's proof is right.
        let salt = LENIENT_BASE64.decode(salt).map_err(|_| "the salt that it sends is not base64")?;
        if rounds.is_empty() || !rounds.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err("the number of rounds of hashing that it asks for is not a number".into());
        }
        match rounds.parse() {
            Ok(0) => Err("it asks for 0 rounds of hashing, and at least 1 is needed".into()),
            Ok(rounds @ 1..=MAX_ROUNDS) => Ok(Self { nonce: server_nonce.to_owned(), salt, rounds, message }),
            Ok(_) | Err(_) => Err(format!("it asks for more than {MAX_ROUNDS} rounds of hashing, which is the limit")),
        }
    }
}

impl Hash {
    /// `Hi()` of RFC 5802 §2.2: PBKDF2 with one block. `None` if it is cancelled before the end.
    pub fn derive(self, password: &[u8], salt: &[u8], rounds: u32, cancel: &CancelToken) -> Option<Vec<u8>> {
        match self {
            Self::Sha1 => derive::<Hmac<Sha1>>(password, salt, rounds, cancel),
            Self::Sha256 => derive::<Hmac<Sha256>>(password, salt, rounds, cancel),
        }
    }

    fn hmac(self, key: &[u8], of: &[u8]) -> Vec<u8> {
        hmac::sign(&hmac::Key::new(self.of_hmac(), key), of).as_ref().to_vec()
    }

    fn digest(self, of: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
        };
        digest::digest(algorithm, of).as_ref().to_vec()
    }

    fn of_hmac(self) -> hmac::Algorithm {
        match self {
            Self::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => hmac::HMAC_SHA256,
        }
    }
}

/// PBKDF2 that can be stopped, which no library offers. A round of this HMAC costs a third of a round of `aws_lc_rs`.
fn derive<M: Mac + KeyInit + Clone>(
    password: &[u8],
    salt: &[u8],
    rounds: u32,
    cancel: &CancelToken,
) -> Option<Vec<u8>> {
    let key = <M as Mac>::new_from_slice(password).ok()?;
    let mut block = key.clone().chain_update(salt).chain_update(1_u32.to_be_bytes()).finalize().into_bytes();
    let mut derived = block.to_vec();
    for round in 1..rounds {
        if round % ROUNDS_AT_ONCE == 0 && cancel.is_cancelled() {
            return None;
        }
        block = key.clone().chain_update(&block).finalize().into_bytes();
        derived.iter_mut().zip(&block).for_each(|(byte, of_block)| *byte ^= of_block);
    }
    Some(derived)
}

#[cfg(test)]
mod tests;
