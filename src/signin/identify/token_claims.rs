//! The claims that say for whom, by whom and for how long a token was signed: `iss`, `aud`, `azp`, `exp`, `iat`, `nbf`
//! (RFC 7519 §4.1, OpenID Connect Core §2).

use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

use super::{Issuers, RuleViolation, TokenKind};

/// How far a provider's clock may be off.
pub const SKEW: Duration = Duration::seconds(60);

pub(super) fn issuer(claims: &Map<String, Value>, expected: Issuers<'_>, kind: TokenKind) -> Result<(), RuleViolation> {
    match claims.get("iss") {
        Some(Value::String(iss)) if expected.contain(iss) => Ok(()),
        other => Err(kind.broken("C12", "`iss`", expected.to_string(), shown(other))),
    }
}

/// `aud` must hold our client id. With other audiences, `azp` must be present. If present, it must be our client id.
pub(super) fn audience(claims: &Map<String, Value>, client_id: &str, kind: TokenKind) -> Result<(), RuleViolation> {
    let wrong = |got: Option<&Value>| kind.broken("C12", "`aud`", client_id, shown(got));
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
        None if others => Err(kind.broken("C12", "`azp`", client_id, "none, beside several audiences")),
        None => Ok(()),
        Some(Value::String(azp)) if azp == client_id => Ok(()),
        azp => Err(kind.broken("C12", "`azp`", client_id, shown(azp))),
    }
}

/// An ID token needs `exp` and `iat`. In userinfo, they count if they are there (OpenID Connect Core §5.3.2).
pub(super) fn times(claims: &Map<String, Value>, now: OffsetDateTime, kind: TokenKind) -> Result<(), RuleViolation> {
    let time = |name: &'static str| match (seconds(claims, name, kind)?, kind) {
        (None, TokenKind::IdToken) => Err(kind.broken("C12", &format!("`{name}`"), "a time", "none")),
        (time, TokenKind::IdToken | TokenKind::Userinfo) => Ok(time),
    };
    let (exp, iat, nbf) = (time("exp")?, time("iat")?, seconds(claims, "nbf", kind)?);
    let (now, skew) = (now.unix_timestamp(), SKEW.whole_seconds());
    if let Some(exp) = exp.filter(|exp| exp.saturating_add(skew) <= now) {
        let why = format!("{} s ago: our clock is ahead, or theirs is behind", now.saturating_sub(exp));
        return Err(kind.broken("C12", "`exp`", format!("at most {skew} s ago"), why));
    }
    for (part, time) in [("`iat`", iat), ("`nbf`", nbf)] {
        let Some(time) = time.filter(|time| time.saturating_sub(now) > skew) else { continue };
        return Err(kind.broken("C12", part, at_most_ahead(), ahead(time, now)));
    }
    Ok(())
}

/// A hint, if `time` looks like a time of the years 1973 to 9999 in milliseconds.
pub(super) fn milliseconds(time: i64) -> Option<&'static str> {
    let hint = "it looks like milliseconds, and the standard has seconds (RFC 7519 §2)";
    (100_000_000_000..=253_402_300_799_999).contains(&time).then_some(hint)
}

pub(super) fn at_most_ahead() -> String {
    format!("at most {} s ahead", SKEW.whole_seconds())
}

/// By how much a time is ahead, and the likely cause.
pub(super) fn ahead(time: i64, now: i64) -> String {
    match milliseconds(time) {
        Some(hint) => format!("{time}: {hint}"),
        None => format!("{} s ahead: their clock is ahead, or ours is behind", time.saturating_sub(now)),
    }
}

/// A `NumericDate` (RFC 7519 §2). A text that looks like one is refused, and does not count as missing.
pub(super) fn seconds(
    claims: &Map<String, Value>,
    name: &'static str,
    kind: TokenKind,
) -> Result<Option<i64>, RuleViolation> {
    let Some(value) = claims.get(name).filter(|value| !value.is_null()) else { return Ok(None) };
    let number = value.as_i64().or_else(|| value.as_f64().map(truncate_seconds));
    let wrong = || kind.broken("C15", "times", format!("`{name}` as a number of seconds"), shown(Some(value)));
    number.map(Some).ok_or_else(wrong)
}

/// Drops the fraction of a second. A number beyond `i64` becomes the nearest one: `1e300` as an expiry means
/// "never".
#[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
#[must_use]
pub fn truncate_seconds(seconds: f64) -> i64 {
    seconds as i64
}

pub(super) fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "none".to_owned(), Value::to_string)
}
