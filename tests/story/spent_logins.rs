//! Failed logins: their state is spent, whatever the provider answered.

use support::provider::{Answer, Defect, KeyDefect, TokenEndpoint};
use support::{Browser, CLIENT_SECRET, Log, TestServer};

const NOTES: &str = "https://notes.example.org/signed-in";
const FINISHED: &str = "This sign-in is already finished.";

// C3
#[tokio::test]
async fn every_answer_makes_its_state_invalid() {
    let server = TestServer::start().await;
    let endpoints = [
        TokenEndpoint::InvalidGrant,
        TokenEndpoint::Refuses(400, "invalid_request"),
        TokenEndpoint::Refuses(400, "unheard_of"),
        TokenEndpoint::Refuses(403, "access_denied"),
        TokenEndpoint::Refuses(400, "invalid_scope"),
        TokenEndpoint::Refuses(400, "slow_down"),
        TokenEndpoint::InvalidClient,
        TokenEndpoint::Broken,
        TokenEndpoint::Page(200),
        TokenEndpoint::NoIdToken,
        TokenEndpoint::HangsUp,
    ];
    for endpoint in endpoints {
        let browser = server.browser();
        let callback = browser.callback_url("/auth/notes").await;
        server.behave(|uni| uni.token = endpoint);
        let refused = browser.go(&callback).await;
        assert!(refused.status.is_client_error() || refused.status.is_server_error(), "{endpoint:?}");
        is_spent(&server, &browser, &callback, &format!("{endpoint:?}")).await;
        // A spent state allows no second code.
        let (address, _) = callback.split_once("code=").unwrap();
        let rest = callback.split_once('&').unwrap().1;
        is_spent(&server, &browser, &format!("{address}code=made-up&{rest}"), &format!("{endpoint:?}")).await;
        server.behave(|uni| uni.token = TokenEndpoint::Good);
    }
    server.behave(|uni| uni.defect = Some(Defect::Key(KeyDefect::SignedByAnother)));
    let (browser, callback) = refused(&server).await;
    is_spent(&server, &browser, &callback, "a signature by another key").await;
    server.behave(|uni| uni.defect = None);
    for error in ["access_denied", "server_error", "temporarily_unavailable", "invalid_scope", "unheard_of"] {
        server.behave(|uni| uni.answer = Answer::Error(error.into()));
        let (browser, callback) = refused(&server).await;
        is_spent(&server, &browser, &callback, error).await;
    }
    let browser = server.browser();
    server.behave(|uni| uni.answer = Answer::Code);
    let callback = browser.callback_url("/auth/notes").await;
    server.uni.stop().await;
    assert_eq!(browser.go(&callback).await.status, 503);
    server.uni.restart().await;
    is_spent(&server, &browser, &callback, "an unreachable provider").await;
}

// C9
#[tokio::test]
async fn an_error_that_another_issuer_may_have_sent_does_not_end_the_login() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let callback = browser.callback_url("/auth/notes").await;
    let (address, rest) = (callback.split_once('?').unwrap().0, callback.split_once('&').unwrap().1);
    let state = rest.split('&').find(|pair| pair.starts_with("state=")).unwrap();
    let forged = format!("{address}?error=access_denied&{state}&iss=https%3A%2F%2Fanother.example");
    assert_eq!(browser.go(&forged).await.status, 400);
    browser.go(&callback).await.token_at(NOTES);
}

async fn refused(server: &TestServer) -> (Browser, String) {
    let browser = server.browser();
    let callback = browser.callback_url("/auth/notes").await;
    let page = browser.go(&callback).await;
    assert!(page.status.is_client_error() || page.status.is_server_error(), "{}", page.text());
    (browser, callback)
}

/// Checks that the provider is not asked, although it would accept the code now.
async fn is_spent(server: &TestServer, browser: &Browser, callback: &str, what: &str) {
    server.behave(|uni| uni.token = TokenEndpoint::Good);
    let asked = server.uni.received().token.len();
    let page = browser.go(callback).await;
    assert_eq!((page.status.as_u16(), page.heading().as_str()), (400, FINISHED), "{what}");
    assert!(browser.session().is_none() && page.cookies_set().is_empty(), "{what}");
    assert_eq!(server.uni.received().token.len(), asked, "{what}: the code was sent a second time");
}

// C56
#[tokio::test]
async fn secrets_echoed_by_a_token_endpoint_do_not_appear_in_the_log() {
    let (log, server) = (Log::open(), TestServer::start().await);
    server.behave(|uni| uni.token = TokenEndpoint::Echoes);
    let page = server.browser().sign_in("/auth/notes").await;
    let line = log.line(&page.reference_code());
    assert!(line.contains("invalid_request: [left out]"), "{line}");
    let sent = server.uni.received().token.pop().unwrap();
    let basic = sent.headers["authorization"].to_str().unwrap().trim_start_matches("Basic ").to_owned();
    let [code, verifier] = ["code", "code_verifier"].map(|name| sent.form.get(name).unwrap().to_owned());
    let audit = format!("{:?}", server.audit().await);
    for secret in [code, verifier, basic, CLIENT_SECRET.to_owned()] {
        let percent = secret.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
        for spelling in [secret, percent] {
            assert!(!line.contains(&spelling) && !audit.contains(&spelling), "{spelling}: {line}");
        }
    }
}
