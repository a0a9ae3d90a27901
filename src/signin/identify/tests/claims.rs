//! What an ID token, its access token and userinfo must say of one login.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use time::{Duration, OffsetDateTime};

use crate::base::ids::Issuer;
use crate::base::secret::{Secret, hash};
use crate::signin::identify::{
    Algorithm, Broken, Expected, ExternalIdentity, GroupMap, at_hash_agrees, attested, profile, same_subject,
};
use crate::signin::samples::uni;

const NOON: OffsetDateTime = time::macros::datetime!(2026-03-01 12:00 UTC);

fn now() -> i64 {
    NOON.unix_timestamp()
}

/// The claims of a good ID token, with some of them said otherwise; `null` leaves one out.
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

fn judged(changes: Value, proof_since: Option<OffsetDateTime>) -> Result<ExternalIdentity, Broken> {
    let (provider, issuer) = (uni(), Issuer::from("https://sso.example.edu"));
    let nonce = Secret::new("n-once".to_owned());
    let (provider, issuer, nonce) = (&provider, &issuer, &nonce);
    let expected = Expected { provider, issuer, client_id: "vestibule", nonce, proof_since, now: NOON };
    attested(claims(changes), &expected)
}

fn held(changes: Value) {
    let shown = changes.to_string();
    judged(changes, None).unwrap_or_else(|why| panic!("{shown}: {why}"));
}

fn refused(rule: &str, changes: Value) -> Broken {
    let shown = changes.to_string();
    let broken = judged(changes, None).err().unwrap_or_else(|| panic!("{shown} was taken"));
    assert_eq!(broken.rule, rule, "{shown}: {broken}");
    broken
}

// C21
#[test]
fn a_good_token_attests_the_provider_the_issuer_and_the_subject() {
    let identity = judged(json!({}), None).unwrap();
    assert_eq!((&identity.key.provider, identity.key.issuer.as_str()), (&uni(), "https://sso.example.edu"));
    assert_eq!((identity.key.subject.as_str(), identity.auth_time), ("ada-1815", Some(NOON)));
    assert_eq!(identity.claims["name"], "Ada");
}

// C12
#[test]
fn iss_is_the_issuer_letter_by_letter() {
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
fn aud_holds_us_and_others_beside_us_need_azp() {
    for aud in [json!("vestibule"), json!(["vestibule"]), json!(["vestibule", "vestibule"])] {
        held(json!({ "aud": aud }));
        held(json!({ "aud": aud, "azp": "vestibule" }));
        refused("C12", json!({ "aud": aud, "azp": "another" }));
        refused("C12", json!({ "aud": aud, "azp": ["vestibule"] }));
    }
    held(json!({ "aud": ["another", "vestibule"], "azp": "vestibule" }));
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
fn times_hold_within_a_minute_and_the_log_says_whose_clock_is_off() {
    held(json!({ "exp": now() - 59, "iat": now() + 60, "nbf": now() + 60 }));
    held(json!({ "exp": now() + 300, "nbf": 0 }));
    let broken = refused("C12", json!({ "exp": now() - 60 }));
    assert_eq!(broken.got, "60 s ago: our clock is ahead, or theirs is behind");
    let broken = refused("C12", json!({ "iat": now() + 61 }));
    assert_eq!(broken.got, "61 s ahead: their clock is ahead, or ours is behind");
    assert_eq!(refused("C12", json!({ "nbf": now() + 61 })).what, "`nbf` of the ID token");
    refused("C12", json!({ "exp": null }));
    refused("C12", json!({ "iat": null }));
    // However far away, no sum runs over.
    refused("C12", json!({ "exp": i64::MIN }));
    held(json!({ "exp": i64::MAX }));
    refused("C12", json!({ "iat": i64::MAX }));
}

// C15
#[test]
fn a_time_is_a_number_and_nothing_that_looks_like_one() {
    for name in ["exp", "iat", "nbf", "auth_time"] {
        for time in [json!(now().to_string()), json!(true), json!([now()]), json!({}), json!(1e300), json!(u64::MAX)] {
            refused("C15", json!({ name: time }));
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a time of our age is exact")]
    let fraction = now() as f64 + 0.5;
    held(json!({ "exp": fraction + 300.0, "iat": fraction, "nbf": fraction, "auth_time": fraction }));
}

// C13
#[test]
fn the_nonce_is_the_one_we_sent_and_the_log_shows_neither() {
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
    let since = |auth_time: Value| judged(json!({ "auth_time": auth_time }), begun);
    assert!(since(json!(now())).is_ok() && since(json!(now() - 120)).is_ok());
    assert!(since(json!(now() - 180)).is_ok(), "a minute of skew");
    let broken = since(json!(now() - 181)).unwrap_err();
    assert_eq!((broken.rule, broken.got.as_str()), ("C13", "one 61 s older"));
    assert_eq!(since(json!(null)).unwrap_err().rule, "C13");
    held(json!({ "auth_time": null }));
    held(json!({ "auth_time": 1 }));
}

// C15
#[test]
fn a_subject_is_one_to_255_bytes_of_text_as_they_are() {
    for sub in [json!("x".repeat(255)), json!(" "), json!("é".repeat(127)), json!("ADA-1815")] {
        let identity = judged(json!({ "sub": sub }), None).unwrap();
        assert_eq!(json!(identity.key.subject.as_str()), sub);
    }
    for sub in [json!(""), json!("x".repeat(256)), json!("é".repeat(128)), json!(1815), json!(null), json!(["ada"])] {
        refused("C15", json!({ "sub": sub }));
    }
}

// C13, C15
#[test]
fn an_access_token_is_the_one_that_at_hash_says_whichever_the_algorithm() {
    for algorithm in Algorithm::ALL {
        let whole = hash(algorithm.hash(), b"access");
        let half = URL_SAFE_NO_PAD.encode(&whole[..whole.len() / 2]);
        let judge = |at_hash: Value, token: &str| {
            at_hash_agrees(&claims(json!({ "at_hash": at_hash })), algorithm, token).map_err(|why| why.rule)
        };
        assert_eq!(judge(json!(half), "access"), Ok(()));
        assert_eq!(judge(json!(null), "access"), Ok(()), "optional in the code flow");
        assert_eq!(judge(json!(half), "another"), Err("C13"));
        assert_eq!(judge(json!(URL_SAFE_NO_PAD.encode(&whole)), "access"), Err("C13"));
        assert_eq!(judge(json!(""), "access"), Err("C13"));
        assert_eq!(judge(json!(1), "access"), Err("C15"));
    }
}

// C17
#[test]
fn userinfo_about_somebody_else_is_dropped_whole() {
    let told = |sub: Value| {
        let mut identity = judged(json!({}), None).unwrap();
        let before = identity.clone();
        let Value::Object(userinfo) = json!({ "sub": sub, "email": "ada@example.edu", "name": "Mallory" }) else {
            panic!("an object")
        };
        let judged = same_subject(&mut identity, userinfo);
        (judged.map_err(|why| why.rule), identity, before)
    };
    for sub in [json!("mallory"), json!("ADA-1815"), json!(1815), json!(null), json!(["ada-1815"]), json!("")] {
        let (judged, after, before) = told(sub);
        assert_eq!((judged, after), (Err("C17"), before));
    }
    let (judged, after, _) = told(json!("ada-1815"));
    assert_eq!(judged, Ok(()));
    assert_eq!(after.claims["email"], "ada@example.edu");
    assert_eq!(after.claims["name"], "Ada", "what was signed stands");
}

// C15, C22
#[test]
fn of_a_profile_only_what_has_its_right_type_is_kept() {
    let read = |changes: Value| profile(&claims(changes), &GroupMap::default()).map_err(|why| why.rule);
    let verified = |value: Value| read(json!({ "email": "ada@example.edu", "email_verified": value }));
    assert!(verified(json!(true)).unwrap().email.unwrap().verified);
    assert!(!verified(json!(false)).unwrap().email.unwrap().verified);
    assert!(!verified(json!(null)).unwrap().email.unwrap().verified, "silence is no proof");
    for value in [json!("true"), json!(1), json!([true])] {
        assert_eq!(verified(value).unwrap_err(), "C15");
    }
    for name in ["name", "email", "preferred_username"] {
        assert_eq!(read(json!({ name: 1 })).unwrap_err(), "C15", "{name}");
    }
    assert_eq!(read(json!({ "amr": ["pwd", "otp"] })).unwrap().amr, ["pwd", "otp"]);
    assert_eq!(read(json!({ "amr": "pwd" })).unwrap_err(), "C15");
}

// C31, C15
#[test]
fn groups_are_those_the_map_names_and_no_others() {
    let local = [("urn:uni:staff".to_owned(), "staff".into()), ("urn:uni:all".to_owned(), "staff".into())].into();
    let map = GroupMap { claim: Some("roles".into()), local };
    let read = |changes: Value| profile(&claims(changes), &map).map_err(|why| why.rule);
    let groups = read(json!({ "roles": ["urn:uni:staff", "urn:uni:all", "staff", "admin"] })).unwrap().groups;
    assert_eq!(groups.iter().map(crate::base::ids::Group::as_str).collect::<Vec<_>>(), ["staff"]);
    assert!(read(json!({})).unwrap().groups.is_empty());
    for roles in [json!("urn:uni:staff"), json!([1]), json!({ "urn:uni:staff": true })] {
        assert_eq!(read(json!({ "roles": roles })).unwrap_err(), "C15");
    }
    // Without a map nothing of what a provider calls a group is looked at.
    assert!(
        profile(&claims(json!({ "groups": ["staff"], "roles": 1 })), &GroupMap::default()).unwrap().groups.is_empty()
    );
}
