//! How a login ends that led nowhere: its state is spent, whatever the provider answered.

use crate::browser::Browser;
use crate::house::House;
use crate::log::Log;
use crate::plan::SECRET;
use crate::upstream::{Answer, KeyLie, Lie, TokenDoor};

const NOTES: &str = "https://notes.example.org/signed-in";
const FINISHED: &str = "This sign-in is already finished.";

// C3
#[tokio::test]
async fn whatever_came_of_an_answer_its_state_is_spent() {
    let house = House::open().await;
    let doors = [
        TokenDoor::InvalidGrant,
        TokenDoor::Refuses(400, "invalid_request"),
        TokenDoor::Refuses(400, "unheard_of"),
        TokenDoor::Refuses(403, "access_denied"),
        TokenDoor::Refuses(400, "invalid_scope"),
        TokenDoor::Refuses(400, "slow_down"),
        TokenDoor::InvalidClient,
        TokenDoor::Broken,
        TokenDoor::Page(200),
        TokenDoor::NoIdToken,
        TokenDoor::HangsUp,
    ];
    for door in doors {
        let browser = house.browser();
        let callback = browser.as_far_as_the_callback("/auth/notes").await;
        house.behave(|uni| uni.token = door);
        let refused = browser.go(&callback).await;
        assert!(refused.status.is_client_error() || refused.status.is_server_error(), "{door:?}");
        is_spent(&house, &browser, &callback, &format!("{door:?}")).await;
        // The state is the login's own, so a second code with it is not tried.
        let (address, _) = callback.split_once("code=").unwrap();
        let rest = callback.split_once('&').unwrap().1;
        is_spent(&house, &browser, &format!("{address}code=made-up&{rest}"), &format!("{door:?}")).await;
        house.behave(|uni| uni.token = TokenDoor::Good);
    }
    house.behave(|uni| uni.lie = Some(Lie::Key(KeyLie::SignedByAnother)));
    let (browser, callback) = refused(&house).await;
    is_spent(&house, &browser, &callback, "a signature of another").await;
    house.behave(|uni| uni.lie = None);
    for error in ["access_denied", "server_error", "temporarily_unavailable", "invalid_scope", "unheard_of"] {
        house.behave(|uni| uni.answer = Answer::Error(error.into()));
        let (browser, callback) = refused(&house).await;
        is_spent(&house, &browser, &callback, error).await;
    }
    let browser = house.browser();
    house.behave(|uni| uni.answer = Answer::Code);
    let callback = browser.as_far_as_the_callback("/auth/notes").await;
    house.uni.stop().await;
    assert_eq!(browser.go(&callback).await.status, 503);
    house.uni.restart().await;
    is_spent(&house, &browser, &callback, "a provider that is away").await;
}

// C9
#[tokio::test]
async fn an_error_that_another_issuer_may_have_sent_spends_nothing() {
    let house = House::open().await;
    let browser = house.browser();
    let callback = browser.as_far_as_the_callback("/auth/notes").await;
    let (address, rest) = (callback.split_once('?').unwrap().0, callback.split_once('&').unwrap().1);
    let state = rest.split('&').find(|pair| pair.starts_with("state=")).unwrap();
    let forged = format!("{address}?error=access_denied&{state}&iss=https%3A%2F%2Fanother.example");
    assert_eq!(browser.go(&forged).await.status, 400);
    browser.go(&callback).await.token_at(NOTES);
}

async fn refused(house: &House) -> (Browser, String) {
    let browser = house.browser();
    let callback = browser.as_far_as_the_callback("/auth/notes").await;
    let page = browser.go(&callback).await;
    assert!(page.status.is_client_error() || page.status.is_server_error(), "{}", page.text());
    (browser, callback)
}

/// The provider would take the code now, and is not asked.
async fn is_spent(house: &House, browser: &Browser, callback: &str, what: &str) {
    house.behave(|uni| uni.token = TokenDoor::Good);
    let asked = house.uni.received().token.len();
    let page = browser.go(callback).await;
    assert_eq!((page.status.as_u16(), page.heading().as_str()), (400, FINISHED), "{what}");
    assert!(browser.session().is_none() && page.cookies_set().is_empty(), "{what}");
    assert_eq!(house.uni.received().token.len(), asked, "{what}: the code was shown a second time");
}

// C56
#[tokio::test]
async fn what_a_token_endpoint_repeats_of_what_it_was_sent_stands_in_no_log() {
    let (log, house) = (Log::open(), House::open().await);
    house.behave(|uni| uni.token = TokenDoor::Repeats);
    let page = house.browser().sign_in("/auth/notes").await;
    let line = log.line(&page.code());
    assert!(line.contains("invalid_request: [left out]"), "{line}");
    let sent = house.uni.received().token.pop().unwrap();
    let basic = sent.headers["authorization"].to_str().unwrap().trim_start_matches("Basic ").to_owned();
    let [code, verifier] = ["code", "code_verifier"].map(|name| sent.form.get(name).unwrap().to_owned());
    let audit = format!("{:?}", house.audit().await);
    for secret in [code, verifier, basic, SECRET.to_owned()] {
        let percent = secret.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
        for spelling in [secret, percent] {
            assert!(!line.contains(&spelling) && !audit.contains(&spelling), "{spelling}: {line}");
        }
    }
}
