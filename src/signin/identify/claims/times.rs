//! The times of an ID token (RFC 7519 §2, §4.1).

use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

use super::{RuleViolation, shown};

/// How far a provider's clock may be off.
pub const SKEW: Duration = Duration::seconds(60);

/// Checks `exp`, `iat` and `nbf`.
pub(super) fn times(claims: &Map<String, Value>, now: OffsetDateTime) -> Result<(), RuleViolation> {
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
pub(super) fn seconds(claims: &Map<String, Value>, name: &'static str) -> Result<Option<i64>, RuleViolation> {
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
