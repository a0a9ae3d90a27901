//! An admin suspends a provider: nobody signs in there, and its sessions end at their next use.

use support::provider::Person;
use support::{Browser, FormOrigin, Log, TestConfig, TestServer};
use vestibule::accounts::{Accounts, Actor};
use vestibule::store::{Database, Event, Store, UsableProviders};

use crate::link::{action, press, somebody};
use crate::passwords::{PASSWORD, enter_password, with_grace};

const NOTES: &str = "https://notes.example.org/signed-in";
const OFF: &str = "Example University can’t be used here at the moment.";

async fn signed_in(server: &TestServer, provider: &str) -> Browser {
    let browser = server.browser();
    browser.sign_in(&format!("/auth/notes?provider={provider}")).await.token_at(NOTES);
    browser
}

async fn two_providers() -> TestServer {
    let server = TestServer::with_two_providers().await;
    server.lab.behave(|lab| lab.person = Person::new("al").with("preferred_username", "al"));
    server
}

/// Suspends the provider as `vestibule provider suspend` does while the server runs: in another process.
async fn suspend_elsewhere(server: &TestServer, provider: &str) {
    let store = Store::open(&Database::file(server.database()), server.clock()).await.unwrap();
    let usable = UsableProviders { enabled: &[], local_passwords: None };
    let root = Actor::Operator { user: "root".to_owned() };
    let accounts = Accounts::new(store.clone(), server.clock());
    accounts.suspend(&root, &provider.parse().unwrap(), None, usable).await.unwrap();
    store.close().await;
}

// C27
#[tokio::test]
async fn a_session_of_a_suspended_provider_ends_at_once_and_stays_ended() {
    let server = two_providers().await;
    let (browser, at_lab) = (signed_in(&server, "uni").await, signed_in(&server, "lab").await);
    browser.go("/auth/notes").await.token_at(NOTES);
    assert_eq!(browser.go("/account").await.status, 200);
    suspend_elsewhere(&server, "uni").await;
    assert_eq!(browser.go("/account").await.status, 303, "asked to sign in");
    let next = browser.go("/auth/notes").await;
    assert!(next.body.is_empty() || !next.body.contains("token"), "{}", next.body);
    at_lab.go("/auth/notes").await.token_at(NOTES);
    server.resume("uni").await;
    assert_eq!(browser.go("/account").await.status, 303, "resuming revives no session");
    signed_in(&server, "uni").await;
    let events: Vec<_> = server.audit().await.into_iter().map(|row| row.entry.event).collect();
    assert!(events.contains(&Event::ProviderSuspended) && events.contains(&Event::ProviderResumed));
}

// C27
#[tokio::test]
async fn a_suspended_provider_stops_a_login_in_flight_and_starts_none() {
    let (log, server) = (Log::open(), two_providers().await);
    let browser = server.browser();
    let callback = browser.callback_url("/auth/notes?provider=uni").await;
    server.suspend("uni").await;
    let page = browser.go(&callback).await;
    assert_eq!((page.status.as_u16(), page.heading().as_str()), (403, OFF));
    let line = log.line(&page.reference_code());
    assert!(line.contains("provider_suspended") && line.contains("vestibule provider resume uni"), "{line}");
    let explained = server.explain(&page.reference_code()).await.unwrap();
    assert_eq!(explained.row.entry.cause.as_deref(), Some("provider_suspended"));
    assert!(server.uni.received().token.is_empty() && browser.session().is_none(), "the code was not redeemed");
    // With one other provider, the link leads there at once.
    browser.sign_in(&page.link("Another way to sign in")).await.token_at(NOTES);
    let start = server.browser().go("/auth/notes?provider=uni").await;
    assert_eq!((start.status.as_u16(), start.heading().as_str()), (403, OFF));
    let own = server.browser().go("/auth?return_to=/account").await;
    assert!(own.redirect_target().starts_with(server.lab.issuer()), "{}", own.redirect_target());
    server.resume("uni").await;
    browser.go(&callback).await.token_at(NOTES);
}

/// The server has read the list of suspended providers less than a second ago, so only the end of the login can refuse.
#[tokio::test]
async fn a_provider_suspended_in_another_process_ends_no_login() {
    let server = two_providers().await;
    signed_in(&server, "uni").await;
    for _ in 0..3 {
        let browser = server.browser();
        let callback = browser.callback_url("/auth/notes?provider=uni").await;
        suspend_elsewhere(&server, "uni").await;
        let page = browser.go(&callback).await;
        assert_eq!((page.status.as_u16(), page.heading().as_str()), (403, OFF));
        assert!(browser.session().is_none());
        server.resume("uni").await;
    }
}

#[tokio::test]
async fn an_app_whose_only_provider_is_suspended_says_so() {
    let server = TestServer::start().await;
    server.suspend("uni").await;
    let page = server.browser().go("/auth/notes").await;
    assert_eq!(page.status, 403);
    assert!(page.text().contains("can’t be used here at the moment"), "{}", page.text());
}

// C27
#[tokio::test]
async fn no_password_is_checked_at_a_suspended_provider() {
    let server = with_grace(TestConfig::passwords_without_uni).await;
    let browser = server.browser();
    let form = browser.go("/auth/notes").await;
    let signed_in = server.browser();
    enter_password(&signed_in, "grace", PASSWORD).await.token_at(NOTES);
    server.suspend("local").await;
    let refused = browser.submit_password(&form, "grace", PASSWORD).await;
    assert_eq!((refused.status.as_u16(), browser.session()), (403, None));
    assert!(refused.text().contains("can’t be used here at the moment"), "{}", refused.text());
    assert_eq!(signed_in.go("/account").await.status, 303);
    server.resume("local").await;
    enter_password(&browser, "grace", PASSWORD).await.token_at(NOTES);
}

// L5
#[tokio::test]
async fn a_suspended_provider_neither_proves_nor_links() {
    let server = TestServer::with(|config| {
        config.add_lab();
        config.provider("lab").set_text("first_login", "ask");
    })
    .await;
    server.lab.behave(|lab| lab.person = somebody("al"));
    signed_in(&server, "uni").await;
    let browser = server.browser();
    let question = browser.sign_in("/auth/notes?provider=lab").await;
    let prove = question.link("Continue with Example University");
    let callback = browser.callback_url(&prove).await;
    server.suspend("uni").await;
    assert!(!browser.go(&question.url).await.has_link("Continue with Example University"));
    assert_eq!(browser.go(&prove).await.status, 403);
    assert_eq!(browser.go(&callback).await.heading(), OFF);
    server.resume("uni").await;
    let confirmation = browser.sign_in(&prove).await;
    assert_eq!(confirmation.heading(), "Open ada with Example Lab too?");
    for provider in ["uni", "lab"] {
        server.suspend(provider).await;
        assert_eq!(browser.post(&action(&confirmation, "/link/confirm"), &[], FormOrigin::OurPage).await.status, 403);
        server.resume(provider).await;
    }
    press(&browser, &confirmation, "/link/confirm").await.token_at(NOTES);
}
