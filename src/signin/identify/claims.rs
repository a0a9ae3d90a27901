//! The claims of an ID token, each checked against what this login expects (OpenID Connect Core §3.1.3.7).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::profile::email_verified;
use super::token_claims::{self, SKEW, ahead, at_most_ahead, milliseconds, seconds};
use super::{Algorithm, ExternalIdentity, IdentityKey, ProviderSession, RuleViolation, TokenKind};
use crate::base::ids::{Issuer, ProviderId, Subject};
use crate::base::secret::{Secret, constant_time_eq, hash};

/// Longest subject, in bytes (OpenID Connect Core §2).
pub const MAX_SUBJECT_LENGTH: usize = 255;

/// The claims that decide whether a login goes on (security rule C15). All others only describe the person.
pub const DECIDING_CLAIMS: [&str; 10] =
    ["iss", "sub", "aud", "azp", "exp", "iat", "nbf", "nonce", "at_hash", "email_verified"];

const KIND: TokenKind = TokenKind::IdToken;

/// What this login expects of its ID token.
#[derive(Debug)]
pub struct ExpectedClaims<'l> {
    pub provider: &'l ProviderId,
    pub issuer: &'l Issuer,
    pub client_id: &'l str,
    pub nonce: &'l Secret<String>,
    /// The access token beside the ID token, empty if there is none, and the algorithm of the ID token's signature.
    pub access_token: (&'l str, Algorithm),
    /// When the login began, if it demands a fresh proof.
    pub proof_since: Option<OffsetDateTime>,
    pub now: OffsetDateTime,
}

/// Checks every claim, and returns the identity that they attest.
///
/// # Errors
/// C12, C13, C15, with what was expected and what came; for times, by how much the clocks differ.
pub fn check_claims(
    mut claims: Map<String, Value>,
    expected: &ExpectedClaims<'_>,
) -> Result<ExternalIdentity, RuleViolation> {
    // Core §5.3.2: null means that the claim was not returned.
    claims.retain(|_, value| !value.is_null());
    at_hash(&claims, expected.access_token)?;
    token_claims::issuer(&claims, expected.issuer, KIND)?;
    token_claims::audience(&claims, expected.client_id, KIND)?;
    token_claims::times(&claims, expected.now, KIND)?;
    nonce(&claims, expected.nonce)?;
    let auth_time = auth_time(&claims, expected)?;
    let subject = subject(&claims)?;
    email_verified(&claims)?;
    let key = IdentityKey { provider: expected.provider.clone(), issuer: expected.issuer.clone(), subject };
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

fn nonce(claims: &Map<String, Value>, expected: &Secret<String>) -> Result<(), RuleViolation> {
    match claims.get("nonce") {
        Some(Value::String(nonce)) if constant_time_eq(nonce.as_bytes(), expected.expose().as_bytes()) => Ok(()),
        Some(_) => Err(RuleViolation::new("C13", "`nonce` of the ID token", "the one we sent", "another")),
        None => Err(RuleViolation::new("C13", "`nonce` of the ID token", "the one we sent", "none")),
    }
}

/// Core §3.1.3.7, 13: `auth_time` decides a login that demands a fresh proof. Otherwise it only describes, and a time
/// that can't be right is `None`: an app must not read it as a fresh proof.
fn auth_time(
    claims: &Map<String, Value>,
    expected: &ExpectedClaims<'_>,
) -> Result<Option<OffsetDateTime>, RuleViolation> {
    let on_the_calendar = |time: i64| {
        OffsetDateTime::from_unix_timestamp(time).map_err(|_| {
            let got = milliseconds(time).unwrap_or("a time outside it");
            RuleViolation::new("C15", "times of the ID token", "`auth_time` within the calendar", got)
        })
    };
    let auth_time = seconds(claims, "auth_time", KIND).and_then(|time| time.map(on_the_calendar).transpose());
    // Not `now + SKEW`: at the end of the calendar, that sum would overflow.
    let is_ahead = |time: OffsetDateTime| time - expected.now > SKEW;
    let Some(begun) = expected.proof_since else {
        return Ok(auth_time.unwrap_or_default().filter(|time| !is_ahead(*time)));
    };
    let broken =
        |got: String| RuleViolation::new("C13", "`auth_time` of the ID token", "a proof made in this login", got);
    match auth_time? {
        None => Err(broken("none".into())),
        // A future time would count as fresh until it has passed.
        Some(time) if is_ahead(time) => {
            let got = ahead(time.unix_timestamp(), expected.now.unix_timestamp());
            Err(RuleViolation::new("C13", "`auth_time` of the ID token", at_most_ahead(), got))
        }
        Some(time) if begun - time > SKEW => Err(broken(format!("one {} s older", (begun - time).whole_seconds()))),
        proof @ Some(_) => Ok(proof),
    }
}

fn subject(claims: &Map<String, Value>) -> Result<Subject, RuleViolation> {
    match claims.get("sub") {
        Some(Value::String(sub)) if (1..=MAX_SUBJECT_LENGTH).contains(&sub.len()) => Ok(sub.as_str().into()),
        Some(Value::String(sub)) => {
            Err(RuleViolation::new("C15", "`sub` of the ID token", "1 to 255 bytes", format!("{} bytes", sub.len())))
        }
        Some(_) => Err(RuleViolation::new("C15", "`sub` of the ID token", "text", "another type")),
        None => Err(RuleViolation::new("C15", "`sub` of the ID token", "text", "none")),
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
