//! Using another account at a provider that ignores `select_account` and returns the signed-in person, like Keycloak.

use support::provider::{Answer, Person};
use support::{Browser, FormOrigin, Log, Page, TestServer};

const NOTES: &str = "https://notes.example.org/signed-in";
const LEFT: &str = "__Host-vestibule-left";

fn grace() -> Person {
    Person::new("grace-1906").with("preferred_username", "grace").with("groups", serde_json::json!(["staff"]))
}

/// Ada is signed in at the university. If it must reauthenticate, Grace signs in.
async fn server() -> TestServer {
    let server = TestServer::with(|config| {
        config.provider("uni").set_text("groups_claim", "groups").set("groups", "{ staff = \"staff\" }");
    })
    .await;
    server.behave(|uni| uni.reauthenticated = Some(grace()));
    server
}

fn prompts(server: &TestServer) -> Vec<String> {
    let asked = server.uni.received().authorize;
    asked.iter().map(|request| request.get("prompt").unwrap_or_default().to_owned()).collect()
}

async fn sign_out(browser: &Browser) -> Page {
    let page = browser.post("/logout", &[], FormOrigin::OurPage).await;
    assert_eq!((page.status.as_u16(), page.heading()), (200, "You are signed out.".into()));
    page
}

#[tokio::test]
async fn a_provider_that_returns_the_same_person_is_asked_to_reauthenticate_once() {
    let (log, server) = (Log::open(), server().await);
    let browser = server.browser();
    let page = browser.sign_in("/auth/meet?room=board&state=s").await;
    assert_eq!(page.heading(), "You are signed in as ada, but not expected in board.");
    let delivery =
        browser.sign_in(&page.link("Use another account")).await.delivery_at("https://meet.example.org/r/board/");
    assert_eq!(delivery.get("state"), Some("s"));
    let claims = server.verify_token(delivery.get("token").unwrap()).await.1;
    assert_eq!(claims["permissions"], serde_json::json!(["moderate"]), "it is Grace, of staff");
    assert_eq!(prompts(&server), ["", "select_account", "login"]);
    assert!(!browser.cookies().contains_key(LEFT), "the mark is deleted");
    let rows = server.audit().await;
    let causes: Vec<_> = rows.iter().rev().map(|row| row.entry.cause.clone().unwrap_or_default()).collect();
    assert_eq!(causes, ["not_permitted", "same_account", ""], "one row for each answer of the provider");
    assert!(log.text().lines().any(|line| line.contains("same_account") && line.contains("provider=\"uni\"")));
}

#[tokio::test]
async fn a_person_who_reauthenticates_as_themselves_is_not_asked_a_third_time() {
    let server = server().await;
    server.behave(|uni| uni.reauthenticated = None);
    let browser = server.browser();
    let page = browser.sign_in("/auth/meet?room=board").await;
    let page = browser.sign_in(&page.link("Use another account")).await;
    assert_eq!(page.heading(), "You are signed in as ada, but not expected in board.");
    assert_eq!(prompts(&server), ["", "select_account", "login"]);
}

// The stock `oidc-provider` refuses the choice. The sign-in goes on, so the log does not ask the operator for anything.
#[tokio::test]
async fn a_provider_that_refuses_a_choice_of_accounts_is_asked_to_reauthenticate() {
    let (log, server) = (Log::open(), server().await);
    let browser = server.browser();
    let page = browser.sign_in("/auth/meet?room=board").await;
    server.behave(|uni| uni.answer = Answer::Error("invalid_request".to_owned()));
    let refusal = browser.callback_url(&page.link("Use another account")).await;
    let asked_again = browser.go(&refusal).await;
    assert_eq!(prompts(&server), ["", "select_account"]);
    let line = log.text().lines().find(|line| line.contains("no_account_choice")).unwrap_or_default().to_owned();
    assert!(line.contains("with invalid_request; the sign-in goes on with `prompt=login`"), "{line}");
    assert!(!log.text().contains("client_rejected") && !line.contains("check our registration"), "{line}");
    assert!(asked_again.redirect_target().contains("prompt=login"));
}

#[tokio::test]
async fn another_account_can_be_used_after_a_refused_session_or_an_unknown_identity() {
    let server = server().await;
    let browser = server.browser();
    browser.sign_in("/auth/notes").await.token_at(NOTES);
    let page = browser.go("/auth/meet?room=board").await;
    browser.sign_in(&page.link("Use another account")).await.delivery_at("https://meet.example.org/r/board/");
    assert_eq!(prompts(&server), ["", "select_account", "login"]);

    let server = TestServer::with(|config| {
        config.provider("uni").set_text("first_login", "refuse");
    })
    .await;
    server.behave(|uni| uni.reauthenticated = Some(grace()));
    let browser = server.browser();
    let page = browser.sign_in("/auth/notes").await;
    assert_eq!(page.heading(), "You have no access here yet.");
    let cookies = page.cookies_set();
    let [cookie] = cookies.as_slice() else { panic!("{cookies:?}") };
    assert!(cookie.starts_with(LEFT) && !cookie.contains("ada"), "{cookie}");
    let again = browser.sign_in(&page.link("Use another account")).await;
    assert_eq!(again.heading(), "You have no access here yet.");
    assert_eq!(prompts(&server), ["", "select_account", "login"]);
    assert!(
        server.explain(&again.reference_code()).await.unwrap().detail.unwrap().contains("grace-1906"),
        "Grace signed in"
    );
}

#[tokio::test]
async fn an_app_that_asks_for_an_account_choice_gets_the_chosen_account() {
    let server = server().await;
    let browser = server.browser();
    browser.sign_in("/auth/notes?prompt=select_account").await.token_at(NOTES);
    assert_eq!(prompts(&server), ["select_account"], "nobody was signed in here");
    let delivery = browser.sign_in("/auth/notes?prompt=select_account&state=s").await.delivery_at(NOTES);
    assert_eq!(delivery.get("state"), Some("s"));
    assert_eq!(server.verify_token(delivery.get("token").unwrap()).await.1["preferred_username"], "grace");
    assert_eq!(prompts(&server), ["select_account", "select_account", "login"]);
    // Ada is not Grace, whose session this is now. A forged mark has no effect either.
    browser.set_cookie(LEFT, "AAAAAAAAAAAAAAAAAAAAAA");
    browser.sign_in("/auth/notes?prompt=select_account").await.token_at(NOTES);
    assert_eq!(prompts(&server)[3..], ["select_account"]);
    // A person who authenticates as themselves does want this account.
    server.behave(|uni| uni.reauthenticated = None);
    browser.sign_in("/auth/notes?prompt=select_account").await.token_at(NOTES);
    assert_eq!(prompts(&server)[4..], ["select_account", "login"]);
}

#[tokio::test]
async fn another_account_can_be_used_if_the_first_one_has_no_usable_name() {
    for unusable in ["a/b", ""] {
        let server = server().await;
        server.behave(|uni| {
            uni.person = Person::new("b").with("preferred_username", unusable);
            uni.reauthenticated = Some(grace());
        });
        let browser = server.browser();
        let page = browser.sign_in("/auth/notes").await;
        assert_eq!(page.status.as_u16(), 400);
        browser.sign_in(&page.link("Use another account")).await.token_at(NOTES);
        assert_eq!(prompts(&server), ["", "select_account", "login"]);
    }
}

#[tokio::test]
async fn after_a_sign_out_nobody_is_signed_in_silently_and_another_account_can_be_used() {
    let server = server().await;
    let browser = server.browser();
    browser.sign_in("/auth/notes").await.token_at(NOTES);
    sign_out(&browser).await;
    let page = browser.sign_in("/auth/notes?state=s").await;
    assert_eq!((page.status.as_u16(), page.heading()), (200, "Sign in to Notes".into()));
    let delivery = browser.sign_in(&page.link("Use another account")).await.delivery_at(NOTES);
    assert_eq!(delivery.get("state"), Some("s"));
    assert_eq!(server.verify_token(delivery.get("token").unwrap()).await.1["preferred_username"], "grace");
    assert_eq!(prompts(&server), ["", "select_account", "login"]);

    // The page also offers the last provider. After that sign-in, a start redirects at once again.
    sign_out(&browser).await;
    let page = browser.go("/auth/notes").await;
    browser.sign_in(&page.link("Continue with Example University used last time")).await.token_at(NOTES);
    browser.delete_cookies(|name| name == "__Host-vestibule");
    assert!(browser.go("/auth/notes").await.redirect_target().starts_with(server.uni.issuer()));
    // `prompt=none` gets its error as before.
    sign_out(&browser).await;
    assert_eq!(browser.go("/auth/notes?prompt=none").await.delivery_at(NOTES).get("error"), Some("login_required"));
}
