//! The endpoints, whole and broken.

use std::time::{Duration, Instant};

use reqwest::header::CONTENT_ENCODING;
use serde_json::Value;
use support::provider::{
    Answer, DiscoveryEndpoint, Fields, IssuerInAnswer, IssuerPromise, JwksEndpoint, TokenEndpoint, UserinfoEndpoint,
};

use super::{Service, VERIFIER};

#[tokio::test]
async fn it_answers_the_browser_as_set() {
    let service = Service::new().await;
    let true_answer = service.answer().await;
    assert_eq!([true_answer.get("state"), true_answer.get("iss")], [Some("st\"<&te"), Some(service.provider.issuer())]);
    service.provider.behave(|b| b.iss = IssuerInAnswer::Missing);
    assert!(!service.answer().await.has("iss"));
    service.provider.behave(|b| b.iss = IssuerInAnswer::Wrong);
    assert_ne!(service.answer().await.get("iss"), Some(service.provider.issuer()));
    service.provider.behave(|b| b.answer = Answer::Denied("not today".into()));
    let denied = service.answer().await;
    assert_eq!([denied.get("error"), denied.get("error_description")], [Some("access_denied"), Some("not today")]);
    assert!(denied.has("state") && !denied.has("code"));
    service.provider.behave(|b| b.answer = Answer::Error("temporarily_unavailable".into()));
    assert_eq!(service.answer().await.get("error"), Some("temporarily_unavailable"));
    service.provider.behave(|b| b.answer = Answer::DeniedWithOtherState);
    assert_ne!(service.answer().await.get("state"), true_answer.get("state"));
    service.provider.behave(|b| b.answer = Answer::CodeWithOtherState);
    let strange = service.answer().await;
    assert!(strange.has("code") && strange.get("state") != true_answer.get("state"));
    service.provider.behave(|b| b.answer = Answer::CodeWithoutState);
    assert!(!service.answer().await.has("state"));
}

#[tokio::test]
async fn a_form_carries_the_same_answer() {
    let service = Service::new().await;
    let page = service.begin(&[("response_mode", "form_post")]).await.text().await.unwrap();
    let posted = Fields::of_form(&page);
    assert_eq!([posted.get("state"), posted.get("iss")], [Some("st\"<&te"), Some(service.provider.issuer())]);
    let tokens = service.redeem(posted.get("code").unwrap(), VERIFIER).await;
    assert_eq!(tokens.status(), 200);
}

#[tokio::test]
async fn a_code_is_redeemed_once_and_with_its_verifier() {
    let service = Service::new().await;
    let code = service.answer().await.get("code").unwrap().to_owned();
    assert_eq!(service.redeem(&code, VERIFIER).await.status(), 200);
    assert_eq!(service.redeem(&code, VERIFIER).await.status(), 400);
    let code = service.answer().await.get("code").unwrap().to_owned();
    assert_eq!(service.redeem(&code, "another").await.status(), 400);
    let received = service.provider.received();
    assert_eq!((received.authorize.len(), received.token.len()), (2, 3));
    assert_eq!(received.authorize[0].get("nonce"), Some("n-once"));
    assert_eq!(received.token[2].form.get("code_verifier"), Some("another"));
    assert!(received.token[0].headers.contains_key("content-type"));
}

#[tokio::test]
async fn the_token_endpoint_breaks_as_set() {
    let service = Service::new().await;
    let door = async |door| {
        service.provider.behave(|b| b.token = door);
        service.exchange().await
    };
    for (broken, status) in [
        (TokenEndpoint::InvalidClient, 401),
        (TokenEndpoint::InvalidGrant, 400),
        (TokenEndpoint::Broken, 500),
        (TokenEndpoint::Redirects, 302),
    ] {
        assert_eq!(door(broken).await.status(), status);
    }
    assert!(door(TokenEndpoint::Huge).await.bytes().await.unwrap().len() > 2 << 20);
    assert!(door(TokenEndpoint::NotJson).await.json::<Value>().await.is_err());
    for (door_without, member) in
        [(TokenEndpoint::NoIdToken, "id_token"), (TokenEndpoint::NoAccessToken, "access_token")]
    {
        let answer: Value = door(door_without).await.json().await.unwrap();
        assert!(answer.get(member).is_none() && answer.get("expires_in").is_some());
    }
    assert_eq!(door(TokenEndpoint::OtherTokenType).await.json::<Value>().await.unwrap()["token_type"], "mac");
    let bomb = door(TokenEndpoint::Bomb).await;
    assert_eq!(bomb.headers()[CONTENT_ENCODING], "gzip");
    let bytes = bomb.bytes().await.unwrap();
    assert!(bytes.len() < 64 << 10, "{}", bytes.len());
    assert!(u32::from_le_bytes(bytes[bytes.len() - 4..].try_into().unwrap()) > 8_000_000);
    let began = Instant::now();
    assert_eq!(door(TokenEndpoint::Slow(Duration::from_millis(200))).await.status(), 200);
    assert!(began.elapsed() >= Duration::from_millis(200));
    assert_eq!(door(TokenEndpoint::Good).await.status(), 200);
}

#[tokio::test]
async fn userinfo_breaks_as_set() {
    let service = Service::new().await;
    let door = async |door| {
        service.provider.behave(|b| b.userinfo = door);
        service.userinfo().await
    };
    let told: Value = door(UserinfoEndpoint::Good).await.json().await.unwrap();
    assert_eq!([&told["sub"], &told["name"]], ["ada-1815", "Ada Lovelace"]);
    assert_eq!(door(UserinfoEndpoint::OtherSub).await.json::<Value>().await.unwrap()["sub"], "mallory");
    assert!(door(UserinfoEndpoint::SubNumber).await.json::<Value>().await.unwrap()["sub"].is_number());
    assert!(door(UserinfoEndpoint::SubMissing).await.json::<Value>().await.unwrap().get("sub").is_none());
    assert_eq!(door(UserinfoEndpoint::SubTwice).await.text().await.unwrap().matches("\"sub\":").count(), 2);
    assert!(door(UserinfoEndpoint::NotJson).await.json::<Value>().await.is_err());
    assert_eq!(door(UserinfoEndpoint::Broken).await.status(), 500);
    assert!(door(UserinfoEndpoint::Huge).await.bytes().await.unwrap().len() > 2 << 20);
    assert_eq!(door(UserinfoEndpoint::Redirects).await.status(), 302);
    assert_eq!(service.get("/userinfo").await.status(), 401);
    let asked = service.provider.received().userinfo;
    assert_eq!((asked.len(), asked[0].is_some(), asked[9].is_some()), (10, true, false));
}

#[tokio::test]
async fn its_metadata_break_as_set() {
    let service = Service::new().await;
    let path = "/.well-known/openid-configuration";
    let door = async |door| {
        service.provider.behave(|b| b.discovery = door);
        service.get(path).await
    };
    let said: Value = door(DiscoveryEndpoint::Good).await.json().await.unwrap();
    assert_eq!(said["issuer"], service.provider.issuer());
    for (other, member) in [
        (DiscoveryEndpoint::OtherIssuer, "issuer"),
        (DiscoveryEndpoint::IssuerWithSlash, "issuer"),
        (DiscoveryEndpoint::PlainHttp, "token_endpoint"),
        (DiscoveryEndpoint::Private, "token_endpoint"),
    ] {
        let changed: Value = door(other).await.json().await.unwrap();
        let differ = said.as_object().unwrap().iter().filter(|(name, value)| changed[name.as_str()] != **value);
        assert_eq!(differ.map(|(name, _)| name.as_str()).collect::<Vec<_>>(), [member], "{other:?}");
    }
    assert_eq!(door(DiscoveryEndpoint::Broken).await.status(), 500);
    assert_eq!(door(DiscoveryEndpoint::Redirects).await.status(), 302);
    assert!(door(DiscoveryEndpoint::Huge).await.bytes().await.unwrap().len() > 2 << 20);
    assert_eq!(door(DiscoveryEndpoint::IssuerTwice).await.text().await.unwrap().matches("\"issuer\":").count(), 2);
    assert!(door(DiscoveryEndpoint::NotJson).await.json::<Value>().await.is_err());
    service.provider.behave_well();
    service.provider.behave(|b| b.promise = IssuerPromise::NotGiven);
    assert!(service.json(path).await.get("authorization_response_iss_parameter_supported").is_none());
    assert_eq!(service.provider.received().discovery, 11);
}

#[tokio::test]
async fn its_key_set_breaks_as_set() {
    let service = Service::new().await;
    let door = async |door| {
        service.provider.behave(|b| b.jwks = door);
        service.get("/jwks").await
    };
    let count = |set: Value| set["keys"].as_array().unwrap().len();
    assert_eq!(count(door(JwksEndpoint::Good).await.json().await.unwrap()), 1);
    assert_eq!(count(door(JwksEndpoint::Mixed).await.json().await.unwrap()), 5);
    assert_eq!(count(door(JwksEndpoint::Empty).await.json().await.unwrap()), 0);
    let bare: Value = door(JwksEndpoint::Bare).await.json().await.unwrap();
    assert!(bare["keys"][0].get("alg").is_none() && bare["keys"][0].get("kid").is_some());
    assert_eq!(door(JwksEndpoint::Broken).await.status(), 500);
    assert_eq!(door(JwksEndpoint::Redirects).await.status(), 302);
    assert!(door(JwksEndpoint::Huge).await.bytes().await.unwrap().len() > 2 << 20);
    assert_eq!(door(JwksEndpoint::KeysTwice).await.text().await.unwrap().matches("\"keys\":").count(), 2);
}

#[tokio::test]
async fn it_stops_and_starts_again_on_the_same_port() {
    let service = Service::new().await;
    assert_eq!(service.get("/jwks").await.status(), 200);
    service.provider.stop().await;
    let dead = async || service.http.get(format!("{}/jwks", service.provider.issuer())).send().await;
    // The first may still find the connection that was kept, and lose it.
    assert!(dead().await.is_err());
    assert!(dead().await.unwrap_err().is_connect());
    service.provider.restart().await;
    assert_eq!(service.verified().await.1, Ok(()));
}

#[tokio::test]
async fn a_followed_redirect_is_counted() {
    let service = Service::new().await;
    service.get("/stray").await;
    assert_eq!(service.provider.received().strayed, 1);
}
