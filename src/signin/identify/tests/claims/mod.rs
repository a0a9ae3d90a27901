//! Tests of the claims of an ID token, its access token and userinfo.

mod arbitrary;
mod id_token;
mod profile;
mod relaxed;

use std::sync::LazyLock;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::base::ids::{Issuer, ProviderId};
use crate::base::secret::Secret;
use crate::signin::identify::{
    Algorithm, ClaimsRefused, DemandedProof, ExpectedClaims, ExpectedNonce, ExternalIdentity, GroupMap, Issuers,
    MappedProfile, NoncePresence, ProofDemand, Reauth, RuleViolation, SubjectClaims, check_claims,
};
use crate::signin::samples::uni;

const NOON: OffsetDateTime = time::macros::datetime!(2026-03-01 12:00 UTC);

fn now() -> i64 {
    NOON.unix_timestamp()
}

/// The claims of a good ID token, with changes; `null` removes a claim.
fn claims(changes: Value) -> Map<String, Value> {
    let good = json!({
        "iss": "https://sso.example.edu", "aud": "vestibule", "sub": "ada-1815", "nonce": "n-once",
        "iat": now(), "exp": now() + 300, "auth_time": now(), "name": "Ada",
    });
    let (Value::Object(mut claims), Value::Object(changes)) = (good, changes) else { panic!("objects") };
    for (name, value) in changes {
        if value.is_null() { drop(claims.remove(&name)) } else { drop(claims.insert(name, value)) }
    }
    claims
}

/// As [`claims`], where `null` stays null.
fn claims_with(changes: Value) -> Map<String, Value> {
    let Value::Object(changes) = changes else { panic!("an object") };
    claims(json!({})).into_iter().chain(changes).collect()
}

/// The profile of an identity with these claims, proved now.
fn profile_of(claims: &Map<String, Value>, groups: &GroupMap) -> Result<MappedProfile, RuleViolation> {
    let identity = ExternalIdentity { claims: claims.clone(), ..checked(json!({}), None)? };
    crate::signin::identify::profile(&identity, groups)
}

fn checked(changes: Value, proof_since: Option<OffsetDateTime>) -> Result<ExternalIdentity, RuleViolation> {
    checked_beside(("", Algorithm::Rs256), claims(changes), proof_since)
}

/// `access_token`: the one beside the ID token, and the algorithm.
fn checked_beside(
    access_token: (&str, Algorithm),
    claims: Map<String, Value>,
    proof_since: Option<OffsetDateTime>,
) -> Result<ExternalIdentity, RuleViolation> {
    let proof = proof_since.map(|since| DemandedProof { since, by: ProofDemand::Login(Reauth::Refuse) });
    check_claims(claims, &ExpectedClaims { access_token, proof, ..strictest() }).map_err(ClaimsRefused::into_rule)
}

static UNI: LazyLock<ProviderId> = LazyLock::new(uni);
static ISSUER: LazyLock<Issuer> = LazyLock::new(|| Issuer::from("https://sso.example.edu"));
static NONCE: LazyLock<Secret<String>> = LazyLock::new(|| Secret::new("n-once".to_owned()));

static SUB: SubjectClaims = SubjectClaims::SUB;

/// What a login expects unless the config relaxes or demands something.
fn strictest() -> ExpectedClaims<'static> {
    ExpectedClaims {
        provider: &UNI,
        issuers: Issuers { configured: &ISSUER, aliases: &[] },
        client_id: "vestibule",
        subject_claims: &SUB,
        nonce: ExpectedNonce { value: &NONCE, presence: NoncePresence::Required },
        access_token: ("", Algorithm::Rs256),
        proof: None,
        acr_values: &[],
        now: NOON,
    }
}

fn accepted(changes: Value) {
    let shown = changes.to_string();
    checked(changes, None).unwrap_or_else(|why| panic!("{shown}: {why}"));
}

fn refused(rule: &str, changes: Value) -> RuleViolation {
    let shown = changes.to_string();
    let broken = checked(changes, None).err().unwrap_or_else(|| panic!("{shown} was accepted"));
    assert_eq!(broken.rule, rule, "{shown}: {broken}");
    broken
}
