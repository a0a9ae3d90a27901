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

use super::stop::Stop;
use super::stream_element::LENIENT;
use crate::base::random;
use crate::base::secret::{Secret, constant_time_eq};

/// More rounds would take seconds of CPU, which no server may demand. OWASP recommends 1.3 million for SHA-1.
const MOST_ROUNDS: u32 = 1_500_000;
/// After so many rounds the work asks whether anybody waits for it: every millisecond or so.
const ROUNDS_AT_ONCE: u32 = 1024;

/// The hash of a mechanism.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    Sha1,
    Sha256,
}

/// What ties a login to its TLS connection, or why nothing does (RFC 5802 §6, RFC 9266).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelBinding {
    /// The client can't.
    None,
    /// The server can't, as far as the client knows.
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
    /// `password`: as both sides hash it.
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

    /// The client's proof, made with the server's salt, and its rounds of hashing. Takes as much CPU as the server asks
    /// for, within a bound.
    ///
    /// # Errors
    /// What is wrong with the server's challenge, or that `stop` is due.
    pub fn answer(&mut self, asked: &[u8], stop: &Stop) -> Result<(Vec<u8>, u32), String> {
        let challenge = Challenge::read(asked, &self.nonce)?;
        let salted = self.hash.derive(self.password.expose().as_bytes(), &challenge.salt, challenge.rounds, stop);
        let salted = salted.ok_or("the time for the login was over while its proof was made")?;
        let binding = STANDARD.encode([self.binding.header().as_bytes(), self.binding.data()].concat());
        let answer = format!("c={binding},r={}", challenge.nonce);
        // RFC 5802 §3
        let signed = [self.first.as_bytes(), asked, answer.as_bytes()].join(&b","[..]);
        let client_key = self.hash.hmac(&salted, b"Client Key");
        let client_signature = self.hash.hmac(&self.hash.digest(&client_key), &signed);
        let proof: Vec<u8> = client_key.iter().zip(&client_signature).map(|(key, signature)| key ^ signature).collect();
        self.signature = Some(self.hash.hmac(&self.hash.hmac(&salted, b"Server Key"), &signed));
        Ok((format!("{answer},p={}", STANDARD.encode(proof)).into_bytes(), challenge.rounds))
    }

    /// Checks the server's proof that it knows the password, too (security rule C45).
    ///
    /// # Errors
    /// When the proof is wrong or missing.
    pub fn verify(&self, said: &[u8]) -> Result<(), NotProved> {
        let signature = said.split(|byte| *byte == b',').next().and_then(|first| first.strip_prefix(b"v="));
        let signature = signature.and_then(|signature| STANDARD.decode(signature).ok());
        match (&self.signature, signature) {
            (Some(expected), Some(theirs)) if constant_time_eq(expected, &theirs) => Ok(()),
            (Some(_) | None, Some(_) | None) => Err(NotProved),
        }
    }
}

/// The server's first message.
#[derive(Debug, PartialEq, Eq)]
pub struct Challenge {
    nonce: String,
    salt: Vec<u8>,
    rounds: u32,
}

impl Challenge {
    /// Reads the answer to a message with `nonce` (RFC 5802 §5.1 and §7).
    ///
    /// # Errors
    /// When it is none, or asks for too many rounds.
    pub fn read(asked: &[u8], nonce: &str) -> Result<Self, String> {
        let text = std::str::from_utf8(asked).map_err(|_| "what it asks is not text")?;
        let mut parts = text.split(',');
        let mut part = |name: &str| parts.next().and_then(|part| part.strip_prefix(name));
        // A mandatory extension would come before them.
        let (Some(theirs), Some(salt), Some(rounds)) = (part("r="), part("s="), part("i=")) else {
            return Err("what it asks is not what SCRAM asks".into());
        };
        // Readers differ on which of two values counts.
        if parts.any(|part| ["r=", "s=", "i=", "m="].iter().any(|name| part.starts_with(name))) {
            return Err("what it asks says a thing twice".into());
        }
        if nonce.is_empty() || theirs.len() <= nonce.len() || !theirs.starts_with(nonce) {
            return Err("it answers another login than this one".into());
        }
        // A salt proves nothing: with another one, neither side's proof is right.
        let salt = LENIENT.decode(salt).map_err(|_| "the salt that it sends is not base64")?;
        if rounds.is_empty() || !rounds.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err("the number of rounds of hashing that it asks for is none".into());
        }
        match rounds.parse() {
            Ok(rounds @ 1..=MOST_ROUNDS) => Ok(Self { nonce: theirs.to_owned(), salt, rounds }),
            Ok(_) | Err(_) => Err(format!("it asks for more than {MOST_ROUNDS} rounds of hashing, or for none")),
        }
    }
}

impl Hash {
    /// `Hi()` of RFC 5802 §2.2: PBKDF2 with one block. `None` if `stop` is due before the end.
    pub fn derive(self, password: &[u8], salt: &[u8], rounds: u32, stop: &Stop) -> Option<Vec<u8>> {
        match self {
            Self::Sha1 => derive::<Hmac<Sha1>>(password, salt, rounds, stop),
            Self::Sha256 => derive::<Hmac<Sha256>>(password, salt, rounds, stop),
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

/// No library's PBKDF2 can be stopped. A round of this HMAC costs a third of one by `aws_lc_rs`.
fn derive<M: Mac + KeyInit + Clone>(password: &[u8], salt: &[u8], rounds: u32, stop: &Stop) -> Option<Vec<u8>> {
    let key = <M as Mac>::new_from_slice(password).ok()?;
    let mut block = key.clone().chain_update(salt).chain_update(1_u32.to_be_bytes()).finalize().into_bytes();
    let mut derived = block.to_vec();
    for round in 1..rounds {
        if round % ROUNDS_AT_ONCE == 0 && stop.is_due() {
            return None;
        }
        block = key.clone().chain_update(&block).finalize().into_bytes();
        derived.iter_mut().zip(&block).for_each(|(byte, of_block)| *byte ^= of_block);
    }
    Some(derived)
}

#[cfg(test)]
mod tests;
