//! Tests of claims that describe a person, and of groups.

use serde_json::{Value, json};

use super::{accepted, checked, claims_with, profile_of, refused};
use crate::signin::identify::{GroupMap, merge_userinfo};

#[test]
fn a_name_cannot_break_a_line_or_change_the_text_direction() {
    let read = |changes: Value| profile_of(&claims_with(changes), &GroupMap::default()).unwrap();
    for (sent, kept) in [
        ("Ada\nadmin", Some("Ada admin")),
        ("\u{202e}adA\u{2066}\u{7}\0", Some("adA")),
        ("Ada\u{2028}Lovelace\u{feff}", Some("Ada Lovelace")),
        ("می\u{200c}خواهم", Some("می\u{200c}خواهم")),
        ("\n\u{202e}", None),
    ] {
        assert_eq!(read(json!({ "name": sent })).profile.name.as_deref(), kept, "{sent:?}");
    }
    let misleading = read(json!({ "email": "ada@exam\u{202e}ple.org", "email_verified": true }));
    assert!(misleading.profile.email.is_none());
    assert_eq!(misleading.dropped[0].to_string(), "`email` holds a control or direction character and is left out");
}

// C17
#[test]
fn userinfo_about_another_person_is_dropped_entirely() {
    let merged = |sub: Value| {
        let mut identity = checked(json!({}), None).unwrap();
        let before = identity.clone();
        let Value::Object(userinfo) = json!({ "sub": sub, "email": "ada@example.edu", "name": "Mallory" }) else {
            panic!("an object")
        };
        let checked = merge_userinfo(&mut identity, userinfo);
        (checked.map_err(|why| why.rule), identity, before)
    };
    for sub in [json!("mallory"), json!("ADA-1815"), json!(1815), json!(null), json!(["ada-1815"]), json!("")] {
        let (checked, after, before) = merged(sub);
        assert_eq!((checked, after), (Err("C17"), before));
    }
    let (checked, after, _) = merged(json!("ada-1815"));
    assert_eq!(checked, Ok(()));
    assert_eq!(after.claims["email"], "ada@example.edu");
    assert_eq!(after.claims["name"], "Ada", "the signed claim wins");
}

// C15, C22
#[test]
fn email_verified_is_true_or_false_or_missing() {
    let verified = |value: Value| {
        let claims = claims_with(json!({ "email": "ada@example.edu", "email_verified": value }));
        profile_of(&claims, &GroupMap::default()).map(|read| read.profile.email.unwrap().verified)
    };
    assert_eq!(verified(json!(true)), Ok(true));
    assert_eq!(verified(json!(false)), Ok(false));
    assert_eq!(verified(json!(null)), Ok(false), "a missing claim proves nothing");
    for value in [json!("true"), json!("false"), json!(1), json!([true]), json!({})] {
        assert_eq!(verified(value.clone()).unwrap_err().rule, "C15");
        refused("C15", json!({ "email": "ada@example.edu", "email_verified": value }));
    }
}

// C15
#[test]
fn email_verified_refuses_nobody_without_an_email() {
    for email in [json!(null), json!(""), json!(1815), json!(["ada@example.edu"])] {
        for value in [json!("true"), json!(1), json!([true]), json!({})] {
            let changes = json!({ "email": email, "email_verified": value });
            accepted(changes.clone());
            let read = profile_of(&claims_with(changes), &GroupMap::default()).unwrap();
            assert_eq!(read.profile.email, None, "{email}");
            let dropped: Vec<_> = read.dropped.iter().map(ToString::to_string).collect();
            let line = "`email_verified` is not true or false and is left out".to_owned();
            assert!(dropped.contains(&line), "{dropped:?}");
        }
    }
    let read = profile_of(&claims_with(json!({ "email_verified": true })), &GroupMap::default()).unwrap();
    assert_eq!(read.dropped, []);
}

// C15
#[test]
fn an_unreadable_descriptive_claim_is_listed_and_does_not_stop_the_sign_in() {
    let read = |changes: Value| profile_of(&claims_with(changes), &GroupMap::default()).unwrap();
    for name in ["name", "email", "preferred_username", "amr", "acr", "address", "updated_at", "zoneinfo"] {
        for value in [json!(null), json!(1), json!([]), json!({}), json!(true), json!("x"), json!(["x", "y"])] {
            accepted(json!({ name: value.clone() }));
            read(json!({ name: value }));
        }
    }
    let dropped = |changes: Value| read(changes).dropped.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        dropped(json!({ "name": 1815, "email": null, "acr": 1, "address": [] })),
        ["`name` is not text and is left out"]
    );
    assert_eq!(dropped(json!({ "auth_time": "noon" })), ["`auth_time` is not a number of seconds and is left out"]);
    assert_eq!(
        dropped(json!({ "amr": ["pwd", 1] })),
        ["`amr` has entries that are not text, and these entries are left out; the others count"]
    );
    assert_eq!(
        dropped(json!({ "amr": { "pwd": true } })),
        ["`amr` is neither text nor a list of texts and is left out"]
    );
    // A session and an address hold only so much.
    assert_eq!(dropped(json!({ "name": "x".repeat(1024), "amr": vec!["x".repeat(100); 16] })), [""; 0]);
    assert_eq!(dropped(json!({ "name": "x".repeat(1025) })), ["`name` is longer than 1024 bytes and is left out"]);
    assert_eq!(
        dropped(json!({ "amr": vec!["pwd"; 17] })),
        ["`amr` has entries beyond the first 16 and these entries are left out; the others count"]
    );
    assert_eq!(
        dropped(json!({ "amr": ["pwd", "x".repeat(101)] })),
        ["`amr` has entries of more than 100 bytes and these entries are left out; the others count"]
    );
    assert_eq!(read(json!({ "amr": vec!["x".repeat(101), "pwd".to_owned()] })).profile.amr, ["pwd"]);
    assert_eq!(read(json!({ "amr": vec!["pwd"; 3000] })).profile.amr.len(), 16);
    // The readable entries are kept.
    assert_eq!(read(json!({ "amr": ["pwd", 1, "otp"], "name": [] })).profile.amr, ["pwd", "otp"]);
    assert_eq!(read(json!({ "amr": "pwd" })).profile.amr, ["pwd"]);
}

// C31, C15
#[test]
fn only_groups_that_the_map_names_are_kept() {
    let local = [("urn:uni:staff".to_owned(), "staff".into()), ("urn:uni:all".to_owned(), "staff".into())].into();
    let map = GroupMap { claim: Some("roles".into()), local };
    let groups = |roles: Value| {
        let read = profile_of(&claims_with(json!({ "roles": roles })), &map).unwrap();
        read.profile.groups.iter().map(|group| group.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(groups(json!(["urn:uni:staff", "urn:uni:all", "staff", "admin"])), ["staff"]);
    assert_eq!(groups(json!("urn:uni:staff")), ["staff"], "one text is a list of one");
    assert_eq!(groups(json!([1, null, "urn:uni:staff"])), ["staff"]);
    for none in [json!(null), json!("staff"), json!(""), json!([]), json!({ "urn:uni:staff": true }), json!(1)] {
        assert!(groups(none.clone()).is_empty(), "{none}");
    }
    // Groups are mapped before any limit.
    let many: Vec<String> = (0..5000).map(|number| format!("{number}{}", "x".repeat(2000))).collect();
    assert_eq!(groups(json!([many, vec!["urn:uni:staff".to_owned()]].concat())), ["staff"]);
    // Without a map, no claim is read as groups.
    let read = profile_of(&claims_with(json!({ "groups": ["staff"], "roles": 1 })), &GroupMap::default()).unwrap();
    assert!(read.profile.groups.is_empty() && read.dropped.is_empty());
}

// C31
#[test]
fn groups_may_be_inside_another_claim() {
    let groups = |claims: Value| {
        let map = GroupMap {
            claim: Some("realm_access.roles".into()),
            local: [("editor".to_owned(), "editors".into()), ("plain".to_owned(), "plain".into())].into(),
        };
        let read = profile_of(&claims_with(claims), &map).unwrap();
        read.profile.groups.iter().map(|group| group.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(groups(json!({ "realm_access": { "roles": ["editor", "x"] } })), ["editors"]);
    // A claim with exactly that name comes first: some providers use an address as the name.
    assert_eq!(groups(json!({ "realm_access.roles": "plain", "realm_access": { "roles": ["editor"] } })), ["plain"]);
    // A name on the path may hold dots, too.
    for (path, claims) in [
        ("resource_access.my.client.roles", json!({ "resource_access": { "my.client": { "roles": ["editor"] } } })),
        ("a.b.c.d", json!({ "a.b": { "c.d": ["editor"] } })),
        ("a.b.c", json!({ "a.b": { "c": null }, "a": { "b.c": ["editor"] } })),
        ("a.b.c", json!({ "a.b": { "c": ["editor"] }, "a": { "b": { "c": ["x"] } } })),
    ] {
        let map = GroupMap { claim: Some(path.into()), ..GroupMap::default() };
        let claims = claims_with(claims);
        assert_eq!(map.find(&claims), Some(&json!(["editor"])), "{path}");
    }
    let map = GroupMap { claim: Some("realm_access.roles".into()), ..GroupMap::default() };
    let missing = |claims: Value| profile_of(&claims_with(claims), &map).unwrap().without_groups;
    assert_eq!(missing(json!({ "realm_access": {} })).as_deref(), Some("realm_access.roles"));
    assert_eq!(missing(json!({ "realm_access": { "roles": [] } })), None);
    for none in [json!({}), json!({ "realm_access": ["editor"] }), json!({ "realm_access": { "roles": null } })] {
        assert!(groups(none).is_empty());
    }
}
