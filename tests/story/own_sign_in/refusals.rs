//! Refusals of a sign-in without an app: each page offers to start the same sign-in again, and speaks of no app.

use support::provider::{Answer, DiscoveryEndpoint};
use support::{Log, Page, TestServer};
use time::Duration;
use vestibule::store::Event;

use super::{end_of_sign_in, sign_in};
use crate::passwords::{PASSWORD, local_accounts_only};

const START: &str = "/auth?return_to=%2Faccount%2Fmethods&provider=uni";

/// The page says this, names no app, and its link leads to `to`.
fn assert_refusal(page: &Page, status: u16, heading: &str, link: &str, to: &str) {
    assert_eq!((page.status.as_u16(), page.heading().as_str()), (status, heading), "{}", page.text());
    assert_eq!(page.link(link), to, "{}", page.text());
    assert!(!page.text().contains("app") && !page.text().contains("Return to"), "{}", page.text());
}

#[tokio::test]
async fn a_denial_at_the_provider_offers_another_try_and_another_way() {
    let (log, server) = (Log::open(), TestServer::with_two_providers().await);
    let browser = server.browser();
    server.behave(|uni| uni.answer = Answer::Denied("no".into()));
    let page = browser.sign_in(START).await;
    assert_refusal(&page, 400, "You did not finish signing in with Example University.", "Try again", START);
    let line = log.line(&page.reference_code());
    assert!(line.contains("provider_denied") && line.contains("app=\"\""), "{line}");
    let row = server.explain(&page.reference_code()).await.unwrap().row.entry;
    assert_eq!((row.event, row.app), (Event::Refused, None));
    let other = browser.go(&page.link("Another way to sign in")).await;
    assert_eq!(other.heading(), "Sign in to Example");
    server.behave(|_| ());
    assert_eq!(sign_in(&browser, &page.link("Try again")).await, "/account/methods");
}

#[tokio::test]
async fn a_login_that_is_over_or_lost_can_be_started_again() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let late = browser.callback_url(START).await;
    server.advance_clock(Duration::seconds(660));
    assert_refusal(&browser.go(&late).await, 400, "This sign-in took too long.", "Start again", START);

    let callback = browser.callback_url(START).await;
    assert_eq!(end_of_sign_in(&browser, browser.go(&callback).await).await, "/account/methods");
    let page = browser.go(&callback).await;
    assert_refusal(&page, 400, "You are already signed in.", "Continue", START);
    assert_eq!(browser.go(START).await.redirect_target(), "/account/methods");
    browser.delete_cookies(|name| name == "__Host-vestibule");
    let page = browser.go(&callback).await;
    assert_refusal(&page, 400, "This sign-in is already finished.", "Start again", START);

    // Without the cookie, only the handle is left, which says that no app waits.
    let callback = browser.callback_url(START).await;
    browser.delete_cookies(|_| true);
    let heading = "This sign-in began in another browser, or cookies are blocked.";
    assert_refusal(&browser.go(&callback).await, 400, heading, "Start again here", "/auth");
}

#[tokio::test]
async fn a_provider_that_does_not_answer_can_be_tried_again() {
    let server = TestServer::start().await;
    server.behave(|uni| uni.discovery = DiscoveryEndpoint::Broken);
    let page = server.browser().go(START).await;
    assert_refusal(&page, 503, "Example University is not answering.", "Try again", START);
}

// C27
#[tokio::test]
async fn a_provider_changed_in_the_config_meanwhile_ends_the_login() {
    let server = TestServer::with_two_providers().await;
    let (browser, another, third) = (server.browser(), server.browser(), server.browser());
    let disabled = browser.callback_url(START).await;
    let removed = another.callback_url(START).await;
    let session = sign_in(&third, START).await;
    assert_eq!(session, "/account/methods");

    server.reconfigure(|config| {
        config.provider("uni").set("enabled", "false");
    });
    let page = browser.go(&disabled).await;
    let heading = "Example University can’t be used here at the moment.";
    let without_provider = "/auth?return_to=%2Faccount%2Fmethods";
    assert_refusal(&page, 403, heading, "Another way to sign in", without_provider);
    let page = browser.go(START).await;
    assert_refusal(&page, 403, heading, "Another way to sign in", without_provider);
    assert!(third.go("/auth").await.redirect_target().starts_with(server.lab.issuer()), "the session is void");

    server.reconfigure(|config| config.remove_provider("uni"));
    let page = another.go(&removed).await;
    assert_refusal(&page, 400, "This sign-in has to be started again.", "Start again", "/auth");
    assert!(browser.session().is_none() && another.session().is_none());
}

#[tokio::test]
async fn a_reload_of_the_config_in_between_changes_nothing_else() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let callback = browser.callback_url(START).await;
    server.reconfigure(|config| {
        config.add_lab();
        config.app("notes").set("enabled", "false");
    });
    assert_eq!(end_of_sign_in(&browser, browser.go(&callback).await).await, "/account/methods");
}

// C27
#[tokio::test]
async fn a_disabled_account_is_not_signed_in_but_may_use_another_one() {
    let server = TestServer::start().await;
    let browser = server.browser();
    sign_in(&browser, "/auth").await;
    server.disable("ada").await;
    let page = browser.sign_in(START).await;
    let heading = "This account can’t be used here at the moment.";
    assert_refusal(
        &page,
        403,
        heading,
        "Use another account",
        "/auth?return_to=%2Faccount%2Fmethods&prompt=select_account",
    );
    assert!(page.cookies_set().iter().all(|cookie| !cookie.starts_with("__Host-vestibule=")), "no session");
}

#[tokio::test]
async fn an_identity_without_an_account_follows_the_provider() {
    let server = TestServer::with(|config| {
        config.provider("uni").set_text("first_login", "refuse");
    })
    .await;
    let page = server.browser().sign_in("/auth").await;
    let to = "/auth?prompt=select_account";
    assert_refusal(&page, 403, "You have no access here yet.", "Use another account", to);
    let row = server.explain(&page.reference_code()).await.unwrap().row.entry;
    assert_eq!((row.app, row.provider.map(String::from)), (None, Some("uni".into())));
}

// C42, C43
#[tokio::test]
async fn too_many_wrong_passwords_wait_on_the_same_page() {
    let server = local_accounts_only().await;
    let browser = server.browser();
    let page = browser.go("/auth?return_to=%2Flogout").await;
    for _ in 0..5 {
        assert_eq!(browser.submit_password(&page, "grace", "a wrong password").await.status, 403);
    }
    let waiting = browser.submit_password(&page, "grace", PASSWORD).await;
    assert_eq!((waiting.status.as_u16(), waiting.header("retry-after")), (429, "10"));
    let look = waiting.link("How much longer?");
    assert!(look.starts_with("/auth?return_to=%2Flogout&wait="), "{look}");
    assert!(browser.go(&look).await.text().contains("Please wait before you try again."));
    server.advance_clock(Duration::seconds(10));
    assert_eq!(browser.submit_password(&page, "grace", PASSWORD).await.redirect_target(), "/logout");
    let row = server.audit().await.into_iter().find(|row| row.entry.cause.as_deref() == Some("throttled")).unwrap();
    assert_eq!(row.entry.app, None);
}
