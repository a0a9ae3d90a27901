//! `prompt=login`, and "Use another account", at providers that do not say when people signed in.

use serde_json::json;
use support::provider::{Answer, Behaviour, Person, Quirk};
use support::{Browser, FormOrigin, Page, TestServer};

const NOTES: &str = "https://notes.example.org/signed-in";
const BOARD: &str = "https://meet.example.org/r/board/";
const UNKNOWN: &str = "Example University does not say when you last signed in there.";
const TOO_OLD: &str = "Example University did not ask you to sign in again.";
const NOT_EXPECTED: &str = "You are signed in as ada, but not expected in board.";
const CHOICE: &str = "/auth/notes?prompt=select_account";

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

/// Signs in, and out again.
async fn signed_out(server: &TestServer) -> Browser {
    let browser = server.browser();
    browser.sign_in("/auth/notes").await.token_at(NOTES);
    assert_eq!(browser.post("/logout", &[], FormOrigin::OurPage).await.heading(), "You are signed out.");
    browser
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
    assert_eq!(page.heading(), TOO_OLD);
}

#[tokio::test]
async fn another_account_needs_no_proof() {
    let server = server("refuse").await;
    let browser = server.browser();
    let page = browser.sign_in("/auth/meet?room=board").await;
    assert_eq!(page.heading(), NOT_EXPECTED);
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
    // "Start again" demands no proof. Without signing out there, it leads to the same account.
    let page = browser.sign_in(&page.link("Start again")).await;
    assert_eq!(page.heading(), NOT_EXPECTED);
    let page = browser.sign_in(&page.link("Use another account")).await;
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
    assert_eq!(page.heading(), NOT_EXPECTED);
    assert_eq!(prompts(&server), ["", "select_account", "login"]);
}

// C13
#[tokio::test]
async fn after_a_sign_out_a_person_gets_in_with_their_own_account_though_nothing_shows_a_proof() {
    let server = server("refuse").await;
    let browser = signed_out(&server).await;
    // Signing out there changes nothing: the provider never says when.
    for _ in 0..2 {
        assert_unknown(&server, &browser.sign_in(CHOICE).await).await;
    }
    // Nobody gets in silently, not even after that page.
    assert_eq!(browser.go("/auth/notes").await.heading(), "Sign in to Notes");
    let page = browser.sign_in(CHOICE).await;
    browser.sign_in(&page.link("Start again")).await.token_at(NOTES);

    let trusting = self::server("trust").await;
    signed_out(&trusting).await.sign_in(CHOICE).await.token_at(NOTES);
    assert_eq!(prompts(&trusting), ["", "select_account", "login"]);

    for (reauth, is_trusted) in [("refuse", false), ("trust", true)] {
        let plain = TestServer::with(|config| _ = config.uni_without_openid().set_text("reauth", reauth)).await;
        let browser = signed_out(&plain).await;
        let page = browser.sign_in(CHOICE).await;
        if is_trusted {
            page.token_at(NOTES);
        } else {
            assert_unknown(&plain, &page).await;
            browser.sign_in(&page.link("Start again")).await.token_at(NOTES);
        }
    }
}

#[tokio::test]
async fn a_provider_that_refuses_to_ask_again_is_named_as_such_in_the_log() {
    let (log, server) = (support::Log::open(), server("refuse").await);
    server.behave(|uni| uni.answer = Answer::Error("invalid_request".to_owned()));
    let page = server.browser().sign_in("/auth/notes?prompt=login").await;
    let why = "the provider refuses our request: invalid_request; check our registration there, or see whether it \
               supports `prompt=login`, with which this sign-in began";
    assert_eq!(page.status.as_u16(), 503);
    assert_eq!(server.explain(&page.reference_code()).await.unwrap().detail.as_deref(), Some(why));
    assert!(log.text().contains("client_rejected") && log.text().contains(why), "{}", log.text());
    server.browser().sign_in("/auth/notes").await;
    let text = log.text();
    let [_, other] = text.lines().filter(|line| line.contains("client_rejected")).collect::<Vec<_>>()[..] else {
        panic!("{text}")
    };
    assert!(!other.contains("prompt=login"), "{other}");
}

// C13
#[tokio::test]
async fn a_proof_that_is_too_old_is_not_called_a_missing_one() {
    for reauth in ["refuse", "trust"] {
        let server = server(reauth).await;
        let browser = signed_out(&server).await;
        let signed_in_at = server.now().unix_timestamp() - 900;
        server.behave(|uni| drop(uni.claims.insert("auth_time".to_owned(), json!(signed_in_at))));
        let page = browser.sign_in(CHOICE).await;
        assert_eq!((page.status.as_u16(), page.heading()), (400, TOO_OLD.to_owned()));
        let explained = server.explain(&page.reference_code()).await.unwrap();
        assert_eq!(explained.row.entry.cause.as_deref(), Some("proof_too_old"));
        let why = explained.detail.unwrap();
        let expected = "C13: the account of the answer: expected another account, or a proof made in this login, got \
                        the same account, and a proof 9";
        assert!(why.starts_with(expected) && why.ends_with("the person has to sign out there first"), "{why}");
        let token = browser.sign_in(&page.link("Start again")).await.token_at(NOTES);
        assert_eq!(server.verify_token(&token).await.1["auth_time"], signed_in_at, "the app sees its age");
    }
}
