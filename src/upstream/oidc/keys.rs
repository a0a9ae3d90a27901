//! A provider's public keys, each with its verifiers kept: rebuilding one costs many times its use.

use std::fmt;
use std::sync::{Arc, OnceLock};

use josekit::jwk::Jwk;
use josekit::jws::{self, JwsVerifier};
use openidconnect::core::{CoreJsonWebKeyType, CoreJsonWebKeyUse, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKey, JsonWebKeyAlgorithm, JsonWebKeyId, SignatureVerificationError};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::Error as _};
use serde_json::{Map, Value};

use crate::base::secret::hash;
use crate::base::strict_json::Object;
use crate::signin::identify::Algorithm;

/// One key of a provider's JWKS, for openidconnect's own checks over OpenSSL's arithmetic.
#[derive(Clone)]
pub struct ProviderKey {
    kid: Option<JsonWebKeyId>,
    kty: CoreJsonWebKeyType,
    usage: Option<CoreJsonWebKeyUse>,
    algorithm: Option<CoreJwsSigningAlgorithm>,
    /// The key names an algorithm that is none for signatures.
    foreign: bool,
    jwk: Arc<Jwk>,
    /// Made when a token first asks for this key: a set may hold thousands, and making them all would take seconds.
    verifiers: Arc<OnceLock<Verifiers>>,
}

type Verifiers = Vec<(Algorithm, Box<dyn JwsVerifier>)>;

impl fmt::Debug for ProviderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderKey").field("kid", &self.kid).field("kty", &self.kty).finish_non_exhaustive()
    }
}

impl<'de> Deserialize<'de> for ProviderKey {
    /// A member named twice makes no key (security rule C16); nor does a key of a type that signs nothing.
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        let Object(mut members) = Object::deserialize(reader)?;
        let text =
            |members: &Map<String, Value>, name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
        let kty = match text(&members, "kty").as_deref() {
            Some("RSA") => CoreJsonWebKeyType::RSA,
            Some("EC") => CoreJsonWebKeyType::EllipticCurve,
            Some("OKP") => CoreJsonWebKeyType::OctetKeyPair,
            _ => return Err(D::Error::custom("a key of a type that verifies nothing here")),
        };
        let usage = text(&members, "use").map(|usage| match usage.as_str() {
            "sig" => CoreJsonWebKeyUse::Signature,
            "enc" => CoreJsonWebKeyUse::Encryption,
            _ => CoreJsonWebKeyUse::Other(usage),
        });
        let named = text(&members, "alg");
        let algorithm = named.as_deref().and_then(Algorithm::named);
        // Certificates beside a key never count (security rule C11), and private halves have no business here.
        members
            .retain(|name, _| matches!(name.as_str(), "kty" | "use" | "alg" | "kid" | "n" | "e" | "crv" | "x" | "y"));
        let kid = text(&members, "kid").map(JsonWebKeyId::new);
        let jwk = Jwk::from_map(members).map_err(D::Error::custom)?;
        let foreign = named.is_some() && algorithm.is_none();
        let (jwk, verifiers) = (Arc::new(jwk), Arc::default());
        Ok(Self { kid, kty, usage, algorithm: algorithm.map(core), foreign, jwk, verifiers })
    }
}

impl ProviderKey {
    /// Whether signatures of this algorithm can be checked with it.
    pub fn verifies(&self, algorithm: Algorithm) -> bool {
        let signs = self.usage.as_ref().is_none_or(|usage| *usage == CoreJsonWebKeyUse::Signature);
        signs && !self.foreign && self.verifiers().iter().any(|(kept, _)| *kept == algorithm)
    }

    fn verifiers(&self) -> &Verifiers {
        self.verifiers.get_or_init(|| {
            let named = self.algorithm.as_ref().and_then(ours);
            let candidates = Algorithm::ALL.into_iter().filter(|one| named.is_none_or(|named| named == *one));
            candidates.filter_map(|one| verifier(one, &self.jwk).map(|verifier| (one, verifier))).collect()
        })
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

/// Our name of an algorithm in openidconnect's words.
#[must_use]
pub fn core(algorithm: Algorithm) -> CoreJwsSigningAlgorithm {
    match algorithm {
        Algorithm::Rs256 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
        Algorithm::Rs384 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
        Algorithm::Rs512 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
        Algorithm::Ps256 => CoreJwsSigningAlgorithm::RsaSsaPssSha256,
        Algorithm::Ps384 => CoreJwsSigningAlgorithm::RsaSsaPssSha384,
        Algorithm::Ps512 => CoreJwsSigningAlgorithm::RsaSsaPssSha512,
        Algorithm::Es256 => CoreJwsSigningAlgorithm::EcdsaP256Sha256,
        Algorithm::Es384 => CoreJwsSigningAlgorithm::EcdsaP384Sha384,
        Algorithm::Es512 => CoreJwsSigningAlgorithm::EcdsaP521Sha512,
        Algorithm::EdDsa => CoreJwsSigningAlgorithm::EdDsa,
    }
}

fn ours(theirs: &CoreJwsSigningAlgorithm) -> Option<Algorithm> {
    Algorithm::ALL.into_iter().find(|algorithm| core(*algorithm) == *theirs)
}

impl JsonWebKey for ProviderKey {
    type KeyUse = CoreJsonWebKeyUse;
    type SigningAlgorithm = CoreJwsSigningAlgorithm;

    fn key_id(&self) -> Option<&JsonWebKeyId> {
        self.kid.as_ref()
    }
    fn key_type(&self) -> &CoreJsonWebKeyType {
        &self.kty
    }
    fn key_use(&self) -> Option<&CoreJsonWebKeyUse> {
        self.usage.as_ref()
    }
    fn signing_alg(&self) -> JsonWebKeyAlgorithm<&CoreJwsSigningAlgorithm> {
        match &self.algorithm {
            Some(algorithm) => JsonWebKeyAlgorithm::Algorithm(algorithm),
            None if self.foreign => JsonWebKeyAlgorithm::Unsupported,
            None => JsonWebKeyAlgorithm::Unspecified,
        }
    }
    /// A shared secret verifies nothing here: HMAC has no place in an ID token of ours (security rule C10).
    fn new_symmetric(_: Vec<u8>) -> Self {
        Self {
            kid: None,
            kty: CoreJsonWebKeyType::Symmetric,
            usage: None,
            algorithm: None,
            foreign: true,
            jwk: Arc::new(Jwk::new("oct")),
            verifiers: Arc::default(),
        }
    }
    fn verify_signature(
        &self,
        algorithm: &CoreJwsSigningAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureVerificationError> {
        let kept = self.verifiers().iter().find(|(kept, _)| ours(algorithm) == Some(*kept));
        let (_, verifier) = kept.ok_or_else(|| SignatureVerificationError::InvalidKey("not a key for that".into()))?;
        verifier
            .verify(message, signature)
            .map_err(|_| SignatureVerificationError::CryptoError("the signature is not by this key".into()))
    }
    fn hash_bytes(&self, bytes: &[u8], algorithm: &CoreJwsSigningAlgorithm) -> Result<Vec<u8>, String> {
        let ours = ours(algorithm).ok_or("no hash for that algorithm")?;
        Ok(hash(ours.hash(), bytes))
    }
}

/// The crate asks for it; nobody writes a provider's keys.
impl Serialize for ProviderKey {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("a provider's key is only read"))
    }
}

#[cfg(test)]
mod tests {
    use openidconnect::{JsonWebKey as _, JsonWebKeySet};

    use super::{Algorithm, ProviderKey, core};

    // C19: a megabyte of keys is read and then sifted, and none of them costs anything until a token names it.
    #[test]
    fn a_set_of_a_thousand_keys_makes_no_verifier_until_a_token_asks_for_one() {
        let keys = [r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
            1_000];
        let set: JsonWebKeySet<ProviderKey> =
            serde_json::from_str(&format!(r#"{{"keys":[{}]}}"#, keys.join(","))).unwrap();
        assert!(set.keys().len() == 1_000 && set.keys().iter().all(|key| key.verifiers.get().is_none()));
        let asked = &set.keys()[0];
        assert!(asked.verify_signature(&core(Algorithm::Es256), b"message", &[7; 64]).is_err());
        let made: Vec<_> = asked.verifiers().iter().map(|(algorithm, _)| *algorithm).collect();
        assert_eq!(made, [Algorithm::Es256]);
        // Kept, in every copy.
        assert!(set.keys()[0].clone().verifiers.get().is_some());
    }
}
