//! The private key of our client, which signs in place of a client secret.

mod pem;

pub use pem::NEW_KEY;

use std::collections::BTreeMap;
use std::fmt;

use josekit::JoseError;
use josekit::jwk::{Jwk, KeyPair as _};
use josekit::jws::{ES256, JwsSigner, JwsVerifier, RS256};
use serde_json::Value;

use self::pem::PrivateKey;
use crate::base::jose;
use crate::base::secret::Secret;
use crate::config::reader::Fault;
use crate::upstream::UpstreamError;

/// A private key, ready to sign JWTs. Vestibule's own tokens have other keys.
pub struct ClientKey {
    signer: Box<dyn JwsSigner>,
    algorithm: &'static str,
    kid: Option<String>,
    thumbprint: String,
    public_jwk: Value,
}

/// Shows nothing of the private key (security rule C56).
impl fmt::Debug for ClientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientKey").field("thumbprint", &self.thumbprint).finish_non_exhaustive()
    }
}

impl PartialEq for ClientKey {
    fn eq(&self, other: &Self) -> bool {
        (&self.thumbprint, &self.kid) == (&other.thumbprint, &other.kid)
    }
}

impl Eq for ClientKey {}

/// The members of a public key that its thumbprint covers (RFC 7638 §3.2). None of them is private.
const RSA_MEMBERS: &[&str] = &["e", "kty", "n"];
const EC_MEMBERS: &[&str] = &["crv", "kty", "x", "y"];

impl ClientKey {
    /// Reads a private key in PEM. Its type decides the algorithm: RS256 for RSA, and ES256 for the curve P-256.
    /// `kid`: the provider's name for the key, if it wants one in the header.
    ///
    /// # Errors
    /// What the text holds instead, and the fix. Quotes nothing of it (security rule C56).
    pub fn read(pem: &Secret<String>, kid: Option<String>) -> Result<Self, Fault> {
        let key = pem::read(pem.expose())?;
        let (algorithm, public, names) = match &key {
            PrivateKey::Rsa(pair) => ("RS256", pair.to_jwk_public_key(), RSA_MEMBERS),
            PrivateKey::Ec(pair) => ("ES256", pair.to_jwk_public_key(), EC_MEMBERS),
        };
        let signer = tried_signer(&key, &public).map_err(|_| pem::damaged())?;
        let required: BTreeMap<&str, &str> =
            names.iter().filter_map(|name| Some((*name, public.parameter(name)?.as_str()?))).collect();
        let thumbprint = jose::thumbprint(&required);
        let more = [("alg", Some(algorithm)), ("use", Some("sig")), ("kid", kid.as_deref())];
        let more = more.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let public_jwk = required.into_iter().chain(more).collect();
        Ok(Self { signer, algorithm, kid, thumbprint, public_jwk })
    }

    /// Signs the claims as a JWT (RFC 7519).
    ///
    /// Its `typ` is `JWT`. draft-ietf-oauth-rfc7523bis §4 recommends `client-authentication+jwt`, and asks servers to
    /// accept other types. But Nimbus, and so Spring, accepts only `JWT` or none by default, and Authelia wants `JWT`
    /// (authelia/authelia#10284). The key signs nothing else at this provider, so the type tells no tokens apart.
    ///
    /// # Errors
    /// When OpenSSL refuses the key, which [`Self::read`] has tried.
    pub fn sign(&self, claims: &Value) -> Result<Secret<String>, JoseError> {
        let members = [("alg", Some(self.algorithm)), ("typ", Some("JWT")), ("kid", self.kid.as_deref())];
        let header: Value = members.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        jose::sign_compact(&header, claims, &*self.signer)
    }

    /// As [`Self::sign`], at a sign-in.
    ///
    /// # Errors
    /// Can't happen: the config's reader has tried the key.
    pub fn signed(&self, claims: &Value) -> Result<Secret<String>, UpstreamError> {
        let refused = |why| UpstreamError::RequestRejected(format!("our client key can't sign: {why}"));
        self.sign(claims).map_err(refused)
    }

    #[must_use]
    pub fn algorithm(&self) -> &'static str {
        self.algorithm
    }

    /// RFC 7638.
    #[must_use]
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// The public half, which is registered at the provider (RFC 7517).
    #[must_use]
    pub fn public_jwk(&self) -> &Value {
        &self.public_jwk
    }
}

/// A signer whose signature its own public half has verified: a key that is damaged would be refused at each sign-in.
fn tried_signer(key: &PrivateKey, public: &Jwk) -> Result<Box<dyn JwsSigner>, JoseError> {
    let (signer, verifier): (Box<dyn JwsSigner>, Box<dyn JwsVerifier>) = match key {
        PrivateKey::Rsa(pair) => {
            (Box::new(RS256.signer_from_jwk(&pair.to_jwk_private_key())?), Box::new(RS256.verifier_from_jwk(public)?))
        }
        PrivateKey::Ec(pair) => {
            (Box::new(ES256.signer_from_jwk(&pair.to_jwk_private_key())?), Box::new(ES256.verifier_from_jwk(public)?))
        }
    };
    let message = b"vestibule";
    verifier.verify(message, &signer.sign(message)?)?;
    Ok(signer)
}

#[cfg(test)]
mod tests;
