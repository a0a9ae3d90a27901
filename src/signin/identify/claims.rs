//! The claims of an ID token, each checked against what this login expects (OpenID Connect Core §3.1.3.7).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

use super::profile::{email_verified, has_address};
use super::{Algorithm, ExternalIdentity, IdentityKey, ProviderSession, RuleViolation};
use crate::base::ids::{Issuer, ProviderId, Subject};
use crate::base::secret::{Secret, constant_time_eq, hash};

/// How far a provider's clock may be off.
pub const SKEW: Duration = Duration::seconds(60);
/// Longest subject, in bytes (OpenID Connect Core §2).
pub const MAX_SUBJECT_LENGTH: usize = 255;

/// The claims that decide whether a login goes on (security rule C15). All others only describe the person.
/// `email_verified` decides only beside an `email`: see [`decides`].
pub const DECIDING_CLAIMS: [&str; 10] =
    ["iss", "sub", "aud", "azp", "exp", "iat", "nbf", "nonce", "at_hash", "email_verified"];

/// Whether the claim `name` decides in an ID token with these claims.
#[must_use]
pub fn decides(name: &str, claims: &Map<String, Value>) -> bool {
    DECIDING_CLAIMS.contains(&name) && (name != "email_verified" || has_address(claims))
}

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
    issuer(&claims, expected.issuer)?;
    audience(&claims, expected.client_id)?;
    times(&claims, expected.now)?;
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

fn issuer(claims: &Map<String, Value>, expected: &Issuer) -> Result<(), RuleViolation> {
    match claims.get("iss") {
        Some(Value::String(iss)) if iss == expected.as_str() => Ok(()),
        other => Err(RuleViolation::new("C12", "`iss` of the ID token", expected.as_str(), shown(other))),
    }
}

/// `aud` must hold our client id. With other audiences, `azp` must be present. If present, it must be our client id.
fn audience(claims: &Map<String, Value>, client_id: &str) -> Result<(), RuleViolation> {
    let wrong = |got: Option<&Value>| RuleViolation::new("C12", "`aud` of the ID token", client_id, shown(got));
    let aud = claims.get("aud");
    let others = match aud {
        Some(Value::String(one)) if one == client_id => false,
        Some(Value::Array(several)) if several.iter().all(Value::is_string) => {
            if !several.iter().any(|one| one == client_id) {
                return Err(wrong(aud));
            }
            several.iter().any(|one| one != client_id)
        }
        _ => return Err(wrong(aud)),
    };
    match claims.get("azp") {
        None if others => {
            Err(RuleViolation::new("C12", "`azp` of the ID token", client_id, "none, beside several audiences"))
        }
        None => Ok(()),
        Some(Value::String(azp)) if azp == client_id => Ok(()),
        azp => Err(RuleViolation::new("C12", "`azp` of the ID token", client_id, shown(azp))),
    }
}

fn times(claims: &Map<String, Value>, now: OffsetDateTime) -> Result<(), RuleViolation> {
    let exp =
        seconds(claims, "exp")?.ok_or_else(|| RuleViolation::new("C12", "`exp` of the ID token", "a time", "none"))?;
    let iat =
        seconds(claims, "iat")?.ok_or_else(|| RuleViolation::new("C12", "`iat` of the ID token", "a time", "none"))?;
    let nbf = seconds(claims, "nbf")?;
    let (now, skew) = (now.unix_timestamp(), SKEW.whole_seconds());
    if exp.saturating_add(skew) <= now {
        let why = format!("{} s ago: our clock is ahead, or theirs is behind", now.saturating_sub(exp));
        return Err(RuleViolation::new("C12", "`exp` of the ID token", format!("at most {skew} s ago"), why));
    }
    for (what, time) in [("`iat` of the ID token", Some(iat)), ("`nbf` of the ID token", nbf)] {
        let Some(time) = time.filter(|time| time.saturating_sub(now) > skew) else { continue };
        return Err(RuleViolation::new("C12", what, at_most_ahead(), ahead(time, now)));
    }
    Ok(())
}

/// A hint, if `time` looks like a time of the years 1973 to 9999 in milliseconds.
fn milliseconds(time: i64) -> Option<&'static str> {
    let hint = "it looks like milliseconds, and the standard has seconds (RFC 7519 §2)";
    (100_000_000_000..=253_402_300_799_999).contains(&time).then_some(hint)
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
    let auth_time = seconds(claims, "auth_time").and_then(|time| time.map(on_the_calendar).transpose());
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

fn at_most_ahead() -> String {
    format!("at most {} s ahead", SKEW.whole_seconds())
}

/// By how much a time is ahead, and the likely cause.
fn ahead(time: i64, now: i64) -> String {
    match milliseconds(time) {
        Some(hint) => format!("{time}: {hint}"),
        None => format!("{} s ahead: their clock is ahead, or ours is behind", time.saturating_sub(now)),
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

/// A `NumericDate` (RFC 7519 §2). A text that looks like one is refused, and does not count as missing.
fn seconds(claims: &Map<String, Value>, name: &'static str) -> Result<Option<i64>, RuleViolation> {
    let Some(value) = claims.get(name).filter(|value| !value.is_null()) else { return Ok(None) };
    let number = value.as_i64().or_else(|| value.as_f64().map(truncate_seconds));
    let wrong = || {
        RuleViolation::new(
            "C15",
            "times of the ID token",
            format!("`{name}` as a number of seconds"),
            shown(Some(value)),
        )
    };
    number.map(Some).ok_or_else(wrong)
}

/// Drops the fraction of a second. A number beyond `i64` becomes the nearest one: `1e300` as an expiry means
/// "never".
#[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
#[must_use]
pub fn truncate_seconds(seconds: f64) -> i64 {
    seconds as i64
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "none".to_owned(), Value::to_string)
}

#[cfg(test)]
mod tests;
