//! Checks arbitrary claims against a second statement of the rules.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{checked_beside, claims, claims_with, now, profile_of};
use crate::signin::identify::{Algorithm, GroupMap};

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
    // C12, C13, C15: the oracle states the rules a second time, on plain JSON.
    #[test]
    fn a_token_is_accepted_exactly_if_every_deciding_claim_is_right(
        name in "iss|sub|aud|azp|exp|iat|nbf|nonce|at_hash|auth_time|email_verified|name|email|amr|acr|groups|address",
        value in any_claim(),
        with_email: bool,
    ) {
        let mut sent = claims(json!({ "email": with_email.then_some("ada@example.edu") }));
        sent.insert(name.clone(), value.clone());
        let number = Value::is_number;
        let at = |value: &Value| value.as_f64().unwrap_or_default();
        #[expect(clippy::cast_precision_loss, reason = "a time of our age is exact")]
        let noon = now() as f64;
        let fits = match name.as_str() {
            "iss" => value == "https://sso.example.edu",
            "sub" => value.as_str().is_some_and(|sub| (1..=255).contains(&sub.len()) && !sub.trim().is_empty()),
            "aud" => value == "vestibule",
            "nonce" => value == "n-once",
            "azp" => value.is_null() || value == "vestibule",
            "exp" => number(&value) && at(&value) > noon - 60.0,
            "iat" => number(&value) && at(&value) < noon + 61.0,
            "nbf" => value.is_null() || (number(&value) && at(&value) < noon + 61.0),
            "at_hash" => value.is_null(),
            // It decides beside an `email`.
            "email_verified" if with_email => value.is_null() || value.is_boolean(),
            _ => true,
        };
        let accepted = checked_beside(("", Algorithm::Rs256), sent, None).is_ok();
        prop_assert_eq!(accepted, fits, "{} {}", name, value);
    }

    // C31: only groups that the map names get into a profile, whatever is sent.
    #[test]
    fn a_group_is_in_a_profile_only_if_the_map_and_the_claim_both_name_it(value in any_claim()) {
        for claim in ["groups", "groups.roles"] {
            let map = GroupMap {
                claim: Some(claim.into()),
                local: [("editor".to_owned(), "editors".into())].into(),
            };
            let sent = claims_with(json!({ "groups": value }));
            let place = if claim == "groups" { &value } else { &value["roles"] };
            let named = *place == "editor" || place.as_array().is_some_and(|all| all.contains(&json!("editor")));
            prop_assert_eq!(profile_of(&sent, &map).unwrap().profile.groups.len(), usize::from(named));
        }
    }
}
