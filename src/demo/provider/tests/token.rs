//! Codes, tokens and userinfo.

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{Request, StatusCode};
use josekit::jwk::Jwk;
use josekit::jws::RS256;
use openidconnect::core::{CoreIdTokenVerifier, CoreJsonWebKeySet, CoreProviderMetadata, CoreTokenResponse};
use openidconnect::{AccessTokenHash, ClientId, ClientSecret, Nonce, OAuth2TokenResponse as _, TokenResponse as _};
use serde_json::Value;

use super::super::university::at_hash;
use super::{ISSUER, PersonSelection, START_TIME, TestProvider, basic, challenge, query, redemption, request};
use crate::base::clock::Clock;

async fn verified(provider: &mut TestProvider, token: &str) -> Value {
    let keys = provider.get("/jwks").await.json();
    let key = Jwk::from_map(keys["keys"][0].as_object().unwrap().clone()).unwrap();
    let verifier = RS256.verifier_from_jwk(&key).unwrap();
    let (payload, header) = josekit::jws::deserialize_compact(token, &verifier).unwrap();
    assert_eq!(header.key_id(), key.key_id());
    serde_json::from_slice(&payload).unwrap()
}

#[tokio::test]
async fn the_id_token_is_signed_and_names_person_time_and_client() {
    let mut provider = TestProvider::new(PersonSelection::ByPage);
    let challenge = challenge();
    let code = provider.code(&request(&challenge, &[])).await;
    provider.advance(30);
    let response = provider.token(&redemption(&code)).await;
    assert_eq!((response.status, response.header("cache-control")), (StatusCode::OK, "no-store"));
    let answer = response.json();
    assert_eq!(answer["token_type"], "Bearer");
    let claims = verified(&mut provider, answer["id_token"].as_str().unwrap()).await;
    let expected = serde_json::json!({
        "iss": ISSUER, "aud": "vesti:bule", "sub": "u-00001815", "nonce": "n-once",
        "iat": START_TIME + 30, "exp": START_TIME + 330, "auth_time": START_TIME,
        "at_hash": at_hash(answer["access_token"].as_str().unwrap()),
        "name": "Ada Lovelace", "preferred_username": "ada",
        "email": "ada@example.edu", "email_verified": true, "groups": ["urn:uni:staff"],
    });
    assert_eq!(claims, expected);
}

#[tokio::test]
async fn another_openid_library_accepts_the_id_token() {
    let mut provider = TestProvider::new(PersonSelection::ByPage);
    // The library's clock can't be set, so the test's clock follows it.
    provider.advance(Clock::system().now().unix_timestamp() - START_TIME);
    let metadata: CoreProviderMetadata =
        serde_json::from_str(&provider.get("/.well-known/openid-configuration").await.body).unwrap();
    assert_eq!(metadata.issuer().as_str(), ISSUER);
    let keys: CoreJsonWebKeySet = serde_json::from_str(&provider.get("/jwks").await.body).unwrap();
    let challenge = challenge();
    let code = provider.code(&request(&challenge, &[])).await;
    let answer: CoreTokenResponse = serde_json::from_str(&provider.token(&redemption(&code)).await.body).unwrap();
    let verifier = CoreIdTokenVerifier::new_confidential_client(
        ClientId::new("vesti:bule".into()),
        ClientSecret::new("s e%cret".into()),
        metadata.issuer().clone(),
        keys,
    )
    .set_auth_time_verifier_fn(|at| at.map(|_| ()).ok_or_else(|| "no auth_time".into()));
    let token = answer.id_token().unwrap();
    let claims = token.claims(&verifier, &Nonce::new("n-once".into())).unwrap();
    assert_eq!(claims.subject().as_str(), "u-00001815");
    let key = token.signing_key(&verifier).unwrap();
    let hash = AccessTokenHash::from_token(answer.access_token(), token.signing_alg().unwrap(), key).unwrap();
    assert_eq!(claims.access_token_hash(), Some(&hash));
}

#[test]
fn at_hash_is_the_left_half_of_the_hash() {
    // The example of OpenID Connect Core, A.4.
    assert_eq!(at_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"), "77QmUPtjPfzWtF2AnpK9RQ");
}

#[tokio::test]
async fn claims_follow_the_scopes() {
    let mut provider = TestProvider::new(PersonSelection::ByPage);
    let challenge = challenge();
    let code = provider.code(&request(&challenge, &[("scope", "openid unheard-of email")])).await;
    let answer = provider.token(&redemption(&code)).await.json();
    assert_eq!(answer["scope"], "openid email");
    let claims = verified(&mut provider, answer["id_token"].as_str().unwrap()).await;
    assert!(claims.get("email").is_some() && claims.get("name").is_none() && claims.get("groups").is_none());
    let userinfo = provider.userinfo(answer["access_token"].as_str().unwrap()).await.json();
    assert_eq!(userinfo, serde_json::json!({"sub": "u-00001815", "email": "ada@example.edu", "email_verified": true}));
}

// C60
#[tokio::test]
async fn a_code_works_once_and_a_second_use_revokes_its_token() {
    let mut provider = TestProvider::new(PersonSelection::ByPage);
    let challenge = challenge();
    let code = provider.code(&request(&challenge, &[])).await;
    let answer = provider.token(&redemption(&code)).await.json();
    let access = answer["access_token"].as_str().unwrap();
    assert_eq!(provider.userinfo(access).await.status, StatusCode::OK);
    let again = provider.token(&redemption(&code)).await;
    assert_eq!((again.status, &again.json()["error"]), (StatusCode::BAD_REQUEST, &"invalid_grant".into()));
    let dead = provider.userinfo(access).await;
    assert_eq!(dead.status, StatusCode::UNAUTHORIZED);
    assert!(dead.header("www-authenticate").contains("invalid_token"));
}

// C60
#[tokio::test]
async fn a_code_is_valid_for_a_minute() {
    let mut provider = TestProvider::new(PersonSelection::ByPage);
    let challenge = challenge();
    let code = provider.code(&request(&challenge, &[])).await;
    provider.advance(60);
    assert_eq!(provider.token(&redemption(&code)).await.json()["error"], "invalid_grant");
}

// C59, C60
#[tokio::test]
async fn a_code_needs_its_own_address_and_its_own_verifier() {
    let mut provider = TestProvider::new(PersonSelection::ByPage);
    let challenge = challenge();
    for (name, value) in [
        ("redirect_uri", "http://localhost:8080/callback/uni?x=1"),
        ("redirect_uri", ""),
        ("code_verifier", "another-verifier-of-forty-three-characters-too"),
        ("code_verifier", challenge.as_str()),
        ("code_verifier", ""),
        ("code", "unheard-of"),
    ] {
        let code = provider.code(&request(&challenge, &[])).await;
        let mut form = redemption(&code);
        form.retain(|(known, _)| *known != name);
        form.push((name, value));
        assert_eq!(provider.token(&form).await.json()["error"], "invalid_grant", "{name}={value}");
    }
}

#[tokio::test]
async fn a_service_sends_its_secret_in_one_of_two_ways_and_not_in_both() {
    let mut provider = TestProvider::new(PersonSelection::ByPage);
    let challenge = challenge();
    let ours = [("client_id", "vesti:bule"), ("client_secret", "s e%cret")];
    let named = &ours[..1];
    let wrong = [("client_id", "vesti:bule"), ("client_secret", "wrong")];
    let basic = basic();
    for (authorization, fields, error) in [
        (Some(basic.as_str()), &[][..], None),
        (None, &ours[..], None),
        (Some(&basic), named, None),
        (Some(&basic), &ours, Some("invalid_request")),
        (None, named, Some("invalid_client")),
        (None, &wrong, Some("invalid_client")),
        (Some("Basic !"), &[], Some("invalid_client")),
        (None, &[], Some("invalid_client")),
    ] {
        let code = provider.code(&request(&challenge, &[])).await;
        let mut form = redemption(&code);
        form.extend_from_slice(fields);
        let mut request = Request::post("/token").header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let response = provider.send(request.body(Body::from(query(&form))).unwrap()).await;
        assert_eq!(response.json().get("error").and_then(Value::as_str), error, "{authorization:?} {fields:?}");
        if error == Some("invalid_client") {
            assert_eq!(response.status, StatusCode::UNAUTHORIZED);
            assert!(response.header("www-authenticate").starts_with("Basic"));
        }
    }
}

#[tokio::test]
async fn only_codes_in_a_form_are_accepted() {
    let mut provider = TestProvider::new(PersonSelection::ByPage);
    assert_eq!(provider.token(&[("grant_type", "password")]).await.json()["error"], "unsupported_grant_type");
    assert_eq!(provider.token(&[]).await.json()["error"], "invalid_request");
    assert_eq!(provider.token(&[("code", "a"), ("code", "b")]).await.json()["error"], "invalid_request");
    let json = Request::post("/token").header(CONTENT_TYPE, "application/json").header(AUTHORIZATION, basic());
    assert_eq!(provider.send(json.body(Body::from("{}")).unwrap()).await.json()["error"], "invalid_request");
}

#[tokio::test]
async fn an_access_token_opens_userinfo_for_five_minutes() {
    let mut provider = TestProvider::new(PersonSelection::ByPage);
    let challenge = challenge();
    let code = provider.code(&request(&challenge, &[])).await;
    let answer = provider.token(&redemption(&code)).await.json();
    let access = answer["access_token"].as_str().unwrap();
    assert_eq!(provider.userinfo(access).await.json()["groups"][0], "urn:uni:staff");
    provider.advance(300);
    assert_eq!(provider.userinfo(access).await.status, StatusCode::UNAUTHORIZED);
    let bare = provider.get("/userinfo").await;
    assert_eq!((bare.status, bare.header("www-authenticate")), (StatusCode::UNAUTHORIZED, "Bearer"));
}
