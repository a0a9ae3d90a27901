//! What the config demands of each sign-in at a provider: how, when, and which claims.

use serde_json::json;
use support::TestServer;
use support::provider::Behaviour;

const NOTES: &str = "https://notes.example.org/signed-in";

async fn server(key: &'static str, value: &str) -> TestServer {
    TestServer::with(|config| {
        config.provider("uni").set(key, value);
    })
    .await
}

fn claim(uni: &mut Behaviour, name: &str, value: serde_json::Value) {
    uni.claims.insert(name.to_owned(), value);
}

// C13
#[tokio::test]
async fn a_sign_in_by_another_method_than_the_demanded_ones_is_refused_in_words_of_its_own() {
    let server = server("acr_values", "[\"urn:two\", \"urn:three\"]").await;
    for acr in ["urn:two", "urn:three"] {
        server.behave(|uni| claim(uni, "acr", json!(acr)));
        server.browser().sign_in("/auth/notes").await.token_at(NOTES);
    }
    assert_eq!(server.uni.received().authorize[0].get("acr_values"), Some("urn:two urn:three"));
    for acr in [json!("urn:one"), json!(null)] {
        server.behave(|uni| claim(uni, "acr", acr));
        let page = server.browser().sign_in("/auth/notes").await;
        let heading = "The way in which you signed in with Example University is not enough here.";
        assert_eq!((page.status.as_u16(), page.heading()), (400, heading.to_owned()));
        let explained = server.explain(&page.reference_code()).await.unwrap();
        assert_eq!(explained.row.entry.cause.as_deref(), Some("acr_refused"));
        // The person can try again, with a stronger method.
        server.behave(|uni| claim(uni, "acr", json!("urn:two")));
        server.browser().sign_in(&page.link("Try again")).await.token_at(NOTES);
    }
}

// C13
#[tokio::test]
async fn a_proof_older_than_max_age_is_refused_and_prompt_login_asks_for_a_new_one() {
    let server = server("max_age", "\"1h\"").await;
    server.stop_clock();
    let now = server.now().unix_timestamp();
    for (age, is_accepted) in [(0, true), (3_600, true), (3_660, true), (3_700, false)] {
        server.behave(|uni| claim(uni, "auth_time", json!(now - age)));
        let browser = server.browser();
        let page = browser.sign_in("/auth/notes").await;
        if is_accepted {
            page.token_at(NOTES);
        } else {
            assert_eq!(page.heading(), "Example University did not ask you to sign in again.");
            assert!(page.text().contains("Sign out there, then start again."), "{}", page.text());
            // They did, and signed in anew.
            server.behave(|uni| claim(uni, "auth_time", json!(now)));
            browser.sign_in(&page.link("Start again")).await.token_at(NOTES);
        }
    }
    server.behave(|uni| claim(uni, "auth_time", json!(null)));
    let page = server.browser().sign_in("/auth/notes").await;
    assert_eq!(page.heading(), "Example University does not say when you last signed in there.");
    let detail = server.explain(&page.reference_code()).await.unwrap().detail.unwrap();
    let expected = "C13: `auth_time` of the ID token: expected a proof no older than `max_age`, got none";
    assert!(detail.starts_with(expected), "{detail}");
    server.behave(|_| ());
    server.browser().sign_in("/auth/notes?prompt=login").await.token_at(NOTES);
    let sent: Vec<_> =
        server.uni.received().authorize.iter().map(|sent| sent.get("max_age").map(str::to_owned)).collect();
    // "Start again" asks the provider for a new sign-in, as `prompt=login` does.
    let expected = ["3600", "3600", "3600", "3600", "0", "3600", "0"];
    assert_eq!(sent, expected.map(|age| Some(age.to_owned())));
}

#[tokio::test]
async fn the_claims_of_the_config_are_requested_whether_written_as_a_table_or_as_json() {
    let as_text = "'{\"id_token\": {\"email\": null, \"acr\": {\"essential\": true}}}'";
    let as_table = "{ id_token = { email = {}, acr = { essential = true } } }";
    for written in [as_text, as_table] {
        let server = server("claims", written).await;
        server.browser().sign_in("/auth/notes").await.token_at(NOTES);
        let received = server.uni.received();
        let sent: serde_json::Value = serde_json::from_str(received.authorize[0].get("claims").unwrap()).unwrap();
        assert_eq!(sent, json!({ "id_token": { "email": null, "acr": { "essential": true } } }));
    }
}
