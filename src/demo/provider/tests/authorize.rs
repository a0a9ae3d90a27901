//! Discovery, authorization requests, the page of choices, the session.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Request, StatusCode};

use super::{ISSUER, PersonSelection, REDIRECT_URI, TestProvider, challenge, query, request};

#[tokio::test]
async fn the_metadata_lists_what_the_university_supports() {
    let mut provider = TestProvider::new(PersonSelection::ByPage);
    let response = provider.get("/.well-known/openid-configuration").await;
    assert_eq!(response.header("content-type"), "application/json");
    let document = response.json();
    assert_eq!(document["issuer"], ISSUER);
    assert_eq!(document["jwks_uri"], format!("{ISSUER}/jwks"));
    assert_eq!(document["code_challenge_methods_supported"][0], "S256");
    assert_eq!(document["authorization_response_iss_parameter_supported"], true);
    let key = &provider.get("/jwks").await.json()["keys"][0];
    assert_eq!([&key["kty"], &key["alg"], &key["use"]], ["RSA", "RS256", "sig"]);
    assert!(key.get("d").is_none() && key.get("p").is_none());
}

#[tokio::test]
async fn a_person_is_chosen_and_goes_back_with_code_state_and_issuer() {
    let mut provider = TestProvider::new(PersonSelection::ByPage);
    let challenge = challenge();
    let asked = request(&challenge, &[]);
    let page = provider.authorize(&asked).await;
    assert_eq!(page.status, StatusCode::OK);
    for words in ["Ada Lovelace", "Ben Okafor", "Dee Sørensen", "No, go back", "http:&#x2f;&#x2f;localhost:8080"] {
        assert!(page.body.contains(words), "{words} in {}", page.body);
    }
    let response = provider.press(&asked, ("person", "ada")).await;
    assert_eq!(response.status, StatusCode::SEE_OTHER);
    assert!(response.location().starts_with(REDIRECT_URI));
    assert_eq!(response.parameter("state").as_deref(), Some("st&te"));
    // C65
    assert_eq!(response.parameter("iss").as_deref(), Some(ISSUER));
    assert_eq!(response.parameter("code").unwrap().len(), 43);
    assert_eq!([response.header("cache-control"), response.header("referrer-policy")], ["no-store", "no-referrer"]);
    let cookie = response.header("set-cookie");
    for word in ["__Host-", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(word), "{word} in {cookie}");
    }
}

#[tokio::test]
async fn a_person_can_refuse_to_sign_in() {
    let mut provider = TestProvider::new(PersonSelection::ByPage);
    let challenge = challenge();
    let response = provider.press(&request(&challenge, &[]), ("answer", "no")).await;
    assert_eq!(response.parameter("error").as_deref(), Some("access_denied"));
    assert_eq!(response.parameter("iss").as_deref(), Some(ISSUER));
    assert!(provider.cookie.is_none());
}

#[tokio::test]
async fn a_request_of_an_unknown_client_or_address_is_shown_only_to_the_person() {
    let mut provider = TestProvider::new(PersonSelection::ByLoginHint);
    let challenge = challenge();
    for change in [
        ("client_id", "other"),
        ("client_id", ""),
        ("redirect_uri", ""),
        ("redirect_uri", "http://localhost:8080/callback/uni/"),
        ("redirect_uri", "http://localhost:8080/callback/uni?"),
        ("redirect_uri", "http://localhost:8080/callback/uni#f"),
        ("redirect_uri", "HTTP://localhost:8080/callback/uni"),
        ("redirect_uri", "https://evil.example/"),
    ] {
        let response = provider.authorize(&request(&challenge, &[change, ("login_hint", "ada")])).await;
        assert_eq!((response.status, response.location()), (StatusCode::BAD_REQUEST, ""), "{change:?}");
    }
    let twice = format!("/authorize?{}&redirect_uri=https%3A%2F%2Fevil.example", query(&request(&challenge, &[])));
    assert_eq!(provider.get(&twice).await.status, StatusCode::BAD_REQUEST);
}

// C59, C65
#[tokio::test]
async fn every_other_fault_of_a_request_is_sent_to_the_service() {
    let mut provider = TestProvider::new(PersonSelection::ByLoginHint);
    let challenge = challenge();
    for (change, error) in [
        (("response_type", "token"), "unsupported_response_type"),
        (("response_type", ""), "invalid_request"),
        (("response_mode", "fragment"), "invalid_request"),
        (("scope", "profile"), "invalid_scope"),
        (("scope", "openidx"), "invalid_scope"),
        (("code_challenge", ""), "invalid_request"),
        (("code_challenge", "short"), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("code_challenge_method", ""), "invalid_request"),
        (("prompt", "none login"), "invalid_request"),
        (("max_age", "soon"), "invalid_request"),
        (("request", "e30.e30."), "request_not_supported"),
        (("request_uri", "https://evil.example"), "request_uri_not_supported"),
    ] {
        let response = provider.authorize(&request(&challenge, &[change, ("login_hint", "ada")])).await;
        assert_eq!(response.parameter("error").as_deref(), Some(error), "{change:?}");
        assert_eq!(response.parameter("state").as_deref(), Some("st&te"));
        assert_eq!(response.parameter("iss").as_deref(), Some(ISSUER));
        assert_eq!(response.parameter("code"), None);
    }
    let twice = format!("/authorize?{}&nonce=other", query(&request(&challenge, &[])));
    assert_eq!(provider.get(&twice).await.parameter("error").as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn a_session_answers_without_a_page_until_it_is_too_old() {
    let mut provider = TestProvider::new(PersonSelection::ByPage);
    let challenge = challenge();
    let silent = request(&challenge, &[("prompt", "none")]);
    assert_eq!(provider.authorize(&silent).await.parameter("error").as_deref(), Some("login_required"));
    provider.press(&request(&challenge, &[]), ("person", "ben")).await;
    provider.advance(100);
    assert!(provider.authorize(&silent).await.parameter("code").is_some());
    assert!(provider.authorize(&request(&challenge, &[])).await.parameter("code").is_some());
    let recent = request(&challenge, &[("prompt", "none"), ("max_age", "99")]);
    assert_eq!(provider.authorize(&recent).await.parameter("error").as_deref(), Some("login_required"));
    provider.advance(8 * 3600);
    assert_eq!(provider.authorize(&silent).await.parameter("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn a_service_can_have_the_person_asked_again() {
    let mut provider = TestProvider::new(PersonSelection::ByPage);
    let challenge = challenge();
    provider.press(&request(&challenge, &[]), ("person", "ben")).await;
    for prompt in ["login", "select_account", "consent", "login consent"] {
        let page = provider.authorize(&request(&challenge, &[("prompt", prompt)])).await;
        assert_eq!(page.status, StatusCode::OK, "{prompt}");
        assert!(page.body.contains("signed in"));
    }
}

#[tokio::test]
async fn a_choice_made_on_another_site_is_refused() {
    let mut provider = TestProvider::new(PersonSelection::ByPage);
    let challenge = challenge();
    for (header, value) in [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "null")] {
        let forged = Request::post(format!("/sign-in?{}", query(&request(&challenge, &[]))))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header, value);
        let response = provider.send(forged.body(Body::from("person=ada")).unwrap()).await;
        assert_eq!((response.status, provider.cookie.as_ref()), (StatusCode::FORBIDDEN, None), "{value}");
    }
}

#[tokio::test]
async fn a_form_posts_itself_if_the_service_asks_for_it() {
    let mut provider = TestProvider::new(PersonSelection::ByLoginHint);
    let challenge = challenge();
    let page = provider
        .authorize(&request(&challenge, &[("response_mode", "form_post"), ("login_hint", "ada"), ("state", "\"><b>")]))
        .await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("name=\"code\"") && page.body.contains("name=\"iss\""));
    assert!(page.body.contains("value=\"&quot;&gt;&lt;b&gt;\""), "{}", page.body);
    let policy = page.header("content-security-policy");
    assert!(policy.contains("form-action 'self' http://localhost:8080 "), "{policy}");
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"));
}

#[tokio::test]
async fn a_hint_chooses_the_person_only_if_the_settings_allow_it() {
    let challenge = challenge();
    let hinted = request(&challenge, &[("login_hint", "dee")]);
    let response = TestProvider::new(PersonSelection::ByLoginHint).authorize(&hinted).await;
    assert!(response.parameter("code").is_some());
    let page = TestProvider::new(PersonSelection::ByPage).authorize(&hinted).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.find("Dee").unwrap() < page.body.find("Ada").unwrap());
}

#[tokio::test]
async fn an_address_keeps_its_own_query() {
    let mut provider = TestProvider::new(PersonSelection::ByLoginHint);
    let (challenge, address) = (challenge(), format!("{REDIRECT_URI}?x=1"));
    let response = provider.authorize(&request(&challenge, &[("redirect_uri", &address), ("login_hint", "ada")])).await;
    assert!(response.location().starts_with(&format!("{address}&code=")));
}

#[tokio::test]
async fn the_request_may_come_as_a_form() {
    let mut provider = TestProvider::new(PersonSelection::ByLoginHint);
    let challenge = challenge();
    let form = query(&request(&challenge, &[("login_hint", "ada")]));
    let asked = Request::post("/authorize").header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    assert!(provider.send(asked.body(form.into()).unwrap()).await.parameter("code").is_some());
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let mut provider = TestProvider::new(PersonSelection::ByPage);
    let challenge = challenge();
    provider.press(&request(&challenge, &[]), ("person", "ada")).await;
    let kept = provider.cookie.clone();
    assert!(provider.get("/logout").await.body.contains("Ada Lovelace"));
    let out = Request::post("/logout").header("sec-fetch-site", "same-origin").body(Body::empty()).unwrap();
    assert!(provider.send(out).await.body.contains("Nobody is signed in"));
    provider.cookie = kept;
    let response = provider.authorize(&request(&challenge, &[("prompt", "none")])).await;
    assert_eq!(response.parameter("error").as_deref(), Some("login_required"));
}
