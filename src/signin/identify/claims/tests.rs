//! Tests of userinfo and of times, each against its rule.

use serde_json::{Map, Value, json};
use time::{Duration, OffsetDateTime};

use super::{Algorithm, ExpectedClaims, ExternalIdentity, check_claims};
use crate::base::ids::{Issuer, ProviderId};
use crate::base::secret::Secret;
use crate::signin::identify::{RuleViolation, merge_userinfo};

fn object(value: Value) -> Map<String, Value> {
    serde_json::from_value(value).unwrap()
}

fn at_noon(claims: Value, proof_since: Option<OffsetDateTime>) -> Result<ExternalIdentity, RuleViolation> {
    let (provider, issuer): (ProviderId, _) = ("uni".parse().unwrap(), Issuer::from("https://sso.example.edu"));
    let (nonce, now) = (Secret::new("n".to_owned()), OffsetDateTime::UNIX_EPOCH + Duration::days(20_000));
    let mut all = object(json!({
        "iss": "https://sso.example.edu", "aud": "vestibule", "sub": "ada", "nonce": "n",
        "iat": now.unix_timestamp(), "exp": now.unix_timestamp() + 60,
    }));
    all.append(&mut object(claims));
    let (provider, issuer, nonce) = (&provider, &issuer, &nonce);
    let (client_id, access_token) = ("vestibule", ("", Algorithm::Rs256));
    check_claims(all, &ExpectedClaims { provider, issuer, client_id, nonce, access_token, proof_since, now })
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
    assert_eq!(claims.get("email"), None);
    // It counts for the same address, or if the ID token has no address.
    for id_token in [json!({ "email": "ada@example.edu" }), json!({})] {
        let claims = merged(id_token, userinfo.clone());
        assert_eq!((&claims["email"], &claims["email_verified"]), (&json!("ada@example.edu"), &json!(true)));
    }
}

// C13, C15
#[test]
fn an_authentication_time_at_the_limits_of_the_calendar_never_panics() {
    let now = OffsetDateTime::UNIX_EPOCH + Duration::days(20_000);
    for end in [i64::MIN, -377_705_116_800, 253_402_300_799, 253_402_300_800, i64::MAX] {
        let _result = at_noon(json!({ "auth_time": end }), Some(now));
    }
}
