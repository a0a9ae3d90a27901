//! `prompt=login`, and "Use another account", at providers that do not say when people signed in.

use serde_json::json;
use support::provider::{Behaviour, Person, Quirk};
use support::{Page, TestServer};

const NOTES: &str = "https://notes.example.org/signed-in";
const BOARD: &str = "https://meet.example.org/r/board/";
const UNKNOWN: &str = "Example University does not say when you last signed in there.";

fn grace() -> Person {
    Person::new("grace-1906").with("preferred_username", "grace").with("groups", json!(["staff"]))
}

async fn server(reauth: &str) -> TestServer {
    let server = TestServer::with(|config| {
        let uni = config.provider("uni").set_text("groups_claim", "groups").set("groups", "{ staff = \"staff\" }");
        if !reauth.is_empty() {
            uni.set_text("reauth", reauth);
        }
    })
    .await;
    server.behave(without_auth_time);
    server
}

fn without_auth_time(uni: &mut Behaviour) {
    uni.quirk = Some(Quirk::NoAuthTime);
}

fn prompts(server: &TestServer) -> Vec<String> {
    let asked = server.uni.received().authorize;
    asked.iter().map(|request| request.get("prompt").unwrap_or_default().to_owned()).collect()
}

async fn assert_unknown(server: &TestServer, page: &Page) {
    assert_eq!((page.status.as_u16(), page.heading()), (400, UNKNOWN.to_owned()));
    let explained = server.explain(&page.reference_code()).await.unwrap();
    assert_eq!(explained.row.entry.cause.as_deref(), Some("proof_unknown"));
    assert!(explained.detail.unwrap().starts_with("C13: "));
}

// C13
#[tokio::test]
async fn a_demanded_proof_without_a_time_is_refused_unless_the_provider_is_trusted() {
    for reauth in ["", "refuse"] {
        let server = server(reauth).await;
        let browser = server.browser();
        let page = browser.sign_in("/auth/notes?prompt=login&state=s").await;
        assert_unknown(&server, &page).await;
        // The way on: the session here does not count, the provider is asked again, and the app gets no `auth_time`.
        let delivery = browser.sign_in(&page.link("Start again")).await.delivery_at(NOTES);
        assert_eq!((delivery.get("state"), prompts(&server)), (Some("s"), ["login", "login"].map(String::from).into()));
        let claims = server.verify_token(delivery.get("token").unwrap()).await.1;
        assert_eq!(claims.get("auth_time"), None);
    }
    let trusting = server("trust").await;
    trusting.browser().sign_in("/auth/notes?prompt=login").await.token_at(NOTES);
    // A time that comes is checked all the same.
    trusting.behave(|uni| drop(uni.claims.insert("auth_time".to_owned(), json!(1))));
    let page = trusting.browser().sign_in("/auth/notes?prompt=login").await;
    assert_eq!(page.heading(), "Example University’s answer could not be trusted.");
}

#[tokio::test]
async fn another_account_needs_no_proof() {
    let server = server("refuse").await;
    let browser = server.browser();
    let page = browser.sign_in("/auth/meet?room=board").await;
    assert_eq!(page.heading(), "You are signed in as ada, but not expected in board.");
    server.behave(|uni| {
        without_auth_time(uni);
        uni.reauthenticated = Some(grace());
    });
    browser.sign_in(&page.link("Use another account")).await.delivery_at(BOARD);
    assert_eq!(prompts(&server), ["", "select_account", "login"]);
}

/// A provider that ignores every `prompt` sends the same person back until they sign out there.
#[tokio::test]
async fn a_person_who_gets_the_same_account_again_is_told_to_sign_out_there_and_can_then_use_another() {
    let server = server("refuse").await;
    let browser = server.browser();
    let page = browser.sign_in("/auth/meet?room=board").await;
    let page = browser.sign_in(&page.link("Use another account")).await;
    assert_unknown(&server, &page).await;
    // Without signing out there, the page comes again.
    let page = browser.sign_in(&page.link("Start again")).await;
    assert_unknown(&server, &page).await;
    server.behave(|uni| {
        without_auth_time(uni);
        uni.person = grace();
    });
    browser.sign_in(&page.link("Start again")).await.delivery_at(BOARD);
}

#[tokio::test]
async fn a_person_who_chose_the_same_account_again_with_a_proof_gets_it() {
    let server = server("refuse").await;
    let browser = server.browser();
    browser.sign_in("/auth/notes").await.token_at(NOTES);
    let page = browser.go("/auth/meet?room=board").await;
    server.behave(|_| ());
    let page = browser.sign_in(&page.link("Use another account")).await;
    assert_eq!(page.heading(), "You are signed in as ada, but not expected in board.");
    assert_eq!(prompts(&server), ["", "select_account", "login"]);
}
