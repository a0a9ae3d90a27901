//! Tests of the deciding claims, one rule per test.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use time::Duration;

use super::{NOON, accepted, checked, checked_beside, claims, claims_with, now, refused};
use crate::base::secret::hash;
use crate::signin::identify::{Algorithm, GroupMap, profile};
use crate::signin::samples::uni;

// C21
#[test]
fn a_good_token_attests_the_provider_the_issuer_and_the_subject() {
    let identity = checked(json!({}), None).unwrap();
    assert_eq!((&identity.key.provider, identity.key.issuer.as_str()), (&uni(), "https://sso.example.edu"));
    assert_eq!((identity.key.subject.as_str(), identity.auth_time), ("ada-1815", Some(NOON)));
    assert_eq!(identity.claims["name"], "Ada");
}

// C12
#[test]
fn iss_must_equal_the_issuer_exactly() {
    for iss in [
        json!("https://sso.example.edu/"),
        json!("https://SSO.example.edu"),
        json!(null),
        json!(1),
        json!(["https://sso.example.edu"]),
    ] {
        refused("C12", json!({ "iss": iss }));
    }
}

// C12
#[test]
fn aud_must_hold_our_client_id_and_other_audiences_need_azp() {
    for aud in [json!("vestibule"), json!(["vestibule"]), json!(["vestibule", "vestibule"])] {
        accepted(json!({ "aud": aud }));
        accepted(json!({ "aud": aud, "azp": "vestibule" }));
        refused("C12", json!({ "aud": aud, "azp": "another" }));
        refused("C12", json!({ "aud": aud, "azp": ["vestibule"] }));
    }
    accepted(json!({ "aud": ["another", "vestibule"], "azp": "vestibule" }));
    refused("C12", json!({ "aud": ["another", "vestibule"] }));
    refused("C12", json!({ "aud": ["another", "vestibule"], "azp": "another" }));
    for aud in [
        json!("another"),
        json!("VESTIBULE"),
        json!([]),
        json!(["another"]),
        json!(null),
        json!(["vestibule", 1]),
        json!({}),
    ] {
        refused("C12", json!({ "aud": aud, "azp": "vestibule" }));
    }
}

// C12
#[test]
fn times_may_differ_by_a_minute_and_the_log_says_whose_clock_is_wrong() {
    accepted(json!({ "exp": now() - 59, "iat": now() + 60, "nbf": now() + 60 }));
    accepted(json!({ "exp": now() + 300, "nbf": 0 }));
    let broken = refused("C12", json!({ "exp": now() - 60 }));
    assert_eq!(broken.got, "60 s ago: our clock is ahead, or theirs is behind");
    let broken = refused("C12", json!({ "iat": now() + 61 }));
    assert_eq!(broken.got, "61 s ahead: their clock is ahead, or ours is behind");
    assert_eq!(refused("C12", json!({ "nbf": now() + 61 })).what, "`nbf` of the ID token");
    for name in ["iat", "nbf"] {
        let broken = refused("C12", json!({ name: now() * 1000 }));
        let hint = "it looks like milliseconds, and the standard has seconds (RFC 7519 §2)";
        assert_eq!(broken.got, format!("{}: {hint}", now() * 1000), "{name}");
    }
    refused("C12", json!({ "exp": null }));
    refused("C12", json!({ "iat": null }));
    // No time is so far away that a sum overflows.
    refused("C12", json!({ "exp": i64::MIN }));
    accepted(json!({ "exp": i64::MAX }));
    refused("C12", json!({ "iat": i64::MAX }));
}

// C13
#[test]
fn at_hash_needs_an_access_token_and_an_access_token_needs_no_at_hash() {
    accepted(json!({}));
    let broken = refused("C13", json!({ "at_hash": "x" }));
    assert_eq!(broken.expected, "an access token beside it");
}

// C15
#[test]
fn a_time_must_be_a_number_and_not_a_text() {
    for name in ["exp", "iat", "nbf"] {
        for time in [json!(now().to_string()), json!(true), json!([now()]), json!({})] {
            refused("C15", json!({ name: time }));
        }
    }
    // "Never", as some programs write it.
    for never in [json!(1e300), json!(u64::MAX), json!(1e18)] {
        accepted(json!({ "exp": never }));
        refused("C12", json!({ "iat": never }));
        refused("C12", json!({ "nbf": never }));
    }
    #[expect(clippy::cast_precision_loss, reason = "a time of our age is exact")]
    let fraction = now() as f64 + 0.5;
    accepted(json!({ "exp": fraction + 300.0, "iat": fraction, "nbf": fraction, "auth_time": fraction }));
}

// C13
#[test]
fn the_nonce_must_be_the_one_we_sent_and_the_log_does_not_show_it() {
    for nonce in
        [json!("another"), json!(""), json!(null), json!(1), json!(["n-once"]), json!("N-ONCE"), json!("n-once ")]
    {
        let broken = refused("C13", json!({ "nonce": nonce }));
        // C56
        assert!(!broken.to_string().contains("n-once"), "{broken}");
    }
}

// C13
#[test]
fn a_fresh_proof_that_was_asked_for_must_be_fresh() {
    let begun = Some(NOON - Duration::minutes(2));
    let since = |auth_time: Value| checked(json!({ "auth_time": auth_time }), begun);
    assert!(since(json!(now())).is_ok() && since(json!(now() - 120)).is_ok());
    assert!(since(json!(now() - 180)).is_ok(), "a minute of skew");
    let broken = since(json!(now() - 181)).unwrap_err();
    let got = "one 61 s older; the provider ignored `prompt=login`, so the person has to sign out there first";
    assert_eq!((broken.rule, broken.got.as_str()), ("C13", got));
    assert_eq!(since(json!(null)).unwrap_err().rule, "C13");
    // A proof in the future would count as fresh in every login until then.
    assert!(since(json!(now() + 60)).is_ok());
    for (time, got) in [
        (now() + 61, "61 s ahead: their clock is ahead, or ours is behind".to_owned()),
        (
            253_402_300_799,
            "253402300799: it looks like milliseconds, and the standard has seconds (RFC 7519 §2)".to_owned(),
        ),
    ] {
        let broken = since(json!(time)).unwrap_err();
        assert_eq!((broken.rule, &*broken.what, &broken.got), ("C13", "`auth_time` of the ID token", &got));
        assert_eq!(broken.expected, "at most 60 s ahead");
    }
    accepted(json!({ "auth_time": null }));
    accepted(json!({ "auth_time": 1 }));
}

// C58: an app must not read a wrong clock as a fresh proof
#[test]
fn an_authentication_time_in_the_future_is_logged_and_not_sent_to_apps() {
    for (time, kept) in [(now() + 60, true), (now() + 61, false), (253_402_300_800, false), (i64::MIN, false)] {
        let identity = checked(json!({ "auth_time": time }), None).unwrap();
        assert_eq!(identity.auth_time.is_some(), kept, "{time}");
        let dropped_claims = profile(&identity, &GroupMap::default()).unwrap().dropped;
        let dropped_claims: Vec<_> = dropped_claims.iter().map(ToString::to_string).collect();
        let dropped = "`auth_time` is in the future or not a valid date and is left out";
        assert_eq!(dropped_claims, if kept { vec![] } else { vec![dropped] }, "{time}");
    }
    assert_eq!(profile(&checked(json!({}), None).unwrap(), &GroupMap::default()).unwrap().dropped, []);
}

// C15
#[test]
fn a_subject_has_1_to_255_bytes_and_is_kept_unchanged() {
    for sub in [json!("x".repeat(255)), json!(" x "), json!("é".repeat(127)), json!("ADA-1815")] {
        let identity = checked(json!({ "sub": sub }), None).unwrap();
        assert_eq!(json!(identity.key.subject.as_str()), sub);
    }
    let (long, wide) = (json!("x".repeat(256)), json!("é".repeat(128)));
    for sub in [json!(""), json!(" "), long, wide, json!(1815), json!(null), json!(["ada"])] {
        refused("C15", json!({ "sub": sub }));
    }
}

// C13, C15
#[test]
fn at_hash_must_match_the_access_token_with_every_algorithm() {
    for algorithm in Algorithm::ALL {
        let whole = hash(algorithm.hash(), b"access");
        let half = URL_SAFE_NO_PAD.encode(&whole[..whole.len() / 2]);
        let check = |at_hash: Value, token: &str| {
            let sent = claims_with(json!({ "at_hash": at_hash }));
            checked_beside((token, algorithm), sent, None).map(drop).map_err(|why| why.rule)
        };
        assert_eq!(check(json!(half), "access"), Ok(()));
        assert_eq!(check(json!(null), "access"), Ok(()), "optional in the code flow");
        assert_eq!(check(json!(half), "another"), Err("C13"));
        assert_eq!(check(json!(URL_SAFE_NO_PAD.encode(&whole)), "access"), Err("C13"));
        assert_eq!(check(json!(""), "access"), Err("C13"));
        assert_eq!(check(json!(1), "access"), Err("C15"));
    }
}

// C15
#[test]
fn a_demanded_proof_that_cannot_be_read_is_refused_and_does_not_count_as_missing() {
    for value in [json!(300_000_000_000_i64), json!("noon"), json!(true), json!([now()]), json!(1e300)] {
        let checked = |proof_since| checked(json!({ "auth_time": value }), proof_since);
        assert_eq!(checked(Some(NOON)).unwrap_err().rule, "C15", "{value}");
        // Without that request, `auth_time` only describes.
        assert_eq!(checked(None).unwrap().auth_time, None, "{value}");
    }
}

// C15
#[test]
fn null_means_that_a_claim_was_not_returned() {
    let checked = |name: &str| {
        let mut sent = claims(json!({}));
        sent.insert(name.to_owned(), Value::Null);
        checked_beside(("", Algorithm::Rs256), sent, None)
    };
    for name in ["azp", "nbf", "auth_time", "at_hash", "name", "email", "email_verified", "address"] {
        assert!(!checked(name).unwrap().claims.contains_key(name), "{name}");
    }
    for (name, rule) in
        [("iss", "C12"), ("aud", "C12"), ("exp", "C12"), ("iat", "C12"), ("nonce", "C13"), ("sub", "C15")]
    {
        let broken = checked(name).unwrap_err();
        assert_eq!((broken.rule, broken.got.starts_with("none")), (rule, true), "{name}: {broken}");
    }
}

#[test]
fn a_provider_session_is_named_only_by_a_text() {
    let session = |sid: Value| checked(json!({ "sid": sid }), None).unwrap().provider_session;
    assert_eq!(session(json!("s-1")).id.as_deref(), Some("s-1"));
    for value in [json!(null), json!(1), json!(["s-1"]), json!({}), json!(""), json!("x".repeat(1025))] {
        assert!(session(value.clone()).is_unknown(), "{value}");
    }
}
