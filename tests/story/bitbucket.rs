//! Signing in with Bitbucket. The double behaves as Bitbucket's documentation says.

use serde_json::{Value, json};
use support::doubles::FakeBitbucket;
use support::{Log, TestServer};

const NOTES: &str = "https://notes.example.org/signed-in";
const ADA: (&str, &str) = ("{c788b2da-b7a2-404c-9e26-d3f077557007}", "ada");

async fn bitbucket() -> (FakeBitbucket, TestServer) {
    let bitbucket = FakeBitbucket::start().await;
    let server = TestServer::with(|config| _ = config.only_preset("bitbucket", &bitbucket.config())).await;
    (bitbucket, server)
}

async fn sign_in(server: &TestServer) -> Value {
    let token = server.browser().sign_in("/auth/notes").await.token_at(NOTES);
    server.verify_token(&token).await.1
}

// C22: docs/provider-facts.md: `is_primary` and `is_confirmed`; no challenge, and the secret in a `Basic` header.
#[tokio::test]
async fn the_address_is_the_primary_one_and_verified_if_it_is_confirmed() {
    let (bitbucket, server) = bitbucket().await;
    for confirmed in [true, false] {
        bitbucket.set_person(ADA, &[("other@example.org", false, true), ("main@example.org", true, confirmed)]);
        let claims = sign_in(&server).await;
        let read = ["preferred_username", "name", "email", "email_verified"].map(|name| claims[name].clone());
        assert_eq!(read, [json!("ada"), json!("Ada L."), json!("main@example.org"), json!(confirmed)]);
    }
}

// docs/provider-facts.md: the subject is `uuid`, with its braces.
#[tokio::test]
async fn a_person_is_the_uuid_and_not_the_name() {
    let (bitbucket, server) = bitbucket().await;
    let before = sign_in(&server).await;
    bitbucket.set_person((ADA.0, "ada-lovelace"), &[]);
    assert_eq!(sign_in(&server).await["sub"], before["sub"]);
    bitbucket.set_person(("{00000000-b7a2-404c-9e26-d3f077557007}", "ada"), &[]);
    let page = server.browser().sign_in("/auth/notes").await;
    assert!(page.text().contains("ada-2"), "{}", page.text());
    // The braces belong to it.
    server.reconfigure(|config| _ = config.provider("bitbucket").set_text("first_login", "refuse"));
    bitbucket.set_person(("{1}", "eve"), &[]);
    let log = Log::open();
    let line = log.line(&server.browser().sign_in("/auth/notes").await.reference_code());
    assert!(line.contains("vestibule identity link -- bitbucket https://bitbucket.org '{1}' USERNAME"), "{line}");
}

// docs/provider-facts.md: a wrong secret is `unauthorized_client`.
#[tokio::test]
async fn a_wrong_secret_is_named_as_the_cause() {
    let (log, (_bitbucket, server)) = (Log::open(), bitbucket().await);
    server.reconfigure(|config| _ = config.provider("bitbucket").set_text("client_secret", "another-secret-in-a-file"));
    let page = server.browser().sign_in("/auth/notes").await;
    assert_eq!(page.heading(), "Bitbucket can\u{2019}t be used right now.");
    let line = log.line(&page.reference_code());
    assert!(line.contains("unauthorized_client: Requests must be authenticated using OAuth client"), "{line}");
}
