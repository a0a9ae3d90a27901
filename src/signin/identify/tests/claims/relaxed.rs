//! Tests of what the config relaxes or demands.

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::{NOON, claims, claims_with, now, strictest};
use crate::signin::identify::{
    ClaimsRefused, DemandedProof, ExpectedClaims, ExpectedNonce, ExternalIdentity, Issuers, NoncePresence, ProofDemand,
    Reauth, check_claims, read_verified_text,
};

// C13
#[test]
fn a_nonce_that_a_provider_does_not_return_may_be_missing_or_empty_but_never_another_one() {
    let nonce = ExpectedNonce { presence: NoncePresence::NotReturned, ..strictest().nonce };
    let expected = ExpectedClaims { nonce, ..strictest() };
    let checked = |nonce: Value| check_claims(claims_with(json!({ "nonce": nonce })), &expected);
    for accepted in [json!(null), json!(""), json!("n-once")] {
        assert!(checked(accepted.clone()).is_ok(), "{accepted}");
    }
    for refused in [json!("another"), json!(" "), json!("N-ONCE"), json!(1), json!([]), json!(false)] {
        assert_eq!(checked(refused.clone()).unwrap_err().into_rule().rule, "C13", "{refused}");
    }
}

// C12, C21
#[test]
fn a_token_of_an_alias_attests_the_configured_issuer() {
    let aliases = ["https://account.example.edu".into()];
    let issuers = Issuers { aliases: &aliases, ..strictest().issuers };
    let expected = ExpectedClaims { issuers, ..strictest() };
    let checked = |iss: &str| check_claims(claims(json!({ "iss": iss })), &expected);
    for iss in ["https://sso.example.edu", "https://account.example.edu"] {
        assert_eq!(checked(iss).unwrap().key.issuer.as_str(), "https://sso.example.edu");
    }
    for iss in ["https://account.example.edu/", "https://a.account.example.edu", "https://ACCOUNT.example.edu", ""] {
        assert_eq!(checked(iss).unwrap_err().into_rule().rule, "C12", "{iss}");
    }
}

fn with_proof(auth_time: &Value, since: OffsetDateTime, by: ProofDemand) -> Result<ExternalIdentity, ClaimsRefused> {
    let proof = Some(DemandedProof { since, by });
    check_claims(claims_with(json!({ "auth_time": auth_time })), &ExpectedClaims { proof, ..strictest() })
}

// C13
#[test]
fn a_login_that_demands_a_proof_is_refused_without_a_time_unless_the_provider_is_trusted() {
    let checked = |auth_time: Value, reauth| with_proof(&auth_time, NOON, ProofDemand::Login(reauth));
    assert!(matches!(checked(json!(null), Reauth::Refuse), Err(ClaimsRefused::ProofUnknown(_))));
    assert_eq!(checked(json!(null), Reauth::Trust).unwrap().auth_time, None);
    // A time that comes counts, and one that can't be read is not a missing one.
    for reauth in [Reauth::Refuse, Reauth::Trust] {
        assert_eq!(checked(json!(now()), reauth).unwrap().auth_time, Some(NOON));
        let why = checked(json!(now() - 61), reauth).unwrap_err();
        assert!(matches!(&why, ClaimsRefused::ProofTooOld(rule) if rule.got.starts_with("one 61 s older")), "{why}");
        for (time, rule) in [(json!(now() + 61), "C13"), (json!("noon"), "C15")] {
            let why = checked(time.clone(), reauth).unwrap_err();
            assert!(matches!(why, ClaimsRefused::Rule(_)), "{time}");
            assert_eq!(why.into_rule().rule, rule, "{time}");
        }
    }
}

// C13
#[test]
fn with_a_longest_age_a_proof_is_not_older_and_never_missing() {
    let checked = |auth_time: Value| with_proof(&auth_time, NOON - Duration::HOUR, ProofDemand::MaxAge);
    assert!(checked(json!(now() - 3600)).is_ok() && checked(json!(now() - 3660)).is_ok());
    let why = checked(json!(now() - 3661)).unwrap_err();
    let expected = "C13: `auth_time` of the ID token: expected a proof no older than `max_age`, got one 61 s older; \
                    the person has to sign out there first";
    assert!(matches!(&why, ClaimsRefused::ProofTooOld(_)) && why.to_string() == expected, "{why}");
    let why = checked(json!(null)).unwrap_err();
    assert!(matches!(&why, ClaimsRefused::ProofUnknown(rule) if rule.rule == "C13" && rule.got == "none"), "{why}");
}

// C13, C15
#[test]
fn a_demanded_acr_must_come_and_be_one_of_the_demanded_values() {
    let acr_values = ["urn:high".to_owned(), "urn:mid".to_owned()];
    let expected = ExpectedClaims { acr_values: &acr_values, ..strictest() };
    let checked = |acr: Value| check_claims(claims_with(json!({ "acr": acr })), &expected);
    assert!(checked(json!("urn:high")).is_ok() && checked(json!("urn:mid")).is_ok());
    for acr in [json!("urn:low"), json!("URN:HIGH"), json!("urn:high urn:mid"), json!(""), json!(null)] {
        let why = checked(acr.clone()).unwrap_err();
        assert!(matches!(&why, ClaimsRefused::MethodRefused(_)), "{acr}");
        let expected = "C13: `acr` of the ID token: expected one that `acr_values` demands (urn:high urn:mid), got ";
        assert!(why.to_string().starts_with(expected), "{why}");
    }
    for acr in [json!(1), json!(["urn:high"]), json!({})] {
        assert_eq!(checked(acr.clone()).unwrap_err().into_rule().rule, "C15", "{acr}");
    }
    assert!(check_claims(claims_with(json!({ "acr": 1 })), &strictest()).is_ok(), "nothing demands one");
}

// C15, C22
#[test]
fn only_the_exact_texts_true_and_false_count_as_verified_or_not() {
    let read = |value: Value| {
        let mut claims = claims_with(json!({ "email_verified": value }));
        read_verified_text(&mut claims);
        claims["email_verified"].clone()
    };
    for (sent, counts) in [
        (json!("true"), json!(true)),
        (json!("false"), json!(false)),
        (json!(true), json!(true)),
        (json!(false), json!(false)),
    ] {
        assert_eq!(read(sent), counts);
    }
    for other in ["True", "TRUE", "1", "yes", " true", "", "null"].map(Value::from).into_iter().chain([json!(1)]) {
        assert_eq!(read(other.clone()), other);
    }
}
