//! The public keys of a provider, and the check of a token's signature.

mod issuers;
mod usage;

pub use issuers::KeyIssuers;

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, OnceLock};

use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use josekit::jwk::Jwk;
use josekit::jws::{self, JwsVerifier};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use self::usage::Usage;
use super::rsa_numbers::{self, InvalidNumbers};
use crate::base::ids::Issuer;
use crate::base::strict_json::Members;
use crate::signin::identify::Algorithm;

/// How many keys are tried for one token. Keys that don't fit the token are not counted.
const MAX_TRIED: usize = 100;

/// One key of a provider's JWK Set (RFC 7517). OpenSSL does the arithmetic.
#[derive(Clone)]
pub struct ProviderKey {
    kid: Option<String>,
    issuer: Option<Issuer>,
    usage: Usage,
    jwk: Arc<Jwk>,
    /// Made when a token first needs this key. A set may hold thousands of keys, and making all would take seconds.
    verifiers: Arc<OnceLock<Verifiers>>,
}

type Verifiers = Vec<(Algorithm, Box<dyn JwsVerifier>)>;

/// Why no key made a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureFault {
    /// No key has the token's `kid`, and no key without a `kid` made the signature. A newer key may have made it.
    NoKey,
    /// The key with the token's `kid` is for another use, by its `use`, `alg` or `key_ops`.
    OtherUse,
    /// The key with the token's `kid` can't be used.
    InvalidKey(InvalidNumbers),
    /// The key with the token's `kid` did not make the signature.
    Invalid,
}

/// Why a key can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// RFC 7517 §5: readers ignore keys of types that they don't know.
    #[error("its `kty` {0:?} is not supported")]
    UnknownType(String),
    #[error("{0}")]
    Malformed(String),
}

impl KeyError {
    /// Whether the key is a mistake, and not just one that we don't support. A type in another case is a mistake: RFC
    /// 7517 §4.1 compares it byte for byte.
    pub fn is_malformed(&self) -> bool {
        match self {
            Self::UnknownType(kty) => ["RSA", "EC", "OKP"].iter().any(|known| known.eq_ignore_ascii_case(kty)),
            Self::Malformed(_) => true,
        }
    }

    pub fn not_text(name: &str) -> Self {
        Self::Malformed(format!("its `{name}` is not text"))
    }
}

/// The key that made this signature.
///
/// Tries the keys with the token's `kid` first, then those without a `kid`, and never those with another one.
///
/// # Errors
/// When none of the keys made it.
pub fn signing_key<'k>(
    keys: &'k [ProviderKey],
    (algorithm, kid): (Algorithm, Option<&str>),
    message: &[u8],
    signature: &[u8],
) -> Result<&'k ProviderKey, SignatureFault> {
    let mut tried = candidates(keys, algorithm, kid);
    if let Some(key) = tried.find(|key| key.verify(algorithm, message, signature)) {
        return Ok(key);
    }
    let named: Vec<_> = keys.iter().filter(|key| kid.is_some() && key.kid.as_deref() == kid).collect();
    Err(if named.iter().any(|key| key.verifies(algorithm)) {
        SignatureFault::Invalid
    } else if let Some(key) = named.iter().find(|key| key.fits(algorithm)) {
        SignatureFault::InvalidKey(key.invalid_numbers())
    } else if named.is_empty() {
        SignatureFault::NoKey
    } else {
        SignatureFault::OtherUse
    })
}

fn candidates<'k>(
    keys: &'k [ProviderKey],
    algorithm: Algorithm,
    kid: Option<&str>,
) -> impl Iterator<Item = &'k ProviderKey> {
    let fitting = || keys.iter().filter(move |key| key.fits(algorithm));
    let (named, others): (Vec<_>, Vec<_>) = match kid {
        Some(kid) => (
            fitting().filter(|key| key.kid.as_deref() == Some(kid)).collect(),
            fitting().filter(|key| key.kid.is_none()).collect(),
        ),
        None => (fitting().collect(), Vec::new()),
    };
    named.into_iter().chain(others).take(MAX_TRIED)
}

impl fmt::Debug for ProviderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderKey").field("kid", &self.kid).field("usage", &self.usage).finish_non_exhaustive()
    }
}

impl ProviderKey {
    /// Reads a key. `None` if `seen` holds it already.
    ///
    /// # Errors
    /// Why it can't be used.
    pub fn read(raw: &RawValue, seen: &mut HashSet<String>) -> Result<Option<Self>, KeyError> {
        let key = Members::read(raw.get().as_bytes())
            .map_err(|why| KeyError::Malformed(format!("it is not a JSON object ({why})")))?;
        // A key with a duplicate of a member that we read is refused (security rule C16).
        let member = |name: &str| {
            key.get(name).map_err(|why| KeyError::Malformed(format!("its `{name}` can't be read ({why})")))
        };
        let text = |name: &str| match member(name)? {
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(KeyError::not_text(name)),
            None => Err(KeyError::Malformed(format!("its `{name}` is missing"))),
        };
        let kty = text("kty")?;
        let material: &[&str] = match kty.as_str() {
            "RSA" => &["n", "e"],
            "EC" => &["crv", "x", "y"],
            "OKP" => &["crv", "x"],
            _ => return Err(KeyError::UnknownType(kty.chars().take(40).collect())),
        };
        // RFC 7518 §6.2.1.2: a coordinate has the width of its curve. Old libraries omit leading zeros.
        let width = match kty.as_str() {
            "EC" => coordinate_width(&text("crv")?),
            _ => 0,
        };
        let usage = if usage::forbids_verification(member("key_ops")?.as_ref()) {
            Usage::Other
        } else {
            Usage::of(member("use")?.as_ref(), member("alg")?.as_ref())?
        };
        let kid = match member("kid")? {
            Some(Value::String(kid)) if !kid.is_empty() => Some(kid),
            // The `kid` of a token is text and not empty, so this one matches none.
            Some(_) | None => None,
        };
        // Certificates beside the key never count (security rule C11). Private parts are not kept.
        let mut members = Map::from_iter([("kty".to_owned(), Value::String(kty))]);
        for name in material {
            let value = text(name)?;
            let value = if *name == "crv" { value } else { canonical(name, &value, width)? };
            members.insert((*name).to_owned(), Value::String(value));
        }
        let issuer = issuers::read(&key);
        if !seen.insert(format!("{kid:?} {issuer:?} {usage:?} {members:?}")) {
            return Ok(None);
        }
        let jwk = Jwk::from_map(members).map_err(|why| KeyError::Malformed(format!("it is not a key ({why})")))?;
        Ok(Some(Self { kid, issuer, usage, jwk: Arc::new(jwk), verifiers: Arc::default() }))
    }

    /// Its name in the set.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Whether it can check signatures of this algorithm.
    pub fn verifies(&self, algorithm: Algorithm) -> bool {
        self.fits(algorithm) && self.verifiers().iter().any(|(kept, _)| *kept == algorithm)
    }

    /// Why it can check no signature; `None` if `use`, `alg` and `key_ops` allow none.
    pub fn idle_because(&self) -> Option<InvalidNumbers> {
        Algorithm::ALL.into_iter().any(|one| self.fits(one)).then(|| self.invalid_numbers())
    }

    /// What is wrong with the numbers of a key that can't be used.
    fn invalid_numbers(&self) -> InvalidNumbers {
        self.check_numbers().err().unwrap_or(InvalidNumbers::Other)
    }

    fn check_numbers(&self) -> Result<(), InvalidNumbers> {
        let number = |name| {
            let text = self.jwk.parameter(name).and_then(Value::as_str).unwrap_or_default();
            URL_SAFE_NO_PAD.decode(text).unwrap_or_default()
        };
        if self.jwk.key_type() == "RSA" { rsa_numbers::check(&number("n"), &number("e")) } else { Ok(()) }
    }

    /// As [`Self::verifies`], but only by the key's type and usage, without arithmetic.
    fn fits(&self, algorithm: Algorithm) -> bool {
        let key_type = match algorithm {
            Algorithm::Rs256
            | Algorithm::Rs384
            | Algorithm::Rs512
            | Algorithm::Ps256
            | Algorithm::Ps384
            | Algorithm::Ps512 => "RSA",
            Algorithm::Es256 | Algorithm::Es384 | Algorithm::Es512 => "EC",
            Algorithm::EdDsa => "OKP",
        };
        self.jwk.key_type() == key_type && self.usage.allows(algorithm)
    }

    fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let kept = self.verifiers().iter().find(|(kept, _)| *kept == algorithm);
        kept.is_some_and(|(_, verifier)| verifier.verify(message, signature).is_ok())
    }

    fn verifiers(&self) -> &Verifiers {
        self.verifiers.get_or_init(|| {
            let usable = self.check_numbers().is_ok();
            let allowed = Algorithm::ALL.into_iter().filter(|one| usable && self.fits(*one));
            allowed.filter_map(|one| verifier(one, &self.jwk).map(|verifier| (one, verifier))).collect()
        })
    }
}

/// In bytes; 0 for an unknown curve.
fn coordinate_width(curve: &str) -> usize {
    match curve {
        "P-256" => 32,
        "P-384" => 48,
        "P-521" => 66,
        _ => 0,
    }
}

/// A number of the key in the encoding of RFC 7518 §6. Padding, line breaks and the alphabet of plain base64 are
/// accepted, since the signature decides whether it is the right number. `width`: the least number of bytes.
fn canonical(name: &str, value: &str, width: usize) -> Result<String, KeyError> {
    const TOLERANT: GeneralPurpose = GeneralPurpose::new(
        &URL_SAFE,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    let value: String = value.split_ascii_whitespace().collect::<String>().replace('+', "-").replace('/', "_");
    let number = TOLERANT.decode(value).map_err(|_| KeyError::Malformed(format!("its `{name}` is not base64url")))?;
    let zeros = vec![0; width.saturating_sub(number.len())];
    Ok(URL_SAFE_NO_PAD.encode([zeros, number].concat()))
}

fn verifier(algorithm: Algorithm, jwk: &Jwk) -> Option<Box<dyn JwsVerifier>> {
    fn boxed<V: JwsVerifier + 'static, E>(verifier: Result<V, E>) -> Option<Box<dyn JwsVerifier>> {
        verifier.ok().map(|verifier| Box::new(verifier) as Box<dyn JwsVerifier>)
    }
    match algorithm {
        Algorithm::Rs256 => boxed(jws::RS256.verifier_from_jwk(jwk)),
        Algorithm::Rs384 => boxed(jws::RS384.verifier_from_jwk(jwk)),
        Algorithm::Rs512 => boxed(jws::RS512.verifier_from_jwk(jwk)),
        Algorithm::Ps256 => boxed(jws::PS256.verifier_from_jwk(jwk)),
        Algorithm::Ps384 => boxed(jws::PS384.verifier_from_jwk(jwk)),
        Algorithm::Ps512 => boxed(jws::PS512.verifier_from_jwk(jwk)),
        Algorithm::Es256 => boxed(jws::ES256.verifier_from_jwk(jwk)),
        Algorithm::Es384 => boxed(jws::ES384.verifier_from_jwk(jwk)),
        Algorithm::Es512 => boxed(jws::ES512.verifier_from_jwk(jwk)),
        Algorithm::EdDsa => boxed(jws::EdDSA.verifier_from_jwk(jwk)),
    }
}

#[cfg(test)]
mod tests;
