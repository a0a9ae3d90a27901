//! What an ID token, its access token and userinfo must say of one login.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use time::{Duration, OffsetDateTime};

use crate::base::ids::Issuer;
use crate::base::secret::{Secret, hash};
use crate::signin::identify::{
    Algorithm, Broken, Expected, ExternalIdentity, GroupMap, at_hash_agrees, attested, described, profile, same_subject,
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

/// As [`claims`], where `null` stays null.
fn claims_with(changes: Value) -> Map<String, Value> {
    let Value::Object(changes) = changes else { panic!("an object") };
    claims(json!({})).into_iter().chain(changes).collect()
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

#[test]
fn a_name_that_people_read_breaks_no_line_and_turns_no_direction() {
    let read = |changes: Value| profile(&claims_with(changes), &GroupMap::default()).unwrap();
    for (sent, kept) in [
        ("Ada\nadmin", Some("Ada admin")),
        ("\u{202e}adA\u{2066}\u{7}\0", Some("adA")),
        ("Ada\u{2028}Lovelace\u{feff}", Some("Ada Lovelace")),
        ("می\u{200c}خواهم", Some("می\u{200c}خواهم")),
        ("\n\u{202e}", None),
    ] {
        assert_eq!(read(json!({ "name": sent })).profile.name.as_deref(), kept, "{sent:?}");
    }
    let odd = read(json!({ "email": "ada@exam\u{202e}ple.org", "email_verified": true }));
    assert!(odd.profile.email.is_none());
    assert_eq!(odd.left_out[0].to_string(), "`email` holds a control or direction character and is left out");
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
    for name in ["iat", "nbf"] {
        let broken = refused("C12", json!({ name: now() * 1000 }));
        let hint = "it looks like milliseconds, and the standard has seconds (RFC 7519 §2)";
        assert_eq!(broken.got, format!("{}: {hint}", now() * 1000), "{name}");
    }
    refused("C12", json!({ "exp": null }));
    refused("C12", json!({ "iat": null }));
    // However far away, no sum runs over.
    refused("C12", json!({ "exp": i64::MIN }));
    held(json!({ "exp": i64::MAX }));
    refused("C12", json!({ "iat": i64::MAX }));
}

// C13
#[test]
fn at_hash_needs_an_access_token_and_an_access_token_needs_no_at_hash() {
    assert_eq!(at_hash_agrees(&claims(json!({})), Algorithm::Rs256, ""), Ok(()));
    let broken = at_hash_agrees(&claims(json!({ "at_hash": "x" })), Algorithm::Rs256, "").unwrap_err();
    assert_eq!((broken.rule, broken.expected.as_str()), ("C13", "an access token beside it"));
}

// C15
#[test]
fn a_time_is_a_number_and_nothing_that_looks_like_one() {
    for name in ["exp", "iat", "nbf"] {
        for time in [json!(now().to_string()), json!(true), json!([now()]), json!({})] {
            refused("C15", json!({ name: time }));
        }
    }
    // "Never", as some programs write it.
    for never in [json!(1e300), json!(u64::MAX), json!(1e18)] {
        held(json!({ "exp": never }));
        refused("C12", json!({ "iat": never }));
        refused("C12", json!({ "nbf": never }));
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
    // A proof that is made later than now would be fresh in every login until then.
    assert!(since(json!(now() + 60)).is_ok());
    for (time, got) in [
        (now() + 61, "61 s ahead: their clock is ahead, or ours is behind".to_owned()),
        (
            253_402_300_799,
            "253402300799: it looks like milliseconds, and the standard has seconds (RFC 7519 §2)".to_owned(),
        ),
    ] {
        let broken = since(json!(time)).unwrap_err();
        assert_eq!((broken.rule, broken.what, &broken.got), ("C13", "`auth_time` of the ID token", &got));
        assert_eq!(broken.expected, "at most 60 s ahead");
    }
    held(json!({ "auth_time": null }));
    held(json!({ "auth_time": 1 }));
}

// C58: an app must not read a wrong clock as a fresh proof
#[test]
fn a_time_of_authentication_in_the_future_is_passed_on_to_no_app_and_is_named_in_the_log() {
    for (time, kept) in [(now() + 60, true), (now() + 61, false), (253_402_300_800, false), (i64::MIN, false)] {
        let identity = judged(json!({ "auth_time": time }), None).unwrap();
        assert_eq!(identity.auth_time.is_some(), kept, "{time}");
        let told = described(&identity, &GroupMap::default()).unwrap().left_out;
        let told: Vec<_> = told.iter().map(ToString::to_string).collect();
        let left_out = "`auth_time` lies in the future or beyond the calendar and is left out";
        assert_eq!(told, if kept { vec![] } else { vec![left_out] }, "{time}");
    }
    assert_eq!(described(&judged(json!({}), None).unwrap(), &GroupMap::default()).unwrap().left_out, []);
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
fn whether_an_address_is_verified_decides_and_is_true_false_or_not_said() {
    let verified = |value: Value| {
        let claims = claims_with(json!({ "email": "ada@example.edu", "email_verified": value }));
        profile(&claims, &GroupMap::default()).map(|read| read.profile.email.unwrap().verified)
    };
    assert_eq!(verified(json!(true)), Ok(true));
    assert_eq!(verified(json!(false)), Ok(false));
    assert_eq!(verified(json!(null)), Ok(false), "silence is no proof");
    for value in [json!("true"), json!("false"), json!(1), json!([true]), json!({})] {
        assert_eq!(verified(value.clone()).unwrap_err().rule, "C15");
        refused("C15", json!({ "email_verified": value }));
    }
}

// C15
#[test]
fn a_claim_that_only_describes_refuses_nobody_and_is_named_where_it_is_left_out() {
    let read = |changes: Value| profile(&claims_with(changes), &GroupMap::default()).unwrap();
    for name in ["name", "email", "preferred_username", "amr", "acr", "address", "updated_at", "zoneinfo"] {
        for odd in [json!(null), json!(1), json!([]), json!({}), json!(true), json!("x"), json!(["x", "y"])] {
            held(json!({ name: odd.clone() }));
            read(json!({ name: odd }));
        }
    }
    let told = |changes: Value| read(changes).left_out.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        told(json!({ "name": 1815, "email": null, "acr": 1, "address": [] })),
        ["`name` is not text and is left out"]
    );
    assert_eq!(told(json!({ "auth_time": "noon" })), ["`auth_time` is not a number of seconds and is left out"]);
    assert_eq!(
        told(json!({ "amr": ["pwd", 1] })),
        ["`amr` has entries that are not text, and these entries are left out; the others count"]
    );
    assert_eq!(told(json!({ "amr": { "pwd": true } })), ["`amr` is neither text nor a list of texts and is left out"]);
    // Only so much goes into a session and an address.
    assert_eq!(told(json!({ "name": "x".repeat(1024), "amr": vec!["pwd"; 1000] })), [""; 0]);
    assert_eq!(told(json!({ "name": "x".repeat(1025) })), ["`name` is longer than 1024 bytes and is left out"]);
    assert_eq!(
        told(json!({ "amr": vec!["pwd"; 1001] })),
        [
            "`amr` has entries beyond the first 1000, or of more than 1024 bytes, and these entries are left out; the others \
             count"
        ]
    );
    assert_eq!(read(json!({ "amr": vec!["pwd"; 1001] })).profile.amr.len(), 1000);
    // What can be read beside it is.
    assert_eq!(read(json!({ "amr": ["pwd", 1, "otp"], "name": [] })).profile.amr, ["pwd", "otp"]);
    assert_eq!(read(json!({ "amr": "pwd" })).profile.amr, ["pwd"]);
}

// C31, C15
#[test]
fn groups_are_those_the_map_names_and_no_others() {
    let local = [("urn:uni:staff".to_owned(), "staff".into()), ("urn:uni:all".to_owned(), "staff".into())].into();
    let map = GroupMap { claim: Some("roles".into()), local };
    let groups = |roles: Value| {
        let read = profile(&claims_with(json!({ "roles": roles })), &map).unwrap();
        read.profile.groups.iter().map(|group| group.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(groups(json!(["urn:uni:staff", "urn:uni:all", "staff", "admin"])), ["staff"]);
    assert_eq!(groups(json!("urn:uni:staff")), ["staff"], "one text is a list of one");
    assert_eq!(groups(json!([1, null, "urn:uni:staff"])), ["staff"]);
    for none in [json!(null), json!("staff"), json!(""), json!([]), json!({ "urn:uni:staff": true }), json!(1)] {
        assert!(groups(none.clone()).is_empty(), "{none}");
    }
    // Mapped first, then bounded.
    let many: Vec<String> = (0..5000).map(|number| format!("{number}{}", "x".repeat(2000))).collect();
    assert_eq!(groups(json!([many, vec!["urn:uni:staff".to_owned()]].concat())), ["staff"]);
    // Without a map nothing of what a provider calls a group is looked at.
    let read = profile(&claims_with(json!({ "groups": ["staff"], "roles": 1 })), &GroupMap::default()).unwrap();
    assert!(read.profile.groups.is_empty() && read.left_out.is_empty());
}

// C31
#[test]
fn groups_may_stand_within_another_claim() {
    let groups = |claims: Value| {
        let map = GroupMap {
            claim: Some("realm_access.roles".into()),
            local: [("editor".to_owned(), "editors".into()), ("plain".to_owned(), "plain".into())].into(),
        };
        let read = profile(&claims_with(claims), &map).unwrap();
        read.profile.groups.iter().map(|group| group.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(groups(json!({ "realm_access": { "roles": ["editor", "x"] } })), ["editors"]);
    // A claim of that very name comes first: some providers name theirs by an address.
    assert_eq!(groups(json!({ "realm_access.roles": "plain", "realm_access": { "roles": ["editor"] } })), ["plain"]);
    let map = GroupMap { claim: Some("realm_access.roles".into()), ..GroupMap::default() };
    let missing = |claims: Value| profile(&claims_with(claims), &map).unwrap().without_groups;
    assert_eq!(missing(json!({ "realm_access": {} })).as_deref(), Some("realm_access.roles"));
    assert_eq!(missing(json!({ "realm_access": { "roles": [] } })), None);
    for none in [json!({}), json!({ "realm_access": ["editor"] }), json!({ "realm_access": { "roles": null } })] {
        assert!(groups(none).is_empty());
    }
}

fn any_claim() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|value| json!(value)),
        any::<f64>().prop_map(|value| json!(value)),
        any::<i64>().prop_map(|value| json!(value)),
        ".{0,20}".prop_map(|value| json!(value)),
        Just(json!("editor")),
        Just(json!(now())),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
            proptest::collection::btree_map("roles|a", inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    // C12, C13, C15: the oracle states the rules once more, over JSON alone.
    #[test]
    fn a_token_is_taken_exactly_where_every_claim_that_decides_is_right(
        name in "iss|sub|aud|azp|exp|iat|nbf|nonce|at_hash|auth_time|email_verified|name|email|amr|acr|groups|address",
        value in any_claim(),
    ) {
        let mut said = claims(json!({}));
        said.insert(name.clone(), value.clone());
        let number = Value::is_number;
        let at = |value: &Value| value.as_f64().unwrap_or_default();
        #[expect(clippy::cast_precision_loss, reason = "a time of our age is exact")]
        let noon = now() as f64;
        let fits = match name.as_str() {
            "iss" => value == "https://sso.example.edu",
            "sub" => value.as_str().is_some_and(|sub| (1..=255).contains(&sub.len())),
            "aud" => value == "vestibule",
            "nonce" => value == "n-once",
            "azp" => value.is_null() || value == "vestibule",
            "exp" => number(&value) && at(&value) > noon - 60.0,
            "iat" => number(&value) && at(&value) < noon + 61.0,
            "nbf" => value.is_null() || (number(&value) && at(&value) < noon + 61.0),
            "email_verified" => value.is_null() || value.is_boolean(),
            _ => true,
        };
        let (provider, issuer) = (uni(), Issuer::from("https://sso.example.edu"));
        let nonce = Secret::new("n-once".to_owned());
        let (provider, issuer, nonce) = (&provider, &issuer, &nonce);
        let expected = Expected { provider, issuer, client_id: "vestibule", nonce, proof_since: None, now: NOON };
        prop_assert_eq!(attested(said.clone(), &expected).is_ok(), fits, "{} {}", name, value);
    }

    // C31: of groups, nothing but what the map names comes in, whatever is sent.
    #[test]
    fn a_group_is_in_a_profile_only_where_the_map_and_the_claim_both_name_it(value in any_claim()) {
        for claim in ["groups", "groups.roles"] {
            let map = GroupMap {
                claim: Some(claim.into()),
                local: [("editor".to_owned(), "editors".into())].into(),
            };
            let said = claims_with(json!({ "groups": value }));
            let place = if claim == "groups" { &value } else { &value["roles"] };
            let named = *place == "editor" || place.as_array().is_some_and(|all| all.contains(&json!("editor")));
            prop_assert_eq!(profile(&said, &map).unwrap().profile.groups.len(), usize::from(named));
        }
    }
}

// C15
#[test]
fn a_proof_that_was_asked_for_and_can_not_be_read_is_a_refusal_and_not_absent() {
    for odd in [json!(300_000_000_000_i64), json!("noon"), json!(true), json!([now()]), json!(1e300)] {
        let judged = |proof_since| judged(json!({ "auth_time": odd }), proof_since);
        assert_eq!(judged(Some(NOON)).unwrap_err().rule, "C15", "{odd}");
        // Nobody asked: then it only describes.
        assert_eq!(judged(None).unwrap().auth_time, None, "{odd}");
    }
}

// C15
#[test]
fn null_means_that_a_claim_was_not_returned() {
    let judged = |name: &str| {
        let mut said = claims(json!({}));
        said.insert(name.to_owned(), Value::Null);
        let (provider, issuer) = (uni(), Issuer::from("https://sso.example.edu"));
        let nonce = Secret::new("n-once".to_owned());
        let (provider, issuer, nonce) = (&provider, &issuer, &nonce);
        let expected = Expected { provider, issuer, client_id: "vestibule", nonce, proof_since: None, now: NOON };
        attested(said, &expected)
    };
    for name in ["azp", "nbf", "auth_time", "at_hash", "name", "email", "email_verified", "address"] {
        assert!(!judged(name).unwrap().claims.contains_key(name), "{name}");
    }
    for (name, rule) in
        [("iss", "C12"), ("aud", "C12"), ("exp", "C12"), ("iat", "C12"), ("nonce", "C13"), ("sub", "C15")]
    {
        let broken = judged(name).unwrap_err();
        assert_eq!((broken.rule, broken.got.starts_with("none")), (rule, true), "{name}: {broken}");
    }
}

#[test]
fn the_session_of_the_provider_is_named_by_a_text_and_by_nothing_else() {
    let session = |sid: Value| judged(json!({ "sid": sid }), None).unwrap().provider_session;
    assert_eq!(session(json!("s-1")).id.as_deref(), Some("s-1"));
    for odd in [json!(null), json!(1), json!(["s-1"]), json!({}), json!(""), json!("x".repeat(1025))] {
        assert!(session(odd.clone()).is_unknown(), "{odd}");
    }
}
