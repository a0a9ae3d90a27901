//! The claims of an ID token, each checked against what this login expects (OpenID Connect Core §3.1.3.7).

mod authentication;

pub use authentication::{DemandedProof, NO_TIME, PROMPT_IGNORED, ProofDemand, Reauth};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use self::authentication::{acr, auth_time};
use super::profile::{email_verified, has_address};
use super::{
    Algorithm, ExternalIdentity, IdentityKey, Issuers, ProviderSession, RuleViolation, SubjectClaims, TokenKind,
    token_claims,
};
use crate::base::ids::ProviderId;
use crate::base::secret::{Secret, constant_time_eq, hash};

/// The claims that decide whether a login goes on (security rule C15). All others only describe the person.
/// `email_verified` decides only beside an `email`: see [`decides`].
pub const DECIDING_CLAIMS: [&str; 10] =
    ["iss", "sub", "aud", "azp", "exp", "iat", "nbf", "nonce", "at_hash", "email_verified"];

const KIND: TokenKind = TokenKind::IdToken;

/// Whether the claim `name` decides in an ID token with these claims.
#[must_use]
pub fn decides(name: &str, claims: &Map<String, Value>) -> bool {
    DECIDING_CLAIMS.contains(&name) && (name != "email_verified" || has_address(claims))
}

/// What this login expects of its ID token.
#[derive(Debug)]
pub struct ExpectedClaims<'l> {
    pub provider: &'l ProviderId,
    pub issuers: Issuers<'l>,
    pub client_id: &'l str,
    pub subject_claims: &'l SubjectClaims,
    pub nonce: ExpectedNonce<'l>,
    /// The access token beside the ID token, empty if there is none, and the algorithm of the ID token's signature.
    pub access_token: (&'l str, Algorithm),
    /// How old the proof may be, if it matters.
    pub proof: Option<DemandedProof>,
    /// The values of `acr` that the config demands. Empty if it demands none.
    pub acr_values: &'l [String],
    pub now: OffsetDateTime,
}

/// The nonce of a login, and whether the ID token has to repeat it.
#[derive(Debug, Clone, Copy)]
pub struct ExpectedNonce<'l> {
    pub value: &'l Secret<String>,
    pub presence: NoncePresence,
}

/// Whether an ID token must have a `nonce`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoncePresence {
    Required,
    /// This provider leaves it out. This relaxes security rule C13.
    NotReturned,
}

impl ExpectedNonce<'_> {
    /// Whether a token without this claim, or with an empty one, is accepted.
    #[must_use]
    pub fn may_lack(&self, claims: &Map<String, Value>) -> bool {
        let is_absent = match claims.get("nonce") {
            None | Some(Value::Null) => true,
            Some(Value::String(nonce)) => nonce.is_empty(),
            Some(_) => false,
        };
        is_absent && self.presence == NoncePresence::NotReturned
    }
}

/// Why claims attest no identity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClaimsRefused {
    #[error("{0}")]
    Rule(#[from] RuleViolation),
    /// The login demands a fresh proof, and the provider does not say when the person proved who they are.
    #[error("{0}")]
    ProofUnknown(RuleViolation),
    /// The login demands a fresh proof, and the provider says that the person proved who they are before.
    #[error("{0}")]
    ProofTooOld(RuleViolation),
    /// The person signed in by another method than the config demands.
    #[error("{0}")]
    MethodRefused(RuleViolation),
}

#[cfg(test)]
impl ClaimsRefused {
    #[must_use]
    pub fn into_rule(self) -> RuleViolation {
        match self {
            Self::Rule(rule) | Self::ProofUnknown(rule) | Self::ProofTooOld(rule) | Self::MethodRefused(rule) => rule,
        }
    }
}

/// Checks every claim, and returns the identity that they attest. Its issuer is the configured one, whichever of the
/// accepted ones the token has.
///
/// # Errors
/// C12, C13, C15, with what was expected and what came; for times, by how much the clocks differ.
pub fn check_claims(
    mut claims: Map<String, Value>,
    expected: &ExpectedClaims<'_>,
) -> Result<ExternalIdentity, ClaimsRefused> {
    // Core §5.3.2: null means that the claim was not returned.
    claims.retain(|_, value| !value.is_null());
    at_hash(&claims, expected.access_token)?;
    token_claims::issuer(&claims, expected.issuers, KIND)?;
    token_claims::audience(&claims, expected.client_id, KIND)?;
    token_claims::times(&claims, expected.now, KIND)?;
    nonce(&claims, expected.nonce)?;
    let auth_time = auth_time(&claims, expected.proof, expected.now)?;
    acr(&claims, expected.acr_values)?;
    let subject = expected.subject_claims.subject(&claims)?;
    email_verified(&claims)?;
    let issuer = expected.issuers.configured.clone();
    let key = IdentityKey { provider: expected.provider.clone(), issuer, subject };
    let provider_session = ProviderSession { id: session_id(&claims), logout_hint: None };
    Ok(ExternalIdentity { auth_time, provider_session, ..ExternalIdentity::new(key, claims) })
}

/// The access token beside the ID token must belong to it (OpenID Connect Core §3.1.3.6).
fn at_hash(claims: &Map<String, Value>, (access_token, algorithm): (&str, Algorithm)) -> Result<(), RuleViolation> {
    let claim = match claims.get("at_hash") {
        None => return Ok(()),
        Some(Value::String(claim)) => claim,
        Some(_) => return Err(RuleViolation::new("C15", "`at_hash` of the ID token", "text", "another type")),
    };
    if access_token.is_empty() {
        return Err(RuleViolation::new("C13", "`at_hash` of the ID token", "an access token beside it", "none"));
    }
    let whole = hash(algorithm.hash(), access_token.as_bytes());
    let half = whole.get(..whole.len() / 2).unwrap_or_default();
    if constant_time_eq(URL_SAFE_NO_PAD.encode(half).as_bytes(), claim.as_bytes()) {
        Ok(())
    } else {
        Err(RuleViolation::new("C13", "`at_hash` of the ID token", "the hash of the access token", "another"))
    }
}

fn nonce(claims: &Map<String, Value>, expected: ExpectedNonce<'_>) -> Result<(), RuleViolation> {
    match claims.get("nonce") {
        _ if expected.may_lack(claims) => Ok(()),
        Some(Value::String(nonce)) if constant_time_eq(nonce.as_bytes(), expected.value.expose().as_bytes()) => Ok(()),
        Some(_) => Err(RuleViolation::new("C13", "`nonce` of the ID token", "the one we sent", "another")),
        None => Err(RuleViolation::new("C13", "`nonce` of the ID token", "the one we sent", "none")),
    }
}

/// Longest `sid` that is kept, in bytes.
const MAX_SESSION_ID_LENGTH: usize = 1024;

/// `sid` only describes, so a value that is not text counts as none.
fn session_id(claims: &Map<String, Value>) -> Option<String> {
    let sid = claims.get("sid")?.as_str()?;
    (1..=MAX_SESSION_ID_LENGTH).contains(&sid.len()).then(|| sid.to_owned())
}

#[cfg(test)]
mod tests;
