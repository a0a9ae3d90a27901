//! Tests of userinfo and of times, each against its rule.

use serde_json::{Map, Value, json};
use time::{Duration, OffsetDateTime};

use super::{
    Algorithm, ClaimsRefused, DemandedProof, ExpectedClaims, ExpectedNonce, ExternalIdentity, Issuers, NoncePresence,
    ProofDemand, Reauth, SubjectClaims, check_claims,
};
use crate::base::ids::{Issuer, ProviderId};
use crate::base::secret::Secret;
use crate::signin::identify::{GroupMap, merge_userinfo, profile};

fn object(value: Value) -> Map<String, Value> {
    serde_json::from_value(value).unwrap()
}

fn at_noon(claims: Value, proof_since: Option<OffsetDateTime>) -> Result<ExternalIdentity, ClaimsRefused> {
    let (provider, issuer): (ProviderId, _) = ("uni".parse().unwrap(), Issuer::from("https://sso.example.edu"));
    let (nonce, now) = (Secret::new("n".to_owned()), OffsetDateTime::UNIX_EPOCH + Duration::days(20_000));
    let mut all = object(json!({
        "iss": "https://sso.example.edu", "aud": "vestibule", "sub": "ada", "nonce": "n",
        "iat": now.unix_timestamp(), "exp": now.unix_timestamp() + 60,
    }));
    all.append(&mut object(claims));
    let (provider, issuers) = (&provider, Issuers { configured: &issuer, aliases: &[] });
    let nonce = ExpectedNonce { value: &nonce, presence: NoncePresence::Required };
    let (client_id, access_token, acr_values) = ("vestibule", ("", Algorithm::Rs256), &[]);
    let proof = proof_since.map(|since| DemandedProof { since, by: ProofDemand::Login(Reauth::Refuse) });
    let subject_claims = &SubjectClaims::SUB;
    let expected =
        ExpectedClaims { provider, issuers, client_id, subject_claims, nonce, access_token, proof, acr_values, now };
    check_claims(all, &expected)
}

fn merged(id_token: Value, userinfo: Value) -> Map<String, Value> {
    let mut identity = at_noon(id_token, None).unwrap();
    merge_userinfo(&mut identity, object(userinfo)).unwrap();
    identity.claims
}

// C22
#[test]
fn a_verified_address_does_not_verify_another_one() {
    let userinfo = json!({ "sub": "ada", "email": "ada@example.edu", "email_verified": true });
    let claims = merged(json!({ "email": "dean@example.edu" }), userinfo.clone());
    assert_eq!((&claims["email"], claims.get("email_verified")), (&json!("dean@example.edu"), None));
    let claims = merged(json!({ "email_verified": true }), json!({ "sub": "ada", "email": "dean@example.edu" }));
    assert_eq!((&claims["email"], claims.get("email_verified")), (&json!("dean@example.edu"), None));
    // It counts for the same address, or if the ID token has no address.
    for id_token in [json!({ "email": "ada@example.edu" }), json!({})] {
        let claims = merged(id_token, userinfo.clone());
        assert_eq!((&claims["email"], &claims["email_verified"]), (&json!("ada@example.edu"), &json!(true)));
    }
}

// C22
#[test]
fn email_and_email_verified_come_from_the_answer_that_has_the_email_and_the_log_names_what_is_left_out() {
    let merged = |id_token: Value, userinfo: Value| {
        let mut identity = at_noon(id_token, None).unwrap();
        let userinfo = object(json!({ "sub": "ada" })).into_iter().chain(object(userinfo)).collect();
        merge_userinfo(&mut identity, userinfo).unwrap();
        let lines: Vec<_> = profile(&identity, &GroupMap::default()).unwrap().dropped;
        let lines: Vec<_> = lines.iter().map(ToString::to_string).collect();
        let [email, verified] = ["email", "email_verified"].map(|name| identity.claims.get(name).cloned());
        (json!([email, verified]), lines)
    };
    let (ada, dean) = (json!({ "email": "ada@b", "email_verified": true }), json!({ "email": "dean@b" }));
    let (lone, alone) = (json!({ "email_verified": false }), "came without an `email` and is left out");
    assert_eq!(merged(json!({ "email_verified": true }), ada.clone()), (json!(["ada@b", true]), vec![]));
    let lost = format!("`email_verified` of the ID token {alone}");
    assert_eq!(merged(lone.clone(), ada.clone()), (json!(["ada@b", true]), vec![lost.clone()]));
    assert_eq!(merged(json!({ "email": "", "email_verified": "" }), ada.clone()).0, json!(["ada@b", true]));
    assert_eq!(merged(lone.clone(), dean.clone()), (json!(["dean@b", null]), vec![lost]));
    let lost = format!("`email_verified` of userinfo {alone}");
    assert_eq!(merged(ada.clone(), lone.clone()), (json!(["ada@b", true]), vec![lost]));
    assert_eq!(merged(lone.clone(), json!({})), (json!([null, false]), vec![]));
    assert_eq!(merged(json!({}), lone), (json!([null, false]), vec![]));
    let lines = ["email", "email_verified"]
        .map(|name| format!("`{name}` of userinfo is not for the `email` of the ID token and is left out"));
    assert_eq!(merged(dean, ada), (json!(["dean@b", null]), lines.to_vec()));
}

// C13, C15
#[test]
fn an_authentication_time_at_the_limits_of_the_calendar_never_panics() {
    let now = OffsetDateTime::UNIX_EPOCH + Duration::days(20_000);
    for end in [i64::MIN, -377_705_116_800, 253_402_300_799, 253_402_300_800, i64::MAX] {
        let _result = at_noon(json!({ "auth_time": end }), Some(now));
    }
}
