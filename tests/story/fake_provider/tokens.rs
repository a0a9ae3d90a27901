//! ID tokens and keys, true and false.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use support::provider::{ClaimDefect, Defect, KeyDefect, Person, Quirk, TextDefect};
use vestibule::base::clock::Clock;

use super::Service;

/// One part of a token, as text.
fn part(token: &str, at: usize) -> String {
    String::from_utf8(URL_SAFE_NO_PAD.decode(token.split('.').nth(at).unwrap()).unwrap()).unwrap()
}

fn claims(token: &str) -> Value {
    serde_json::from_str(&part(token, 1)).unwrap()
}

#[tokio::test]
async fn a_true_token_is_taken_by_a_reader_that_is_not_ours() {
    let service = Service::new().await;
    let (token, judged) = service.verified().await;
    assert_eq!(judged, Ok(()));
    assert_eq!(claims(&token)["sub"], "ada-1815");
    service.provider.behave(|b| b.person = Person::new("ben").with("groups", vec!["staff"]));
    let (token, judged) = service.verified().await;
    assert_eq!((judged, &claims(&token)["groups"][0]), (Ok(()), &"staff".into()));
}

/// What openidconnect lets pass, so that nothing but our own rules can catch it.
const LET_PASS: &[Defect] = &[
    Defect::Claim(ClaimDefect::AzpOther),
    Defect::Claim(ClaimDefect::ExpDate),
    Defect::Claim(ClaimDefect::IatAhead),
    Defect::Claim(ClaimDefect::NbfAhead),
    Defect::Claim(ClaimDefect::NbfText),
    Defect::Claim(ClaimDefect::SubEmpty),
    Defect::Claim(ClaimDefect::SubTooLong),
    Defect::Text(TextDefect::UnknownClaimTwice),
    Defect::Text(TextDefect::NestedTwice),
    Defect::Text(TextDefect::UnknownHeaderTwice),
    Defect::Text(TextDefect::LooseHeader),
    Defect::Text(TextDefect::LoosePayload),
    Defect::Text(TextDefect::LooseSignature),
];

#[tokio::test]
async fn every_defect_but_the_subtle_ones_is_caught_by_a_reader_that_is_not_ours() {
    let service = Service::new().await;
    let mut passed = Vec::new();
    for defect in Defect::all() {
        service.provider.behave(|b| b.defect = Some(defect));
        if service.verified().await.1.is_ok() {
            passed.push(defect);
        }
    }
    assert_eq!(passed, LET_PASS);
    service.provider.behave_well();
    assert_eq!(service.verified().await.1, Ok(()));
}

#[tokio::test]
async fn the_subtle_defects_are_what_they_say() {
    let service = Service::new().await;
    let defect = async |defect| {
        service.provider.behave(|b| b.defect = Some(defect));
        service.verified().await.0
    };
    let now = Clock::system().now().unix_timestamp();
    assert_eq!(claims(&defect(Defect::Claim(ClaimDefect::AzpOther)).await)["azp"], "another");
    assert!(claims(&defect(Defect::Claim(ClaimDefect::ExpDate)).await)["exp"].as_str().unwrap().contains('T'));
    assert!(claims(&defect(Defect::Claim(ClaimDefect::IatAhead)).await)["iat"].as_i64().unwrap() >= now + 600);
    assert!(claims(&defect(Defect::Claim(ClaimDefect::NbfAhead)).await)["nbf"].as_i64().unwrap() >= now + 600);
    assert!(claims(&defect(Defect::Claim(ClaimDefect::NbfText)).await)["nbf"].is_string());
    assert_eq!(claims(&defect(Defect::Claim(ClaimDefect::SubEmpty)).await)["sub"], "");
    assert_eq!(claims(&defect(Defect::Claim(ClaimDefect::SubTooLong)).await)["sub"].as_str().unwrap().len(), 256);
    for (twice, at) in [(TextDefect::UnknownClaimTwice, 1), (TextDefect::UnknownHeaderTwice, 0)] {
        assert_eq!(part(&defect(Defect::Text(twice)).await, at).matches("\"odd\":").count(), 2);
    }
    assert!(part(&defect(Defect::Text(TextDefect::NestedTwice)).await, 1).contains(r#"{"a":1,"a":2}"#));
    for (loose, at) in [(TextDefect::LooseHeader, 0), (TextDefect::LoosePayload, 1), (TextDefect::LooseSignature, 2)] {
        let token = defect(Defect::Text(loose)).await;
        let strict = |part: &str| URL_SAFE_NO_PAD.decode(part).is_ok();
        let parts: Vec<bool> = token.split('.').map(strict).collect();
        assert_eq!(parts.iter().position(|canonical| !canonical), Some(at), "{loose:?}");
    }
    // A dropped key would be caught for the wrong reason: these carry a key or an address, and a signature.
    for (brought, name) in
        [(KeyDefect::EmbeddedJwk, "jwk"), (KeyDefect::Jku, "jku"), (KeyDefect::X5u, "x5u"), (KeyDefect::X5c, "x5c")]
    {
        assert!(part(&defect(Defect::Key(brought)).await, 0).contains(&format!("\"{name}\":")));
    }
}

#[tokio::test]
async fn every_quirk_but_a_few_is_taken_by_a_reader_that_is_not_ours() {
    let service = Service::new().await;
    for quirk in Quirk::ALL {
        service.provider.behave(|b| b.quirk = Some(*quirk));
        let (token, judged) = service.verified().await;
        // openidconnect trusts no second audience, grants no skew at the end, wants each claim's own type, and takes
        // neither
        // `cty` beside claims, nor times beyond its calendar.
        let stricter = matches!(
            quirk,
            Quirk::AudManyAzpOurs
                | Quirk::ExpJustPast
                | Quirk::OddDescriptions
                | Quirk::AuthTimeText
                | Quirk::CtyJwt
                | Quirk::ExpFarAway
        );
        assert_eq!(judged.is_err(), stricter, "{quirk:?}: {judged:?} {}", part(&token, 1));
    }
}

#[tokio::test]
async fn its_time_is_the_one_it_is_given() {
    let service = Service::new().await;
    let then = Clock::system().now() - Duration::from_hours(1);
    service.provider.behave(|b| b.clock = Clock::turned_by(move || then));
    let (token, judged) = service.verified().await;
    assert_eq!(claims(&token)["iat"], then.unix_timestamp());
    assert!(judged.unwrap_err().contains("Expired"));
}

#[tokio::test]
async fn after_a_rotation_only_the_new_key_is_published() {
    let service = Service::new().await;
    let before = service.json("/jwks").await;
    let old = service.tokens().await;
    service.provider.rotate_keys();
    let after = service.json("/jwks").await;
    assert_eq!((after["keys"].as_array().unwrap().len(), service.verified().await.1), (1, Ok(())));
    assert!(before["keys"][0]["kid"] != after["keys"][0]["kid"] && before["keys"][0]["n"] != after["keys"][0]["n"]);
    let kid = before["keys"][0]["kid"].as_str().unwrap();
    assert!(part(old["id_token"].as_str().unwrap(), 0).contains(kid));
    assert_eq!(service.provider.received().jwks, 3);
}
