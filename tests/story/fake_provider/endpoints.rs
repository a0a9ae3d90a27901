//! The fake provider's endpoints, working and broken.

use std::time::{Duration, Instant};

use reqwest::header::CONTENT_ENCODING;
use serde_json::Value;
use support::provider::{
    Answer, ClaimDefect, Defect, DiscoveryEndpoint, Fields, IssuerInAnswer, IssuerPromise, JwksEndpoint, KeyDefect,
    TokenEndpoint, UserinfoEndpoint,
};

use super::{RelyingParty, VERIFIER};

#[tokio::test]
async fn the_authorization_endpoint_answers_as_configured() {
    let client = RelyingParty::new().await;
    let honest_answer = client.answer().await;
    assert_eq!(
        [honest_answer.get("state"), honest_answer.get("iss")],
        [Some("st\"<&te"), Some(client.provider.issuer())]
    );
    client.provider.behave(|b| b.iss = IssuerInAnswer::Missing);
    assert!(!client.answer().await.has("iss"));
    client.provider.behave(|b| b.iss = IssuerInAnswer::Wrong);
    assert_ne!(client.answer().await.get("iss"), Some(client.provider.issuer()));
    client.provider.behave(|b| b.answer = Answer::Denied("not today".into()));
    let denied = client.answer().await;
    assert_eq!([denied.get("error"), denied.get("error_description")], [Some("access_denied"), Some("not today")]);
    assert!(denied.has("state") && !denied.has("code"));
    client.provider.behave(|b| b.answer = Answer::Error("temporarily_unavailable".into()));
    assert_eq!(client.answer().await.get("error"), Some("temporarily_unavailable"));
    client.provider.behave(|b| b.answer = Answer::DeniedWithOtherState);
    assert_ne!(client.answer().await.get("state"), honest_answer.get("state"));
    client.provider.behave(|b| b.answer = Answer::CodeWithOtherState);
    let strange = client.answer().await;
    assert!(strange.has("code") && strange.get("state") != honest_answer.get("state"));
    client.provider.behave(|b| b.answer = Answer::CodeWithoutState);
    assert!(!client.answer().await.has("state"));
}

#[tokio::test]
async fn a_form_post_carries_the_same_answer() {
    let client = RelyingParty::new().await;
    let page = client.begin(&[("response_mode", "form_post")]).await.text().await.unwrap();
    let posted = Fields::of_form(&page);
    assert_eq!([posted.get("state"), posted.get("iss")], [Some("st\"<&te"), Some(client.provider.issuer())]);
    let tokens = client.redeem(posted.get("code").unwrap(), VERIFIER).await;
    assert_eq!(tokens.status(), 200);
}

#[tokio::test]
async fn a_code_is_redeemed_once_and_only_with_its_verifier() {
    let client = RelyingParty::new().await;
    let code = client.answer().await.get("code").unwrap().to_owned();
    assert_eq!(client.redeem(&code, VERIFIER).await.status(), 200);
    assert_eq!(client.redeem(&code, VERIFIER).await.status(), 400);
    let code = client.answer().await.get("code").unwrap().to_owned();
    assert_eq!(client.redeem(&code, "another").await.status(), 400);
    let received = client.provider.received();
    assert_eq!((received.authorize.len(), received.token.len()), (2, 3));
    assert_eq!(received.authorize[0].get("nonce"), Some("n-once"));
    assert_eq!(received.token[2].form.get("code_verifier"), Some("another"));
    assert!(received.token[0].headers.contains_key("content-type"));
}

#[tokio::test]
async fn the_token_endpoint_breaks_as_configured() {
    let client = RelyingParty::new().await;
    let endpoint = async |endpoint| {
        client.provider.behave(|b| b.token = endpoint);
        client.exchange().await
    };
    for (broken, status) in [
        (TokenEndpoint::InvalidClient, 401),
        (TokenEndpoint::InvalidGrant, 400),
        (TokenEndpoint::Broken, 500),
        (TokenEndpoint::Redirects, 302),
    ] {
        assert_eq!(endpoint(broken).await.status(), status);
    }
    assert!(endpoint(TokenEndpoint::Huge).await.bytes().await.unwrap().len() > 2 << 20);
    assert!(endpoint(TokenEndpoint::NotJson).await.json::<Value>().await.is_err());
    for (endpoint_without, member) in
        [(TokenEndpoint::NoIdToken, "id_token"), (TokenEndpoint::NoAccessToken, "access_token")]
    {
        let answer: Value = endpoint(endpoint_without).await.json().await.unwrap();
        assert!(answer.get(member).is_none() && answer.get("expires_in").is_some());
    }
    assert_eq!(endpoint(TokenEndpoint::OtherTokenType).await.json::<Value>().await.unwrap()["token_type"], "mac");
    let bomb = endpoint(TokenEndpoint::GzipBomb).await;
    assert_eq!(bomb.headers()[CONTENT_ENCODING], "gzip");
    let bytes = bomb.bytes().await.unwrap();
    assert!(bytes.len() < 64 << 10, "{}", bytes.len());
    assert!(u32::from_le_bytes(bytes[bytes.len() - 4..].try_into().unwrap()) > 8_000_000);
    let began = Instant::now();
    assert_eq!(endpoint(TokenEndpoint::Slow(Duration::from_millis(200))).await.status(), 200);
    assert!(began.elapsed() >= Duration::from_millis(200));
    assert_eq!(endpoint(TokenEndpoint::Good).await.status(), 200);
}

#[tokio::test]
async fn userinfo_breaks_as_configured() {
    let client = RelyingParty::new().await;
    let endpoint = async |endpoint| {
        client.provider.behave(|b| b.userinfo = endpoint);
        client.userinfo().await
    };
    let claims: Value = endpoint(UserinfoEndpoint::Good).await.json().await.unwrap();
    assert_eq!([&claims["sub"], &claims["name"]], ["ada-1815", "Ada Lovelace"]);
    assert_eq!(endpoint(UserinfoEndpoint::OtherSub).await.json::<Value>().await.unwrap()["sub"], "mallory");
    assert!(endpoint(UserinfoEndpoint::SubNumber).await.json::<Value>().await.unwrap()["sub"].is_number());
    assert!(endpoint(UserinfoEndpoint::SubMissing).await.json::<Value>().await.unwrap().get("sub").is_none());
    assert_eq!(endpoint(UserinfoEndpoint::SubTwice).await.text().await.unwrap().matches("\"sub\":").count(), 2);
    assert!(endpoint(UserinfoEndpoint::NotJson).await.json::<Value>().await.is_err());
    assert_eq!(endpoint(UserinfoEndpoint::Broken).await.status(), 500);
    assert!(endpoint(UserinfoEndpoint::Huge).await.bytes().await.unwrap().len() > 2 << 20);
    assert_eq!(endpoint(UserinfoEndpoint::Redirects).await.status(), 302);
    assert_eq!(client.get("/userinfo").await.status(), 401);
    let asked = client.provider.received().userinfo;
    assert_eq!((asked.len(), asked[0].is_some(), asked[9].is_some()), (10, true, false));
    // openidconnect verifies the good one, and refuses one by another key.
    for (jwt, good) in [
        (UserinfoEndpoint::Jwt, true),
        (UserinfoEndpoint::JwtWith(Defect::Key(KeyDefect::SignedByAnother)), false),
        (UserinfoEndpoint::JwtWith(Defect::Claim(ClaimDefect::AudOther)), false),
    ] {
        client.provider.behave(|b| b.userinfo = jwt);
        assert_eq!(client.verified_userinfo().await.is_ok(), good, "{jwt:?}");
    }
}

#[tokio::test]
async fn the_metadata_break_as_configured() {
    let client = RelyingParty::new().await;
    let path = "/.well-known/openid-configuration";
    let endpoint = async |endpoint| {
        client.provider.behave(|b| b.discovery = endpoint);
        client.get(path).await
    };
    let metadata: Value = endpoint(DiscoveryEndpoint::Good).await.json().await.unwrap();
    assert_eq!(metadata["issuer"], client.provider.issuer());
    for (other, member) in [
        (DiscoveryEndpoint::OtherIssuer, "issuer"),
        (DiscoveryEndpoint::IssuerWithSlash, "issuer"),
        (DiscoveryEndpoint::PlainHttp, "token_endpoint"),
        (DiscoveryEndpoint::Private, "token_endpoint"),
    ] {
        let changed: Value = endpoint(other).await.json().await.unwrap();
        let differ = metadata.as_object().unwrap().iter().filter(|(name, value)| changed[name.as_str()] != **value);
        assert_eq!(differ.map(|(name, _)| name.as_str()).collect::<Vec<_>>(), [member], "{other:?}");
    }
    assert_eq!(endpoint(DiscoveryEndpoint::Broken).await.status(), 500);
    assert_eq!(endpoint(DiscoveryEndpoint::Redirects).await.status(), 302);
    assert!(endpoint(DiscoveryEndpoint::Huge).await.bytes().await.unwrap().len() > 2 << 20);
    assert_eq!(endpoint(DiscoveryEndpoint::IssuerTwice).await.text().await.unwrap().matches("\"issuer\":").count(), 2);
    assert!(endpoint(DiscoveryEndpoint::NotJson).await.json::<Value>().await.is_err());
    client.provider.behave_well();
    client.provider.behave(|b| b.promise = IssuerPromise::NotGiven);
    assert!(client.json(path).await.get("authorization_response_iss_parameter_supported").is_none());
    assert_eq!(client.provider.received().discovery, 11);
}

#[tokio::test]
async fn the_key_set_breaks_as_configured() {
    let client = RelyingParty::new().await;
    let endpoint = async |endpoint| {
        client.provider.behave(|b| b.jwks = endpoint);
        client.get("/jwks").await
    };
    let count = |set: Value| set["keys"].as_array().unwrap().len();
    assert_eq!(count(endpoint(JwksEndpoint::Good).await.json().await.unwrap()), 1);
    assert_eq!(count(endpoint(JwksEndpoint::Mixed).await.json().await.unwrap()), 5);
    assert_eq!(count(endpoint(JwksEndpoint::Empty).await.json().await.unwrap()), 0);
    let bare: Value = endpoint(JwksEndpoint::WithoutAlgAndUse).await.json().await.unwrap();
    assert!(bare["keys"][0].get("alg").is_none() && bare["keys"][0].get("kid").is_some());
    assert_eq!(endpoint(JwksEndpoint::Broken).await.status(), 500);
    assert_eq!(endpoint(JwksEndpoint::Redirects).await.status(), 302);
    assert!(endpoint(JwksEndpoint::Huge).await.bytes().await.unwrap().len() > 2 << 20);
    assert_eq!(endpoint(JwksEndpoint::KeysTwice).await.text().await.unwrap().matches("\"keys\":").count(), 2);
}

#[tokio::test]
async fn the_provider_restarts_on_the_same_port() {
    let client = RelyingParty::new().await;
    assert_eq!(client.get("/jwks").await.status(), 200);
    client.provider.stop().await;
    let dead = async || client.http.get(format!("{}/jwks", client.provider.issuer())).send().await;
    // The first request may still reuse the kept-alive connection and lose it.
    assert!(dead().await.is_err());
    assert!(dead().await.unwrap_err().is_connect());
    client.provider.restart().await;
    assert_eq!(client.verified().await.1, Ok(()));
}

#[tokio::test]
async fn a_followed_redirect_is_counted() {
    let client = RelyingParty::new().await;
    client.get("/stray").await;
    assert_eq!(client.provider.received().stray_requests, 1);
}
