//! Signing in with Google: the preset, at a fake provider that claims Google's issuer. The facts are those of Google's
//! documentation, "OpenID Connect" and its API reference.

use serde_json::{Value, json};
use support::provider::{Answer, Behaviour, IssuerInAnswer, Person};
use support::{Log, TestConfig, TestServer};

const NOTES: &str = "https://notes.example.org/signed-in";
const GOOGLE: &str = "https://accounts.google.com";

/// A server whose only provider is Google's preset, with these keys besides.
async fn server(keys: &[(&'static str, &str)]) -> TestServer {
    let server = TestServer::with(|config: &mut TestConfig| {
        let uni = config.provider("uni");
        let metadata = format!("{}/.well-known/openid-configuration", uni.text("issuer").unwrap());
        uni.unset("issuer").unset("name").set_text("kind", "google").set_text("discovery_url", &metadata);
        for (key, value) in keys {
            uni.set(key, value);
        }
        config.app("notes").allow(&["email_domains = [\"example.org\", \"gmail.com\"]", "permissions = [\"read\"]"]);
    })
    .await;
    behave(&server, |_| ());
    server
}

/// A fake provider that calls itself Google.
fn behave(server: &TestServer, change: impl FnOnce(&mut Behaviour)) {
    server.behave(|uni| {
        uni.metadata.insert("issuer".to_owned(), json!(GOOGLE));
        uni.claims.insert("iss".to_owned(), json!(GOOGLE));
        uni.claims.insert("auth_time".to_owned(), Value::Null);
        uni.iss = IssuerInAnswer::Text(GOOGLE);
        uni.person = person("ada@example.org", json!("example.org"));
        change(uni);
    });
}

/// A person. Personal accounts have no `hd`.
fn person(email: &str, hd: Value) -> Person {
    let person = Person::new("110169484474386276334").with("name", "Ada Lovelace").with("email", email);
    person.with("email_verified", true).with("hd", hd)
}

async fn claims(server: &TestServer) -> Value {
    let token = server.browser().sign_in("/auth/notes").await.token_at(NOTES);
    server.verify_token(&token).await.1
}

// C4
#[tokio::test]
async fn a_google_account_signs_in_with_the_keys_of_the_preset() {
    let server = server(&[]).await;
    let claims = claims(&server).await;
    assert_eq!([&claims["name"], &claims["email_verified"]], [&json!("Ada Lovelace"), &json!(true)]);
    let request = &server.uni.received().authorize[0];
    assert_eq!(request.get("scope"), Some("openid profile email"));
    assert_eq!(request.get("code_challenge_method"), Some("S256"));
    assert!(!request.has("hd") && !request.has("access_type"));
}

// C22
#[tokio::test]
async fn an_address_that_another_host_serves_is_not_verified_whatever_google_says() {
    let server = server(&[]).await;
    for (email, hd, verified) in [
        ("ada@gmail.com", Value::Null, true),
        ("ada@example.org", json!("example.org"), true),
        ("ada@example.org", Value::Null, false),
        ("ada@example.org", json!("other.example"), false),
    ] {
        behave(&server, |uni| uni.person = person(email, hd.clone()));
        assert_eq!(claims(&server).await["email_verified"], json!(verified), "{email} {hd}");
    }
    // In userinfo, too.
    server.reconfigure(|config| _ = config.provider("uni").set("userinfo", "true"));
    behave(&server, |uni| {
        let (email, verified) = (json!("ada@example.org"), json!(true));
        uni.person = Person::new("110169484474386276334").with("name", "Ada Lovelace");
        uni.person.only_userinfo =
            [("email".to_owned(), email), ("email_verified".to_owned(), verified)].into_iter().collect();
    });
    let claims = claims(&server).await;
    assert_eq!([&claims["email"], &claims["email_verified"]], [&json!("ada@example.org"), &json!(false)]);
}

// C75
#[tokio::test]
async fn a_person_of_another_domain_is_refused_whatever_the_request_asked_for() {
    let log = Log::open();
    let server = server(&[("hosted_domain", "\"example.org\"")]).await;
    claims(&server).await;
    assert_eq!(server.uni.received().authorize[0].get("hd"), Some("example.org"));
    for (hd, got) in [(json!("evil.example"), "\"evil.example\""), (Value::Null, "none"), (json!(true), "none")] {
        behave(&server, |uni| uni.person = person("ada@example.org", hd));
        let browser = server.browser();
        let page = browser.sign_in("/auth/notes").await;
        assert_eq!(page.status, 403);
        assert_eq!(page.heading(), "You signed in with an account of another organisation at Google.");
        let line = log.line(&page.reference_code());
        let detail = format!("C75: `hd` of the ID token: expected example.org, got {got}");
        let explained = server.explain(&page.reference_code()).await.unwrap();
        assert_eq!(explained.detail.as_deref(), Some(detail.as_str()));
        assert!(line.contains("other_organization"), "{line}");
        assert!(browser.session().is_none());
        let another = page.links().into_iter().find(|(words, _)| words == "Use another account").unwrap();
        assert!(another.1.contains("prompt=select_account"), "{another:?}");
    }
    // Userinfo is not asked for the domain: the ID token decides.
    server.reconfigure(|config| _ = config.provider("uni").set("userinfo", "true"));
    behave(&server, |uni| uni.person = person("ada@example.org", Value::Null).with_in_userinfo("hd", "example.org"));
    assert_eq!(server.browser().sign_in("/auth/notes").await.status, 403);
}

// C8, C12, C21
#[tokio::test]
async fn both_spellings_of_googles_issuer_are_one_person() {
    let server = server(&[]).await;
    let known = claims(&server).await["sub"].clone();
    behave(&server, |uni| drop(uni.claims.insert("iss".to_owned(), json!("accounts.google.com"))));
    assert_eq!(claims(&server).await["sub"], known);
    behave(&server, |uni| drop(uni.claims.insert("iss".to_owned(), json!("http://accounts.google.com"))));
    let page = server.browser().sign_in("/auth/notes").await;
    assert_eq!(page.heading(), "Google’s answer could not be trusted.");
    let detail = server.explain(&page.reference_code()).await.unwrap().detail.unwrap();
    assert!(detail.starts_with("C12: `iss`"), "{detail}");
}

// C13
#[tokio::test]
async fn nobody_can_be_made_to_sign_in_again_at_google() {
    let server = server(&[]).await;
    let page = server.browser().sign_in("/auth/notes?prompt=login").await;
    assert_eq!(page.heading(), "Google does not say when you last signed in there.");
    // Google has no `prompt=login`.
    assert_eq!(server.uni.received().authorize[0].get("prompt"), Some("select_account"));
}

#[tokio::test]
async fn a_person_who_cancels_at_google_can_try_again() {
    let server = server(&[]).await;
    behave(&server, |uni| uni.answer = Answer::Error("access_denied".to_owned()));
    let page = server.browser().sign_in("/auth/notes").await;
    assert_eq!(page.heading(), "You did not finish signing in with Google.");
}
