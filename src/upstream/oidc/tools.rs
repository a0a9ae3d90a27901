//! Our client and our verifier of ID tokens, made once for what is known of a provider: each login would pay for them anew.

use std::fmt;

use openidconnect::core::{CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm};
use openidconnect::{
    Audience, ClaimsVerificationError, ClientId, EmptyAdditionalClaims, IdToken, IdTokenVerifier, IssuerUrl,
    JsonWebKeySet, Nonce,
};

use super::exchange::{self, OAuth2Client};
use super::keys::{ProviderKey, core};
use super::metadata::Known;
use super::settings::Settings;
use crate::base::clock::Clock;
use crate::base::secret::Secret;
use crate::signin::identify::{Broken, SKEW};
use crate::upstream::UpstreamError;

/// Hold for the endpoints and keys that they were made of.
pub struct Tools {
    pub client: OAuth2Client,
    verifier: IdTokenVerifier<'static, ProviderKey>,
}

impl fmt::Debug for Tools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tools").finish_non_exhaustive()
    }
}

type Token =
    IdToken<EmptyAdditionalClaims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

impl Tools {
    /// # Errors
    /// When an address of our own is none, which the config's reader rules out.
    pub fn new(settings: &Settings, known: &Known, callback: &str, clock: Clock) -> Result<Self, UpstreamError> {
        let client = exchange::client(settings, &known.endpoints, callback)?;
        let issuer = IssuerUrl::new(settings.issuer.as_str().to_owned())
            .map_err(|why| Broken::new("C12", "the configured issuer", "an address", why.to_string()))?;
        let keys = JsonWebKeySet::new(known.keys.clone());
        // The crate grants no skew; a time that no calendar holds is past every expiry.
        let latest = move || {
            let latest = (clock.now() - SKEW).unix_timestamp();
            chrono::DateTime::from_timestamp(latest, 0).unwrap_or(chrono::DateTime::<chrono::Utc>::MAX_UTC)
        };
        let verifier = IdTokenVerifier::new_public_client(ClientId::new(settings.client_id.clone()), issuer, keys)
            .set_allowed_algs(settings.algorithms.iter().copied().map(core))
            // `attested` demands azp beside other audiences, which is what the standard says of them.
            .set_other_audience_verifier_fn(|_: &Audience| true)
            .set_time_fn(latest);
        Ok(Self { client, verifier })
    }

    /// The crate's own checks of an ID token, signature and claims.
    ///
    /// # Errors
    /// What it says is wrong.
    pub fn verify(&self, compact: &str, nonce: &Secret<String>) -> Result<(), ClaimsVerificationError> {
        let token: Token = compact
            .parse()
            .map_err(|_: serde_json::Error| ClaimsVerificationError::Other("not the standard's types".into()))?;
        token.claims(&self.verifier, &Nonce::new(nonce.expose().clone())).map(|_| ())
    }
}
