//! Providers that do not keep to the standard, with the key of the config that accepts it. Each without the key, too.

use serde_json::{Value, json};
use support::provider::{Answer, Behaviour, IssuerInAnswer, Person};
use support::{Log, Page, TestServer};

const NOTES: &str = "https://notes.example.org/signed-in";
const REFUSED: &str = "Example University’s answer could not be trusted.";

/// A server whose university behaves as changed, and whose config has `key`, if `value` is not empty.
async fn server(key: &'static str, value: &str, change: impl FnOnce(&mut Behaviour)) -> TestServer {
    let server = TestServer::with(|config| {
        if !value.is_empty() {
            config.provider("uni").set(key, value);
        }
    })
    .await;
    server.behave(change);
    server
}

async fn signed_in(server: &TestServer) -> Page {
    server.browser().sign_in("/auth/notes").await
}

async fn assert_refused(server: &TestServer, rule: &str) {
    let page = signed_in(server).await;
    assert_eq!(page.heading(), REFUSED);
    let detail = server.explain(&page.reference_code()).await.unwrap().detail.unwrap();
    assert!(detail.starts_with(rule), "{detail}");
}

fn claims(behaviour: &mut Behaviour, claims: Value) {
    let Value::Object(claims) = claims else { panic!("no object: {claims}") };
    behaviour.claims = claims;
}

// C13
#[tokio::test]
async fn a_token_without_a_nonce_is_accepted_only_with_nonce_not_returned() {
    for absent in [json!(null), json!("")] {
        let strict = server("nonce", "", |uni| claims(uni, json!({ "nonce": absent }))).await;
        assert_refused(&strict, "C13: `nonce`").await;
        let relaxed = server("nonce", "\"not_returned\"", |uni| claims(uni, json!({ "nonce": absent }))).await;
        signed_in(&relaxed).await.token_at(NOTES);
        assert!(relaxed.uni.received().authorize[0].get("nonce").is_some_and(|nonce| nonce.len() >= 22));
    }
    let relaxed = server("nonce", "\"not_returned\"", |uni| claims(uni, json!({ "nonce": "another" }))).await;
    assert_refused(&relaxed, "C13: `nonce`").await;
    relaxed.behave(|_| ());
    signed_in(&relaxed).await.token_at(NOTES);
}

// C8, C9
#[tokio::test]
async fn an_answer_without_a_promised_iss_is_accepted_only_with_iss_parameter_if_sent() {
    let missing = |uni: &mut Behaviour| uni.iss = IssuerInAnswer::Missing;
    assert_refused(&server("iss_parameter", "", missing).await, "C8").await;
    let relaxed = server("iss_parameter", "\"if_sent\"", missing).await;
    signed_in(&relaxed).await.token_at(NOTES);
    // An error without `iss` ends the login, too.
    relaxed.behave(|uni| (uni.iss, uni.answer) = (IssuerInAnswer::Missing, Answer::Denied("no".to_owned())));
    assert_eq!(signed_in(&relaxed).await.heading(), "You did not finish signing in with Example University.");
    // One that comes must be the issuer.
    relaxed.behave(|uni| uni.iss = IssuerInAnswer::Wrong);
    assert_refused(&relaxed, "C8").await;
}

const ALIAS: &str = "https://account.example.edu";

// C8, C12, C19, C21
#[tokio::test]
async fn an_alias_of_the_issuer_is_accepted_in_every_place_and_the_person_stays_the_same() {
    let server = server("issuer_aliases", &format!("[\"{ALIAS}\", \"account.example.edu\"]"), |_| ()).await;
    let subject = async |change: fn(&mut Behaviour)| {
        server.behave(change);
        let token = signed_in(&server).await.token_at(NOTES);
        server.verify_token(&token).await.1["sub"].clone()
    };
    let known = subject(|_| ()).await;
    assert_eq!(subject(|uni| claims(uni, json!({ "iss": ALIAS }))).await, known);
    assert_eq!(subject(|uni| claims(uni, json!({ "iss": "account.example.edu" }))).await, known);
    assert_eq!(subject(|uni| uni.iss = IssuerInAnswer::Text(ALIAS)).await, known);
    server.behave(|uni| claims(uni, json!({ "iss": format!("{ALIAS}/") })));
    assert_refused(&server, "C12: `iss`").await;
    server.behave(|uni| uni.iss = IssuerInAnswer::Text("https://account.example.edu/"));
    assert_refused(&server, "C8").await;
}

// C12, C19
#[tokio::test]
async fn without_an_alias_the_same_issuer_is_refused() {
    assert_refused(&server("issuer_aliases", "", |uni| claims(uni, json!({ "iss": ALIAS }))).await, "C12").await;
    let as_published = |uni: &mut Behaviour| drop(uni.metadata.insert("issuer".to_owned(), json!(ALIAS)));
    let strict = server("issuer_aliases", "", as_published).await;
    assert_eq!(signed_in(&strict).await.heading(), "Example University is not answering.");
    let relaxed = server("issuer_aliases", &format!("[\"{ALIAS}\"]"), as_published).await;
    signed_in(&relaxed).await.token_at(NOTES);
}

// C15, C22
#[tokio::test]
async fn email_verified_as_text_counts_only_with_verified_strings() {
    let person = |verified: &str| Person::ada().with("email_verified", verified);
    let rule = "email_domains = [\"example.edu\"]\npermissions = [\"read\"]";
    for (strings, verified, heading) in [
        ("", "true", REFUSED),
        ("true", "true", ""),
        ("true", "false", "You are signed in as ada, but not expected in Notes."),
        ("true", "True", REFUSED),
        ("true", "1", REFUSED),
    ] {
        for userinfo in ["false", "true"] {
            let server = TestServer::with(|config| {
                let uni = config.provider("uni").set("userinfo", userinfo);
                if !strings.is_empty() {
                    uni.set("verified_strings", strings);
                }
                config.app("notes").allow(&[rule]);
            })
            .await;
            server.behave(|uni| {
                uni.person = person(verified);
                if userinfo == "true" {
                    claims(uni, json!({ "email": null, "email_verified": null }));
                }
            });
            let page = signed_in(&server).await;
            match heading {
                "" => drop(page.token_at(NOTES)),
                heading => assert_eq!(page.heading(), heading, "{strings} {verified} {userinfo}"),
            }
        }
    }
}

// C19
#[tokio::test]
async fn metadata_may_be_elsewhere_and_still_have_to_name_the_configured_issuer() {
    let server = TestServer::with(|_| ()).await;
    let address = format!("{}/elsewhere/metadata?p=policy", server.uni.issuer());
    server.reconfigure(|config| {
        config.provider("uni").set_text("discovery_url", &address);
    });
    signed_in(&server).await.token_at(NOTES);
    server.behave(|uni| drop(uni.metadata.insert("issuer".to_owned(), json!("https://another.example"))));
    server.reconfigure(|config| {
        config.provider("uni").set_text("client_id", "another");
    });
    let (log, page) = (Log::open(), signed_in(&server).await);
    assert_eq!(page.heading(), "Example University is not answering.");
    assert!(log.text().contains("/elsewhere/metadata?p=policy can't be used: its issuer is"), "{}", log.text());
}
