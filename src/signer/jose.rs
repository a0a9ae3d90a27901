//! ES256 keys: makes, seals and opens private keys, and signs tokens.

use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::EcCurve;
use josekit::jws::ES256;
use josekit::jws::alg::ecdsa::EcdsaJwsSigner;
use serde_json::{Value, json};

use super::SignerError;
use crate::base::ids::KeyId;
use crate::base::jose;
use crate::base::secret::{Sealer, Secret};
use crate::signin::seal::TokenClaims;
use crate::signin::send::SignedToken;
use crate::store::{DatabaseLocation, StoredKey};

pub(super) const ALGORITHM: &str = "ES256";

/// A new key, its private half already sealed.
pub(super) struct NewKey {
    pub kid: KeyId,
    pub public_jwk: String,
    pub sealed: Vec<u8>,
}

impl NewKey {
    pub fn make(sealer: &Sealer) -> Result<Self, SignerError> {
        let private = Jwk::generate_ec_key(EcCurve::P256).map_err(SignerError::KeyGenerationFailed)?;
        let point = |name| private.parameter(name).and_then(Value::as_str).unwrap_or_default();
        let (x, y) = (point("x"), point("y"));
        let members = [("kty", "EC"), ("crv", "P-256"), ("x", x), ("y", y)].into();
        let kid = KeyId::from(jose::thumbprint(&members));
        // The members are listed one by one, so that the private `d` can't get in (security rule C30).
        let public = json!({
            "kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "sig", "alg": ALGORITHM, "kid": kid,
        });
        let private = Secret::new(private.to_string());
        let sealed_private = sealer.seal(private.expose().as_bytes(), kid.as_str().as_bytes());
        Ok(Self { kid, public_jwk: public.to_string(), sealed: sealed_private })
    }
}

/// A private key, ready to sign.
#[derive(Debug)]
pub(super) struct KeySigner {
    kid: KeyId,
    signer: EcdsaJwsSigner,
}

impl KeySigner {
    pub fn open(stored: &StoredKey, sealer: &Sealer, location: &DatabaseLocation) -> Result<Self, SignerError> {
        let kid = stored.kid.clone();
        let wrong = |_| SignerError::WrongMasterKey { kid: kid.clone(), location: location.to_string() };
        let private = sealer.open(&stored.sealed, kid.as_str().as_bytes()).map_err(wrong)?;
        let jwk = Jwk::from_bytes(private);
        match jwk.and_then(|jwk| ES256.signer_from_jwk(&jwk)) {
            Ok(signer) => Ok(Self { kid, signer }),
            Err(source) => Err(SignerError::Unusable { kid, source }),
        }
    }

    pub fn sign(&self, claims: &TokenClaims) -> Result<SignedToken, SignerError> {
        let header = json!({ "alg": ALGORITHM, "kid": self.kid, "typ": claims.token_type });
        let body = Value::from(claims.body.clone());
        let signed = jose::sign_compact(&header, &body, &self.signer);
        signed.map(SignedToken).map_err(|source| SignerError::Unusable { kid: self.kid.clone(), source })
    }
}
