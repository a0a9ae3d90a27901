//! How and when the person proved who they are (OpenID Connect Core §2, `auth_time` and `acr`).

use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

use super::{ClaimsRefused, KIND, RuleViolation};
use crate::signin::identify::token_claims::{SKEW, ahead, at_most_ahead, milliseconds, seconds, shown};

const AUTH_TIME: &str = "`auth_time` of the ID token";

/// What came if the time is missing, with the key that decides.
pub const NO_TIME: &str = "none: the provider does not say when people signed in; the key `reauth` decides about that";

/// Why a proof is too old, with the fix.
pub const PROMPT_IGNORED: &str = "the provider ignored `prompt=login`, so the person has to sign out there first";

/// A proof that must not be older than a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemandedProof {
    pub since: OffsetDateTime,
    pub by: ProofDemand,
}

/// What demands the proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofDemand {
    /// This login, by `prompt=login`.
    Login(Reauth),
    /// The config, by the longest age of a proof.
    MaxAge,
}

/// What happens to a login with `prompt=login` if the provider does not say when the person proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reauth {
    /// It is refused.
    Refuse,
    /// The provider is trusted to have asked the person. This relaxes security rule C13.
    Trust,
}

impl Reauth {
    /// Decides a login that demands a fresh proof, at a provider that says nothing about the time. `what`: where the
    /// time is missing.
    ///
    /// # Errors
    /// C13, unless the provider is trusted.
    pub fn decide_without_time(self, what: &'static str) -> Result<(), ClaimsRefused> {
        match self {
            Self::Trust => Ok(()),
            Self::Refuse => {
                let why = RuleViolation::new("C13", what, "a proof made in this login", NO_TIME);
                Err(ClaimsRefused::ProofUnknown(why))
            }
        }
    }
}

/// When the person proved who they are (Core §3.1.3.7, 13).
///
/// `auth_time` decides a login that demands a proof. Otherwise it only describes, and a time that can't be right is
/// `None`: an app must not read it as a fresh proof.
pub(super) fn auth_time(
    claims: &Map<String, Value>,
    demanded: Option<DemandedProof>,
    now: OffsetDateTime,
) -> Result<Option<OffsetDateTime>, ClaimsRefused> {
    let on_the_calendar = |time: i64| {
        OffsetDateTime::from_unix_timestamp(time).map_err(|_| {
            let got = milliseconds(time).unwrap_or("a time outside it");
            RuleViolation::new("C15", "times of the ID token", "`auth_time` within the calendar", got)
        })
    };
    let auth_time = seconds(claims, "auth_time", KIND).and_then(|time| time.map(on_the_calendar).transpose());
    // Not `now + SKEW`: at the end of the calendar, that sum would overflow.
    let is_ahead = |time: OffsetDateTime| time - now > SKEW;
    let Some(DemandedProof { since, by }) = demanded else {
        return Ok(auth_time.unwrap_or_default().filter(|time| !is_ahead(*time)));
    };
    match (auth_time?, by) {
        (None, ProofDemand::Login(reauth)) => reauth.decide_without_time(AUTH_TIME).map(|()| None),
        // Core §2: with `max_age`, the provider must send it.
        (None, ProofDemand::MaxAge) => Err(ClaimsRefused::ProofUnknown(beyond_max_age("none".into()))),
        // A future time would count as fresh until it has passed.
        (Some(time), _) if is_ahead(time) => {
            let got = ahead(time.unix_timestamp(), now.unix_timestamp());
            Err(RuleViolation::new("C13", AUTH_TIME, at_most_ahead(), got).into())
        }
        (Some(time), ProofDemand::Login(_)) if since - time > SKEW => {
            let got = format!("{}; {PROMPT_IGNORED}", older(since - time));
            let why = RuleViolation::new("C13", AUTH_TIME, "a proof made in this login", got);
            Err(ClaimsRefused::ProofTooOld(why))
        }
        (Some(time), ProofDemand::MaxAge) if since - time > SKEW => {
            let got = format!("{}; the person has to sign out there first", older(since - time));
            Err(ClaimsRefused::ProofTooOld(beyond_max_age(got)))
        }
        (proof @ Some(_), _) => Ok(proof),
    }
}

fn beyond_max_age(got: String) -> RuleViolation {
    RuleViolation::new("C13", AUTH_TIME, "a proof no older than `max_age`", got)
}

fn older(by: Duration) -> String {
    format!("one {} s older", by.whole_seconds())
}

/// The provider's word for how the person proved who they are must be one of those that the config demands, if it
/// demands any.
///
/// Core §3.1.2.1 makes `acr_values` a wish. An operator who writes it relies on it, so another word is a refusal.
pub(super) fn acr(claims: &Map<String, Value>, demanded: &[String]) -> Result<(), ClaimsRefused> {
    if demanded.is_empty() {
        return Ok(());
    }
    let what = "`acr` of the ID token";
    let other = |got: String| {
        let expected = format!("one that `acr_values` demands ({})", demanded.join(" "));
        Err(ClaimsRefused::MethodRefused(RuleViolation::new("C13", what, expected, got)))
    };
    match claims.get("acr") {
        Some(Value::String(acr)) if demanded.contains(acr) => Ok(()),
        Some(Value::String(_)) | None => other(shown(claims.get("acr"))),
        Some(_) => Err(RuleViolation::new("C15", what, "text", "another type").into()),
    }
}
