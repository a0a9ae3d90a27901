//! The university's signing key: RS256, as most universities still sign.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use josekit::JoseError;
use josekit::jwk::KeyPair as _;
use josekit::jws::{JwsSigner as _, RS256, alg::rsassa::RsassaJwsSigner};
use serde::Serialize;
use serde_json::json;

use crate::base::random;

/// One key pair and its signer. The signer is kept, because making one costs more than twenty signatures.
pub struct SigningKey {
    signer: RsassaJwsSigner,
    /// The protected header, the same for every token, already encoded.
    header: String,
    public: josekit::jwk::Jwk,
}

impl SigningKey {
    pub fn generate() -> Result<Self, JoseError> {
        let pair = RS256.generate_key_pair(2048)?;
        let kid = URL_SAFE_NO_PAD.encode(random::bytes::<8>());
        let mut public = pair.to_jwk_public_key();
        public.set_algorithm("RS256");
        public.set_key_use("sig");
        public.set_key_id(&kid);
        let header = URL_SAFE_NO_PAD.encode(json!({"alg": "RS256", "kid": kid}).to_string());
        Ok(Self { signer: RS256.signer_from_jwk(&pair.to_jwk_private_key())?, header, public })
    }

    /// The key set, public parts only.
    pub fn jwks(&self) -> String {
        json!({"keys": [self.public.as_ref()]}).to_string()
    }

    /// `claims` as a signed JWT (RFC 7515 §7.1).
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, JoseError> {
        let payload = serde_json::to_vec(claims).map_err(|why| JoseError::InvalidJson(why.into()))?;
        let mut token = format!("{}.{}", self.header, URL_SAFE_NO_PAD.encode(payload));
        let signature = self.signer.sign(token.as_bytes())?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }
}
