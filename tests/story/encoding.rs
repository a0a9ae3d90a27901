//! Text that is not UTF-8 is refused and never decoded to something similar.

use support::{Log, TestServer};

const NOTES: &str = "https://notes.example.org/signed-in";

// C32: a lossy decoder would turn one room's name into another's
#[tokio::test]
async fn a_start_whose_percent_encoding_is_not_utf8_is_refused() {
    let server = TestServer::start().await;
    let browser = server.browser();
    for query in ["room=caf%E9", "room=%FF", "room=maths&state=%C3", "room=maths&room=%E9", "room=maths&prompt=%E9"] {
        let page = browser.go(&format!("/auth/meet?{query}")).await;
        assert_eq!(page.status, 400, "{query}");
        assert!(page.text().contains("not UTF-8"), "{query}: {}", page.text());
        assert!(browser.login_cookies().is_empty(), "{query}");
    }
    assert_ne!(browser.go("/auth/meet?room=caf%C3%A9").await.status, 400);
    assert!(server.uni.received().authorize.is_empty());
}

// C2
#[tokio::test]
async fn a_callback_whose_state_is_not_utf8_is_refused_like_an_unknown_state() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let page = browser.go("/callback/uni?state=%FF&code=x").await;
    let other = browser.go("/callback/uni?state=nobody-made-this&code=x").await;
    assert_eq!(page.status, 400);
    assert_eq!(page.without_reference_code(), other.without_reference_code());
    let posted = reqwest::Client::new()
        .post(format!("{}/callback/uni", server.base))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("state=%FF&code=x");
    assert_eq!(posted.send().await.unwrap().status().as_u16(), 400);
}

// C2
#[tokio::test]
async fn an_unused_parameter_that_is_not_utf8_is_ignored() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let hints = "login_hint=%FF&ui_locales=de%00";
    let callback = browser.callback_url(&format!("/auth/notes?utm=%E9&%FF=1&{hints}")).await;
    browser.go(&format!("{callback}&x=%E9")).await.token_at(NOTES);
}

#[tokio::test]
async fn a_denial_in_latin_1_is_logged_and_a_malformed_answer_is_logged_with_its_provider() {
    let (log, server) = (Log::open(), TestServer::start().await);
    let browser = server.browser();
    let state = async || {
        let callback: url::Url = browser.callback_url("/auth/notes").await.parse().unwrap();
        let state = callback.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        format!("/callback/uni?state={}&iss={}", encoded(&state), encoded(server.uni.issuer()))
    };
    let page = browser.go(&format!("{}&error=access_denied&error_description=refus%E9", state().await)).await;
    let line = log.line(&page.reference_code());
    for words in ["provider_denied", "refus\u{fffd}", "provider=\"uni\""] {
        assert!(line.contains(words), "{words}: {line}");
    }
    for (more, words) in [
        ("&code=%E9", "`code` is not UTF-8"),
        ("", "it has neither `code` nor `error`"),
        ("&code=c&error=e", "it has both `code` and `error`"),
    ] {
        let page = browser.go(&format!("{}{more}", state().await)).await;
        let line = log.line(&page.reference_code());
        assert!(line.contains(words) && line.contains("app=\"notes\" provider=\"uni\""), "{words}: {line}");
    }
}

// C38
#[tokio::test]
async fn a_posted_answer_with_a_stray_byte_is_reposted_by_our_page() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let callback = browser.callback_url("/auth/notes").await;
    let query = callback.split_once('?').unwrap().1;
    let posted = reqwest::Client::new()
        .post(format!("{}/callback/uni", server.base))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("{query}&x=%E9"));
    let answer = posted.send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    assert!(answer.text().await.unwrap().contains("vestibule_reposted"));
}

// C38
#[tokio::test]
async fn unused_parameters_are_left_out_of_a_reposted_form() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let callback = browser.callback_url("/auth/notes").await;
    let query = callback.split_once('?').unwrap().1;
    let post = |more: &str| {
        let body = format!("{query}{more}");
        let posted = reqwest::Client::new().post(format!("{}/callback/uni", server.base)).body(body);
        posted.header("content-type", "application/x-www-form-urlencoded").send()
    };
    let plain = post("").await.unwrap().text().await.unwrap();
    for more in ["&a", "&session_state=x", "&error_description"].map(|more| more.repeat(3000)) {
        let page = post(&more).await.unwrap();
        assert_eq!(page.status().as_u16(), 200);
        let page = page.text().await.unwrap();
        assert!(page.len() < plain.len() + 300, "{} bytes of {}", page.len(), more.len());
        assert!(!page.contains("session_state"), "{page}");
    }
    // A parameter that must be given once is repeated.
    assert_eq!(post(&"&code=x".repeat(3000)).await.unwrap().status().as_u16(), 400);
    browser.go(&callback).await.token_at(NOTES);
}
