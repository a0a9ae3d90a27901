//! What differs at Example Social: its token answer and its API.

use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use serde_json::json;
use url::form_urlencoded;

use super::{ISSUER, PersonSelection, Site, TestProvider, TestResponse, challenge, redemption, request};

fn social() -> TestProvider {
    TestProvider::at(Site::Social, PersonSelection::ByPage)
}

fn field(answer: &TestResponse, name: &str) -> Option<String> {
    form_urlencoded::parse(answer.body.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

impl TestProvider {
    async fn code_of(&mut self, username: &str, scope: &str) -> String {
        let challenge = challenge();
        let asked = request(&challenge, &[("scope", scope), ("nonce", "")]);
        self.press(&asked, ("person", username)).await.parameter("code").unwrap()
    }

    async fn me(&mut self, token: &str) -> TestResponse {
        let request = axum::http::Request::get("/me").header(AUTHORIZATION, format!("Bearer {token}"));
        self.send(request.body(axum::body::Body::empty()).unwrap()).await
    }
}

#[tokio::test]
async fn the_token_answer_is_a_form_with_commas_and_the_api_says_who_it_is() {
    let mut provider = social();
    for (username, id, name, verified) in
        [("mia", 583_231_u64, "Mia Tanaka", true), ("leo", 9_007_199_254_740_993, "Léo Martin", false)]
    {
        let code = provider.code_of(username, "profile email groups").await;
        let answer = provider.token(&redemption(&code)).await;
        assert_eq!((answer.status, answer.header("cache-control")), (StatusCode::OK, "no-store"));
        assert_eq!(answer.header("content-type"), "application/x-www-form-urlencoded");
        assert_eq!(field(&answer, "scope").as_deref(), Some("profile,email"));
        assert_eq!(field(&answer, "token_type").as_deref(), Some("bearer"));
        assert_eq!(field(&answer, "id_token"), None);
        let me = provider.me(&field(&answer, "access_token").unwrap()).await.json();
        let email = json!({ "address": format!("{username}@makers.example"), "verified": verified });
        assert_eq!(me, json!({ "id": id, "login": username, "name": name, "email": email }));
    }
}

#[tokio::test]
async fn the_api_shows_what_the_scopes_allow_and_needs_a_token() {
    let mut provider = social();
    let code = provider.code_of("mia", "").await;
    let answer = provider.token(&redemption(&code)).await;
    let token = field(&answer, "access_token").unwrap();
    assert_eq!(provider.me(&token).await.json(), json!({ "id": 583_231, "login": "mia" }));
    for (response, challenge) in
        [(provider.get("/me").await, "Bearer"), (provider.me("unheard-of").await, "Bearer error=\"invalid_token\"")]
    {
        assert_eq!((response.status, response.header("www-authenticate")), (StatusCode::UNAUTHORIZED, challenge));
    }
    provider.advance(300);
    assert_eq!(provider.me(&token).await.status, StatusCode::UNAUTHORIZED);
}

// C59, C60, C65
#[tokio::test]
async fn the_social_network_requires_pkce_and_redeems_a_code_once_too() {
    let mut provider = social();
    let own = challenge();
    for change in [("code_challenge", ""), ("code_challenge_method", "plain"), ("code_challenge_method", "")] {
        let refused = provider.authorize(&request(&own, &[("scope", "profile"), change])).await;
        assert_eq!(refused.parameter("error").as_deref(), Some("invalid_request"), "{change:?}");
        assert_eq!(refused.parameter("iss").as_deref(), Some(ISSUER));
    }
    let code = provider.code_of("mia", "profile").await;
    let mut form = redemption(&code);
    form.retain(|(name, _)| *name != "code_verifier");
    assert_eq!(provider.token(&form).await.json()["error"], "invalid_grant");
    let code = provider.code_of("mia", "profile").await;
    let answer = provider.token(&redemption(&code)).await;
    assert_eq!(provider.token(&redemption(&code)).await.json()["error"], "invalid_grant");
    let revoked = provider.me(&field(&answer, "access_token").unwrap()).await;
    assert_eq!(revoked.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_person_can_go_back_without_signing_in() {
    let mut provider = social();
    let own = challenge();
    let asked = request(&own, &[("scope", "profile email")]);
    let page = provider.authorize(&asked).await;
    for words in ["Example Social", "Mia Tanaka", "Léo Martin", "your name and your e‑mail address.", "No, go back"]
    {
        assert!(page.body.contains(words), "{words} in {}", page.body);
    }
    let back = provider.press(&asked, ("answer", "no")).await;
    assert_eq!(back.parameter("error").as_deref(), Some("access_denied"));
    assert!(provider.cookie.is_none());
}

/// Both are on one machine, where cookies of all ports are sent to each.
#[tokio::test]
async fn the_sessions_of_both_providers_have_cookies_of_their_own() {
    let own = challenge();
    let mut provider = social();
    provider.code_of("mia", "").await;
    let mut university = TestProvider::new(PersonSelection::ByPage);
    university.code(&request(&own, &[])).await;
    let name = |cookie: &Option<String>| cookie.as_ref().unwrap().split_once('=').unwrap().0.to_owned();
    assert_ne!(name(&provider.cookie), name(&university.cookie));
}

#[tokio::test]
async fn the_social_network_publishes_no_metadata() {
    let mut provider = social();
    for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/jwks", "/userinfo"] {
        assert_eq!(provider.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}
