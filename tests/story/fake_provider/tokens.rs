//! The fake provider's ID tokens and keys, good and bad.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use support::provider::{ClaimDefect, Defect, KeyDefect, Person, Quirk, TextDefect};
use vestibule::base::clock::Clock;

use super::RelyingParty;

/// One part of a token, as text.
fn part(token: &str, at: usize) -> String {
    String::from_utf8(URL_SAFE_NO_PAD.decode(token.split('.').nth(at).unwrap()).unwrap()).unwrap()
}

fn claims(token: &str) -> Value {
    serde_json::from_str(&part(token, 1)).unwrap()
}

#[tokio::test]
async fn openidconnect_accepts_a_good_token() {
    let client = RelyingParty::new().await;
    let (token, outcome) = client.verified().await;
    assert_eq!(outcome, Ok(()));
    assert_eq!(claims(&token)["sub"], "ada-1815");
    client.provider.behave(|b| b.person = Person::new("ben").with("groups", vec!["staff"]));
    let (token, outcome) = client.verified().await;
    assert_eq!((outcome, &claims(&token)["groups"][0]), (Ok(()), &"staff".into()));
}

/// The defects that openidconnect accepts: only our own rules can catch them.
const ACCEPTED_BY_OPENIDCONNECT: &[Defect] = &[
    Defect::Claim(ClaimDefect::AzpOther),
    Defect::Claim(ClaimDefect::ExpDate),
    Defect::Claim(ClaimDefect::IatInFuture),
    Defect::Claim(ClaimDefect::NbfInFuture),
    Defect::Claim(ClaimDefect::NbfText),
    Defect::Claim(ClaimDefect::SubEmpty),
    Defect::Claim(ClaimDefect::SubTooLong),
    Defect::Text(TextDefect::UnknownClaimTwice),
    Defect::Text(TextDefect::NestedTwice),
    Defect::Text(TextDefect::UnknownHeaderTwice),
    Defect::Text(TextDefect::NonCanonicalHeader),
    Defect::Text(TextDefect::NonCanonicalPayload),
    Defect::Text(TextDefect::NonCanonicalSignature),
];

#[tokio::test]
async fn openidconnect_refuses_every_defect_but_the_subtle_ones() {
    let client = RelyingParty::new().await;
    let mut passed = Vec::new();
    for defect in Defect::all() {
        client.provider.behave(|b| b.defect = Some(defect));
        if client.verified().await.1.is_ok() {
            passed.push(defect);
        }
    }
    assert_eq!(passed, ACCEPTED_BY_OPENIDCONNECT);
    client.provider.behave_well();
    assert_eq!(client.verified().await.1, Ok(()));
}

#[tokio::test]
async fn the_subtle_defects_match_their_names() {
    let client = RelyingParty::new().await;
    let defect = async |defect| {
        client.provider.behave(|b| b.defect = Some(defect));
        client.verified().await.0
    };
    let now = Clock::system().now().unix_timestamp();
    assert_eq!(claims(&defect(Defect::Claim(ClaimDefect::AzpOther)).await)["azp"], "another");
    assert!(claims(&defect(Defect::Claim(ClaimDefect::ExpDate)).await)["exp"].as_str().unwrap().contains('T'));
    assert!(claims(&defect(Defect::Claim(ClaimDefect::IatInFuture)).await)["iat"].as_i64().unwrap() >= now + 600);
    assert!(claims(&defect(Defect::Claim(ClaimDefect::NbfInFuture)).await)["nbf"].as_i64().unwrap() >= now + 600);
    assert!(claims(&defect(Defect::Claim(ClaimDefect::NbfText)).await)["nbf"].is_string());
    assert_eq!(claims(&defect(Defect::Claim(ClaimDefect::SubEmpty)).await)["sub"], "");
    assert_eq!(claims(&defect(Defect::Claim(ClaimDefect::SubTooLong)).await)["sub"].as_str().unwrap().len(), 256);
    for (twice, at) in [(TextDefect::UnknownClaimTwice, 1), (TextDefect::UnknownHeaderTwice, 0)] {
        assert_eq!(part(&defect(Defect::Text(twice)).await, at).matches("\"odd\":").count(), 2);
    }
    assert!(part(&defect(Defect::Text(TextDefect::NestedTwice)).await, 1).contains(r#"{"a":1,"a":2}"#));
    for (non_canonical, at) in [
        (TextDefect::NonCanonicalHeader, 0),
        (TextDefect::NonCanonicalPayload, 1),
        (TextDefect::NonCanonicalSignature, 2),
    ] {
        let token = defect(Defect::Text(non_canonical)).await;
        let strict = |part: &str| URL_SAFE_NO_PAD.decode(part).is_ok();
        let parts: Vec<bool> = token.split('.').map(strict).collect();
        assert_eq!(parts.iter().position(|canonical| !canonical), Some(at), "{non_canonical:?}");
    }
    // Each of these must carry its key or address, or it would be refused for another reason.
    for (key_defect, name) in
        [(KeyDefect::EmbeddedJwk, "jwk"), (KeyDefect::Jku, "jku"), (KeyDefect::X5u, "x5u"), (KeyDefect::X5c, "x5c")]
    {
        assert!(part(&defect(Defect::Key(key_defect)).await, 0).contains(&format!("\"{name}\":")));
    }
}

#[tokio::test]
async fn openidconnect_accepts_every_quirk_but_a_few() {
    let client = RelyingParty::new().await;
    for quirk in Quirk::ALL {
        client.provider.behave(|b| b.quirk = Some(*quirk));
        let (token, outcome) = client.verified().await;
        // openidconnect trusts no second audience, allows no clock skew for `exp`, wants each claim's own type in text
        // that is whole, and accepts neither `cty` beside claims nor times beyond its calendar.
        let stricter = matches!(
            quirk,
            Quirk::AudManyAzpOurs
                | Quirk::ExpJustPast
                | Quirk::OddDescriptions
                | Quirk::BrokenDescriptions
                | Quirk::AuthTimeText
                | Quirk::CtyJwt
                | Quirk::ExpFarAway
                | Quirk::EmailVerifiedTextAlone
        );
        assert_eq!(outcome.is_err(), stricter, "{quirk:?}: {outcome:?} {}", part(&token, 1));
    }
}

#[tokio::test]
async fn the_provider_uses_the_clock_it_is_given() {
    let client = RelyingParty::new().await;
    let then = Clock::system().now() - Duration::from_hours(1);
    client.provider.behave(|b| b.clock = Clock::from_fn(move || then));
    let (token, outcome) = client.verified().await;
    assert_eq!(claims(&token)["iat"], then.unix_timestamp());
    assert!(outcome.unwrap_err().contains("Expired"));
}

#[tokio::test]
async fn after_a_rotation_only_the_new_key_is_published() {
    let client = RelyingParty::new().await;
    let before = client.json("/jwks").await;
    let old = client.tokens().await;
    client.provider.rotate_keys();
    let after = client.json("/jwks").await;
    assert_eq!((after["keys"].as_array().unwrap().len(), client.verified().await.1), (1, Ok(())));
    assert!(before["keys"][0]["kid"] != after["keys"][0]["kid"] && before["keys"][0]["n"] != after["keys"][0]["n"]);
    let kid = before["keys"][0]["kid"].as_str().unwrap();
    assert!(part(old["id_token"].as_str().unwrap(), 0).contains(kid));
    assert_eq!(client.provider.received().jwks, 3);
}
