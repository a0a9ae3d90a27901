//! The back channel: what a provider may say there, how much of it, from where, and for how long.

use std::time::Instant;

use serde_json::json;

use crate::house::House;
use crate::upstream::{DiscoveryDoor, JwksDoor, Person, TokenDoor, UserinfoDoor};

const NOTES: &str = "https://notes.example.org/signed-in";
const SILENT: &str = "Example University is not answering.";
const UNTRUSTED: &str = "Example University’s answer could not be trusted.";

// C17, C15, C16
#[tokio::test]
async fn userinfo_is_about_the_same_person_or_the_login_fails() {
    let house = House::with(|plan| {
        plan.provider("uni").set("userinfo", "true");
    })
    .await;
    for (door, status, rule) in [
        (UserinfoDoor::OtherSub, 400, "C17"),
        (UserinfoDoor::SubNumber, 400, "C17"),
        (UserinfoDoor::SubMissing, 400, "C17"),
        (UserinfoDoor::SubTwice, 400, "C16"),
        (UserinfoDoor::NotJson, 400, "C16"),
        (UserinfoDoor::Broken, 400, "C17"),
        (UserinfoDoor::Redirects, 400, "C17"),
        (UserinfoDoor::Huge, 503, "over 1048576 bytes"),
    ] {
        house.behave(|uni| uni.userinfo = door);
        let browser = house.browser();
        let page = browser.sign_in("/auth/notes").await;
        assert_eq!(page.status, status, "{door:?}: {}", page.text());
        let detail = house.explain(&page.code()).await.unwrap().detail.unwrap();
        assert!(detail.contains(rule), "{door:?}: {detail}");
        assert!(browser.session().is_none());
    }
    assert_eq!(house.uni.received().strayed, 0);
    house.behave(|_| ());
    house.browser().sign_in("/auth/notes").await.token_at(NOTES);
    assert!(house.uni.received().userinfo.iter().all(Option::is_some));
}

#[tokio::test]
async fn userinfo_adds_what_the_id_token_leaves_out_and_changes_nothing_in_it() {
    let house = House::with(|plan| {
        plan.provider("uni").set("userinfo", "true");
    })
    .await;
    house.behave(|uni| uni.person = Person::ada().with("name", "Ada L."));
    let token = house.browser().sign_in("/auth/notes").await.token_at(NOTES);
    assert_eq!(house.verified(&token).await.1["name"], json!("Ada L."));
}

// C19
#[tokio::test]
async fn metadata_that_break_a_rule_lead_nobody_anywhere() {
    for (door, told) in [
        (DiscoveryDoor::OtherIssuer, "another.example"),
        (DiscoveryDoor::IssuerWithSlash, "unexpected issuer"),
        (DiscoveryDoor::IssuerTwice, "not the JSON"),
        (DiscoveryDoor::PlainHttp, "not https"),
        (DiscoveryDoor::Broken, "status 500"),
        (DiscoveryDoor::Redirects, "status 302"),
        (DiscoveryDoor::Huge, "over 1048576 bytes"),
        (DiscoveryDoor::NotJson, "not the JSON"),
    ] {
        let (log, house) = (crate::log::Log::open(), House::open().await);
        house.behave(|uni| uni.discovery = door);
        let page = house.browser().go("/auth/notes").await;
        assert_eq!((page.status.as_u16(), page.heading().as_str()), (503, SILENT), "{door:?}");
        assert!(log.line(&page.code()).contains(told), "{door:?}: {}", log.line(&page.code()));
        assert!(page.cookies_set().is_empty());
        assert_eq!(house.uni.received().strayed, 0);
    }
}

// C19
#[tokio::test]
async fn a_provider_that_was_not_allowed_a_private_address_is_not_looked_for_there() {
    let (log, house) = (crate::log::Log::open(), House::open().await);
    house.behave(|uni| uni.discovery = DiscoveryDoor::Private);
    // `allow_private` is for the operator's own network: a private address is then as good as any, by https.
    assert_eq!(house.browser().go("/auth/notes").await.status, 303);
    house.reconfigure(|plan| {
        plan.provider("uni").set("allow_private", "false").text("issuer", "https://10.0.0.1");
    });
    let page = house.browser().go("/auth/notes").await;
    assert_eq!(page.status, 503);
    let line = log.line(&page.code());
    assert!(line.contains("10.0.0.1, address: a private address; `allow_private` would let it"), "{line}");
}

// C19
#[tokio::test]
async fn a_key_set_that_is_broken_is_no_key_set_and_odd_keys_in_it_do_no_harm() {
    for (door, status) in [
        (JwksDoor::Bare, 303),
        (JwksDoor::Mixed, 303),
        (JwksDoor::Empty, 400),
        (JwksDoor::Broken, 503),
        (JwksDoor::Redirects, 503),
        (JwksDoor::Huge, 503),
        (JwksDoor::KeysTwice, 503),
    ] {
        let house = House::open().await;
        house.behave(|uni| uni.jwks = door);
        let browser = house.browser();
        let page = browser.sign_in("/auth/notes").await;
        assert_eq!(page.status, status, "{door:?}: {}", page.text());
        assert_eq!(browser.session().is_some(), status == 303);
        assert_eq!(house.uni.received().strayed, 0);
    }
}

// C19, C5
#[tokio::test]
async fn a_token_endpoint_that_misbehaves_gets_nobody_in_and_is_asked_once() {
    let house = House::open().await;
    for (door, status, heading) in [
        (TokenDoor::Huge, 503, SILENT),
        (TokenDoor::Bomb, 503, SILENT),
        (TokenDoor::Redirects, 503, SILENT),
        (TokenDoor::Broken, 503, SILENT),
        (TokenDoor::NotJson, 503, SILENT),
        (TokenDoor::NoAccessToken, 503, SILENT),
        (TokenDoor::OtherTokenType, 503, SILENT),
        (TokenDoor::NoIdToken, 400, UNTRUSTED),
        (TokenDoor::InvalidGrant, 400, UNTRUSTED),
    ] {
        let asked = house.uni.received().token.len();
        house.behave(|uni| uni.token = door);
        let browser = house.browser();
        let page = browser.sign_in("/auth/notes").await;
        assert_eq!((page.status.as_u16(), page.heading().as_str()), (status, heading), "{door:?}");
        assert!(browser.session().is_none() && page.cookies_set().is_empty());
        assert_eq!(house.uni.received().token.len(), asked + 1, "{door:?}");
    }
    assert_eq!(house.uni.received().strayed, 0);
}

// C19
#[tokio::test]
async fn a_provider_that_hangs_is_waited_for_ten_seconds_and_holds_up_nobody_else() {
    let house = House::with_two_providers().await;
    house.behave(|uni| uni.token = TokenDoor::Slow(std::time::Duration::from_mins(10)));
    let (slow, quick) = (house.browser(), house.browser());
    let begun = Instant::now();
    let waits = async {
        let page = slow.sign_in("/auth/notes?provider=uni").await;
        assert_eq!((page.status.as_u16(), page.heading().as_str()), (503, SILENT));
        begun.elapsed()
    };
    let passes = async {
        quick.sign_in("/auth/notes?provider=lab").await.token_at(NOTES);
        begun.elapsed()
    };
    let (waited, quicker) = tokio::join!(waits, passes);
    assert!((9..120).contains(&waited.as_secs()) && quicker < waited, "{waited:?} {quicker:?}");
}
