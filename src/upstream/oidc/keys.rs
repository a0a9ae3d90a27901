//! A provider's public keys, and which of them signed a token.

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

use crate::base::strict_json::Members;
use crate::signin::identify::Algorithm;

/// How many keys are tried for one token. A key that the token can't mean is not counted.
const MOST_TRIED: usize = 100;

/// One key of a provider's JWKS (RFC 7517), with OpenSSL's arithmetic.
#[derive(Clone)]
pub struct ProviderKey {
    kid: Option<String>,
    usage: Usage,
    jwk: Arc<Jwk>,
    /// Made when a token first asks for this key: a set may hold thousands, and making them all would take seconds.
    verifiers: Arc<OnceLock<Verifiers>>,
}

type Verifiers = Vec<(Algorithm, Box<dyn JwsVerifier>)>;

/// What the set says that a key is for: `use` and `alg` together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Usage {
    AnySignature,
    SignatureBy(Algorithm),
    Other,
}

/// What the keys say of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    Right,
    /// No key has the token's `kid`, and no key without one made the signature: newer keys may say otherwise.
    NoKey,
    /// The key with the token's `kid` is for something else, by its `use`, `alg` or `key_ops`.
    OtherUse,
    /// The key with the token's `kid` can't be used: its numbers make no key.
    NotAKey,
    /// The key with the token's `kid` did not make it.
    Wrong,
}

/// Why a key can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// RFC 7517 §5: keys of a type that a reader does not know are no fault of the set.
    #[error("its `kty` {0:?} is not supported")]
    UnknownType(String),
    #[error("{0}")]
    Malformed(String),
}

impl Unusable {
    pub fn is_a_fault(&self) -> bool {
        matches!(self, Self::Malformed(_))
    }

    pub fn not_text(name: &str) -> Self {
        Self::Malformed(format!("its `{name}` is not text"))
    }
}

/// Whether a key of the set made this signature.
///
/// The token's `kid` prefers: keys of that name first, then keys without a name, and never keys of another name.
pub fn judge(
    keys: &[ProviderKey],
    (algorithm, kid): (Algorithm, Option<&str>),
    message: &[u8],
    signature: &[u8],
) -> Signature {
    let mut tried = candidates(keys, algorithm, kid);
    if tried.any(|key| key.made(algorithm, message, signature)) {
        return Signature::Right;
    }
    let named: Vec<_> = keys.iter().filter(|key| kid.is_some() && key.kid.as_deref() == kid).collect();
    if named.iter().any(|key| key.verifies(algorithm)) {
        Signature::Wrong
    } else if named.iter().any(|key| key.fits(algorithm)) {
        Signature::NotAKey
    } else if named.is_empty() {
        Signature::NoKey
    } else {
        Signature::OtherUse
    }
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
    named.into_iter().chain(others).take(MOST_TRIED)
}

impl fmt::Debug for ProviderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderKey").field("kid", &self.kid).field("usage", &self.usage).finish_non_exhaustive()
    }
}

impl ProviderKey {
    /// `None` for a key that is in the set already.
    ///
    /// # Errors
    /// Why a key can't be used.
    pub fn read(raw: &RawValue, seen: &mut HashSet<String>) -> Result<Option<Self>, Unusable> {
        let key = Members::read(raw.get().as_bytes())
            .map_err(|why| Unusable::Malformed(format!("it is not a JSON object ({why})")))?;
        // A member that we read and that is named twice makes no key (security rule C16).
        let member = |name: &str| {
            key.get(name).map_err(|why| Unusable::Malformed(format!("its `{name}` can't be read ({why})")))
        };
        let text = |name: &str| match member(name)? {
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(Unusable::not_text(name)),
            None => Err(Unusable::Malformed(format!("its `{name}` is missing"))),
        };
        let kty = text("kty")?;
        let material: &[&str] = match kty.as_str() {
            "RSA" => &["n", "e"],
            "EC" => &["crv", "x", "y"],
            "OKP" => &["crv", "x"],
            _ => return Err(Unusable::UnknownType(kty.chars().take(40).collect())),
        };
        // RFC 7518 §6.2.1.2: a coordinate has the width of its curve. Old libraries cut leading zeros off.
        let width = match member("crv")?.as_ref().and_then(Value::as_str) {
            Some("P-256") => 32,
            Some("P-384") => 48,
            Some("P-521") => 66,
            Some(_) | None => 0,
        };
        let usage = match member("key_ops")? {
            // RFC 7517 §4.3
            Some(Value::Array(operations)) if !operations.iter().any(|one| one == "verify") => Usage::Other,
            Some(_) | None => Usage::of(member("use")?.as_ref(), member("alg")?.as_ref())?,
        };
        let kid = match member("kid")? {
            Some(Value::String(kid)) => Some(kid),
            // It can't be the `kid` of a token, which is text.
            Some(_) | None => None,
        };
        // Certificates beside a key never count (security rule C11), and private halves have no business here.
        let mut members = Map::from_iter([("kty".to_owned(), Value::String(kty))]);
        for name in material {
            let value = text(name)?;
            let value = if *name == "crv" { value } else { canonical(name, &value, width)? };
            members.insert((*name).to_owned(), Value::String(value));
        }
        if !seen.insert(format!("{kid:?} {usage:?} {members:?}")) {
            return Ok(None);
        }
        let jwk = Jwk::from_map(members).map_err(|why| Unusable::Malformed(format!("it is not a key ({why})")))?;
        Ok(Some(Self { kid, usage, jwk: Arc::new(jwk), verifiers: Arc::default() }))
    }

    /// Its name in the set.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Whether signatures of this algorithm can be checked with it.
    pub fn verifies(&self, algorithm: Algorithm) -> bool {
        self.fits(algorithm) && self.verifiers().iter().any(|(kept, _)| *kept == algorithm)
    }

    /// As [`Self::verifies`], as far as the key's own words tell: costs nothing.
    fn fits(&self, algorithm: Algorithm) -> bool {
        let of_the_type = match algorithm {
            Algorithm::Rs256
            | Algorithm::Rs384
            | Algorithm::Rs512
            | Algorithm::Ps256
            | Algorithm::Ps384
            | Algorithm::Ps512 => "RSA",
            Algorithm::Es256 | Algorithm::Es384 | Algorithm::Es512 => "EC",
            Algorithm::EdDsa => "OKP",
        };
        self.jwk.key_type() == of_the_type && self.usage.allows(algorithm)
    }

    fn made(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let kept = self.verifiers().iter().find(|(kept, _)| *kept == algorithm);
        kept.is_some_and(|(_, verifier)| verifier.verify(message, signature).is_ok())
    }

    fn verifiers(&self) -> &Verifiers {
        self.verifiers.get_or_init(|| {
            let allowed = Algorithm::ALL.into_iter().filter(|one| self.fits(*one));
            allowed.filter_map(|one| verifier(one, &self.jwk).map(|verifier| (one, verifier))).collect()
        })
    }
}

/// A number of the key as RFC 7518 §6 spells it. Nothing depends on padding, line breaks, or the alphabet of plain base64:
/// the signature decides whether it is the right number. `width` is the least number of bytes.
fn canonical(name: &str, value: &str, width: usize) -> Result<String, Unusable> {
    const TOLERANT: GeneralPurpose = GeneralPurpose::new(
        &URL_SAFE,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    let value: String = value.split_ascii_whitespace().collect::<String>().replace('+', "-").replace('/', "_");
    let number = TOLERANT.decode(value).map_err(|_| Unusable::Malformed(format!("its `{name}` is not base64url")))?;
    let zeros = vec![0; width.saturating_sub(number.len())];
    Ok(URL_SAFE_NO_PAD.encode([zeros, number].concat()))
}

impl Usage {
    /// RFC 7517 §4.2, §4.4; null and an empty text are absent.
    fn of(usage: Option<&Value>, algorithm: Option<&Value>) -> Result<Self, Unusable> {
        match usage {
            None => {}
            Some(Value::String(usage)) if usage.is_empty() || usage == "sig" => {}
            Some(Value::String(_)) => return Ok(Self::Other),
            Some(_) => return Err(Unusable::not_text("use")),
        }
        match algorithm {
            None => Ok(Self::AnySignature),
            Some(Value::String(name)) if name.is_empty() => Ok(Self::AnySignature),
            Some(Value::String(name)) => Ok(Algorithm::named(name).map_or(Self::Other, Self::SignatureBy)),
            Some(_) => Err(Unusable::not_text("alg")),
        }
    }

    fn allows(self, algorithm: Algorithm) -> bool {
        match self {
            Self::AnySignature => true,
            Self::SignatureBy(one) => one == algorithm,
            Self::Other => false,
        }
    }
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
