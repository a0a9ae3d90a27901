//! Our client and our verifier of ID tokens. They are built once with the endpoints, and not for each login.

use std::fmt;
use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use openidconnect::core::{
    CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
};
use openidconnect::{
    Audience, ClaimsVerificationError, ClientId, EmptyAdditionalClaims, IdToken, IdTokenVerifier, IssuerUrl,
    JsonWebKeySet, Nonce,
};
use serde_json::{Map, Value, json};

use super::endpoints::Endpoints;
use super::settings::OidcSettings;
use crate::base::clock::Clock;
use crate::base::ids::Issuer;
use crate::signin::identify::{ExpectedNonce, Issuers, Jws, RuleViolation, SKEW, decides, truncate_seconds};
use crate::upstream::oauth_client::OAuthClient;

/// Our client and verifier for one set of endpoints.
pub struct RelyingParty {
    pub client: OAuthClient,
    issuer: Issuer,
    verifier: IdTokenVerifier<'static, CoreJsonWebKey>,
}

impl fmt::Debug for RelyingParty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelyingParty").finish_non_exhaustive()
    }
}

type Token =
    IdToken<EmptyAdditionalClaims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

/// Clamps a time to the range of the crate's calendar, since a token may have an `exp` far beyond it. `check_claims`
/// checks the original number.
fn clamp_time(name: &str, value: &Value) -> Value {
    let (first, last) = (chrono::DateTime::<chrono::Utc>::MIN_UTC, chrono::DateTime::<chrono::Utc>::MAX_UTC);
    match value.as_i64().or_else(|| value.as_f64().map(truncate_seconds)) {
        Some(time) if TIME_CLAIMS.contains(&name) => time.clamp(first.timestamp(), last.timestamp()).into(),
        Some(_) | None => value.clone(),
    }
}

const TIME_CLAIMS: [&str; 3] = ["exp", "iat", "nbf"];

impl RelyingParty {
    /// # Errors
    /// When our own address or the issuer is not an address, which the config's reader rules out.
    pub fn new(
        settings: &OidcSettings,
        endpoints: &Endpoints,
        callback: &str,
        clock: Clock,
    ) -> Result<Self, RuleViolation> {
        let addresses = (endpoints.authorization.clone(), endpoints.token.clone());
        let client =
            OAuthClient::new(Arc::clone(&settings.client), &settings.issuer, addresses, callback, clock.clone())?;
        let issuer = IssuerUrl::new(settings.issuer.as_str().to_owned())
            .map_err(|why| RuleViolation::new("C12", "the configured issuer", "an address", why.to_string()))?;
        // The crate allows no skew. A time beyond the calendar counts as later than every expiry.
        let latest = move || {
            let latest = (clock.now() - SKEW).unix_timestamp();
            chrono::DateTime::from_timestamp(latest, 0).unwrap_or(chrono::DateTime::<chrono::Utc>::MAX_UTC)
        };
        let no_keys = JsonWebKeySet::new(Vec::new());
        let verifier =
            IdTokenVerifier::new_public_client(ClientId::new(settings.client.client_id.clone()), issuer, no_keys)
                // `keys::signing_key` has checked it, over the bytes as they came.
                .insecure_disable_signature_check()
                // `check_claims` requires `azp` with other audiences, as the standard does.
                .set_other_audience_verifier_fn(|_: &Audience| true)
                .set_time_fn(latest);
        Ok(Self { client, issuer: settings.issuer.clone(), verifier })
    }

    /// The crate's own checks of the claims that decide. It gets no other claims: it would refuse a token for the type
    /// of an unused claim. It knows one issuer and always demands the nonce, so another one of `issuers` and
    /// a nonce that may be absent are replaced. `check_claims` checks the claims as they came.
    ///
    /// # Errors
    /// The crate's error.
    pub fn verify(
        &self,
        compact: &str,
        jws: &Jws,
        claims: &Map<String, Value>,
        (issuers, nonce): (Issuers<'_>, ExpectedNonce<'_>),
    ) -> Result<(), ClaimsVerificationError> {
        let unreadable = || ClaimsVerificationError::Other("not the standard's types".into());
        let deciding = |(name, value): (&String, &Value)| {
            (decides(name, claims) && !value.is_null()).then(|| (name.clone(), clamp_time(name, value)))
        };
        let mut deciding: Map<String, Value> = claims.iter().filter_map(deciding).collect();
        if deciding.get("iss").and_then(Value::as_str).is_some_and(|iss| issuers.contain(iss)) {
            deciding.insert("iss".to_owned(), self.issuer.as_str().into());
        }
        if nonce.may_lack(claims) {
            deciding.insert("nonce".to_owned(), nonce.value.expose().as_str().into());
        }
        let encoded = |part: &Value| serde_json::to_vec(part).map(|json| URL_SAFE_NO_PAD.encode(json));
        // `Jws::read` has checked the header (security rules C10, C11, C18). The crate would refuse `cty`, and
        // algorithms with newer names.
        let header = encoded(&json!({ "alg": jws.algorithm.as_str() })).map_err(|_| unreadable())?;
        let deciding = encoded(&Value::Object(deciding)).map_err(|_| unreadable())?;
        let (_, signature) = compact.rsplit_once('.').ok_or_else(unreadable)?;
        let token: Token =
            format!("{header}.{deciding}.{signature}").parse().map_err(|_: serde_json::Error| unreadable())?;
        token.claims(&self.verifier, &Nonce::new(nonce.value.expose().clone())).map(|_| ())
    }
}
