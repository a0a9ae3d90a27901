//! Callbacks: which login an answer belongs to, and which answers are refused.

use std::collections::BTreeSet;

use support::provider::{Answer, Fields, IssuerInAnswer, IssuerPromise};
use support::{FormOrigin, Log, TestServer};
use time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use vestibule::base::urls::query;

const NOTES: &str = "https://notes.example.org/signed-in";

// C1
#[tokio::test]
async fn a_callback_in_another_browser_issues_nothing_and_offers_a_new_start() {
    let server = TestServer::start().await;
    let (browser, other_browser) = (server.browser(), server.browser());
    let callback = browser.callback_url("/auth/notes").await;
    other_browser.go("/auth/notes").await;
    let page = other_browser.go(&callback).await;
    assert_eq!(page.status, 400);
    assert_eq!(page.heading(), "This sign-in began in another browser, or cookies are blocked.");
    assert!(page.text().contains("We can finish signing in to Notes only in the browser"), "{}", page.text());
    assert_eq!(page.link("Start again here"), "https://notes.example.org/");
    assert!(page.cookies_set().is_empty() && other_browser.session().is_none());
    assert!(server.uni.received().token.is_empty(), "the code was sent");
    browser.go(&callback).await.token_at(NOTES);
}

// C2
#[tokio::test]
async fn every_unknown_state_gets_the_same_answer() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let callback = browser.callback_url("/auth/notes").await;
    let state = Fields::read(callback.split_once('?').unwrap().1.as_bytes()).get("state").unwrap().to_owned();
    let other = TestServer::start().await;
    let foreign = other.browser().callback_url("/auth/notes").await;
    let foreign = Fields::read(foreign.split_once('?').unwrap().1.as_bytes()).get("state").unwrap().to_owned();
    let mut altered = state.clone().into_bytes();
    let middle = altered.len() / 2;
    altered[middle] = if altered[middle] == b'A' { b'B' } else { b'A' };
    let altered = String::from_utf8(altered).unwrap();
    let long = "x".repeat(5000);
    let mut pages = Vec::new();
    for states in [
        vec![],
        vec![""],
        vec![&state, &state],
        vec!["forged"],
        vec![&foreign],
        vec![&altered],
        vec![&state[..state.len() - 1]],
        vec![&long],
        vec!["\u{0}\u{202e}<script>"],
    ] {
        let fields: Vec<_> = [("code", "c")].into_iter().chain(states.iter().map(|state| ("state", *state))).collect();
        let page = browser.go(&format!("/callback/uni?{}", query(&fields))).await;
        assert_eq!(page.status, 400);
        assert!(server.explain(&page.reference_code()).await.is_none(), "no audit row for an unknown login");
        pages.push(page.without_reference_code());
    }
    assert!(pages.iter().all(|page| *page == pages[0]));
    assert!(server.audit().await.is_empty());
    browser.go(&callback).await.token_at(NOTES);
}

// C3
#[tokio::test]
async fn a_state_is_valid_once_and_for_ten_minutes() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let late = browser.callback_url("/auth/notes?state=kept").await;
    server.advance_clock(Duration::seconds(601));
    let page = browser.go(&late).await;
    assert_eq!((page.status.as_u16(), page.heading()), (400, "This sign-in took too long.".into()));
    browser.sign_in(&page.link("Start again")).await.delivery_at(NOTES);

    let just = server.browser();
    let callback = just.callback_url("/auth/notes").await;
    server.advance_clock(Duration::seconds(590));
    just.go(&callback).await.token_at(NOTES);
    let again = just.go(&callback).await;
    assert_eq!((again.status.as_u16(), again.heading()), (400, "You are already signed in.".into()));
    assert!(again.cookies_set().is_empty());
    assert_eq!(server.uni.received().token.len(), 2);
}

// C2
#[tokio::test]
async fn a_refused_callback_names_its_app_in_every_language() {
    let server = TestServer::start().await;
    let go = async |language: &'static str, page: &str| {
        let reader = server.browser().with_language(language);
        let callback = reader.callback_url("/auth/notes").await;
        match page {
            "expired" => server.advance_clock(Duration::seconds(601)),
            "elsewhere" => reader.delete_cookies(|_| true),
            "spent" => drop(reader.go(&callback).await),
            _ => {
                reader.go(&callback).await;
                reader.delete_cookies(|name| name == "__Host-vestibule");
            }
        }
        reader.go(&callback).await
    };
    for language in ["en", "de", "fr"] {
        for what in ["expired", "elsewhere", "spent", "spent, and signed out"] {
            let page = go(language, what).await;
            assert_eq!(page.status, 400, "{what}");
            let words = page.text().replace(&page.links()[0].0, "");
            assert!(words.contains("Notes"), "{language}, {what}: {words}");
        }
    }
}

// C3: a login cookie fits only its own state, even for the same app and provider.
#[tokio::test]
async fn cookies_swapped_between_two_logins_are_refused() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let (one, two) =
        (browser.callback_url("/auth/notes").await, { browser.callback_url("/auth/meet?room=maths").await });
    let logins = browser.login_cookies();
    browser.set_cookie(&logins[0].0, &logins[1].1);
    browser.set_cookie(&logins[1].0, &logins[0].1);
    for callback in [one, two] {
        assert_eq!(browser.go(&callback).await.status, 400);
    }
    assert!(browser.session().is_none() && server.uni.received().token.is_empty());
}

// C4
#[tokio::test]
async fn every_authorization_request_is_unguessable_and_unique() {
    let server = TestServer::start().await;
    for start in ["/auth/notes", "/auth/notes", "/auth/galene?room=maths", "/auth/notes?prompt=login&nonce=ours"] {
        server.browser().callback_url(start).await;
    }
    let asked = server.uni.received().authorize;
    let mut seen = BTreeSet::new();
    for request in &asked {
        assert_eq!(request.get("code_challenge_method"), Some("S256"));
        assert_eq!(request.get("response_type"), Some("code"));
        assert_eq!(request.get("client_id"), Some("vestibule"));
        assert_eq!(request.get("redirect_uri"), Some(format!("{}/callback/uni", server.base).as_str()));
        assert_eq!(request.get("code_challenge").unwrap().len(), 43);
        assert!(!request.has("code_verifier"));
        for name in ["code_challenge", "state", "nonce"] {
            let value = request.get(name).unwrap();
            assert!(value.len() >= 22 && seen.insert(value.to_owned()), "{name}: {value}");
        }
    }
    assert_eq!(asked.len(), 4);
}

// C5, C6
#[tokio::test]
async fn code_and_verifier_go_only_to_their_own_providers_token_endpoint() {
    let server = TestServer::with_two_providers().await;
    server.browser().sign_in("/auth/notes?provider=uni").await.token_at(NOTES);
    let uni = server.uni.received();
    assert_eq!((uni.token.len(), server.lab.received().token.len()), (1, 0));
    let verifier = uni.token[0].form.get("code_verifier").unwrap();
    assert!(verifier.len() >= 43);
    assert!(!uni.authorize[0].0.iter().any(|(_, value)| value.contains(verifier)));
    assert!(uni.token[0].headers["authorization"].to_str().unwrap().starts_with("Basic "));
    assert!(!uni.token[0].form.has("client_secret"));
}

// C7, C6
#[tokio::test]
async fn the_state_of_one_provider_is_refused_at_the_callback_of_another() {
    let server = TestServer::with_two_providers().await;
    let browser = server.browser();
    let callback = browser.callback_url("/auth/notes?provider=uni").await;
    let page = browser.go(&callback.replace("/callback/uni", "/callback/lab")).await;
    assert_eq!(page.status, 400);
    assert!(server.explain(&page.reference_code()).await.unwrap().detail.unwrap().starts_with("C7"));
    assert!(server.uni.received().token.is_empty() && server.lab.received().token.is_empty());
    assert!(browser.session().is_none());
    browser.go(&callback).await.token_at(NOTES);
    assert_eq!(browser.go("/callback/nobody?code=c&state=s").await.status, 404);
}

// C6
#[tokio::test]
async fn a_code_is_not_sent_to_an_issuer_that_replaced_its_own_in_the_config() {
    let server = TestServer::start().await;
    server.behave(|uni| (uni.iss, uni.promise) = (IssuerInAnswer::Missing, IssuerPromise::NotGiven));
    server.lab.behave(|lab| lab.promise = IssuerPromise::NotGiven);
    let browser = server.browser();
    let callback = browser.callback_url("/auth/notes").await;
    let lab = server.lab.issuer().to_owned();
    server.reconfigure(|config| {
        config.provider("uni").set_text("issuer", &lab);
    });
    let page = browser.go(&callback).await;
    assert!(page.status.is_client_error() && browser.session().is_none());
    assert!(server.lab.received().token.is_empty() && server.uni.received().token.is_empty());
    let audit_detail = server.explain(&page.reference_code()).await.unwrap().detail.unwrap();
    assert!(audit_detail.contains("another issuer in the config"), "{audit_detail}");
    server.lab.behave(|lab| lab.iss = IssuerInAnswer::Missing);
    browser.sign_in(&page.link("Start again")).await.token_at(NOTES);
}

// C2
#[tokio::test]
async fn a_callback_of_a_provider_that_was_removed_names_the_app_and_a_way_on() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let callback = browser.callback_url("/auth/notes").await;
    server.reconfigure(|config| {
        config.add_lab();
        config.remove_provider("uni");
    });
    let page = browser.go(&callback).await;
    assert!(page.status == 400 && browser.session().is_none());
    assert_eq!(page.heading(), "This sign-in has to be started again.");
    let found = server.explain(&page.reference_code()).await.unwrap();
    let detail = found.row.entry.detail.unwrap().to_string();
    assert_eq!(detail, "the provider uni was removed from the config since this login began");
    assert!(server.uni.received().token.is_empty(), "the code was sent");
    let again = page.link("Start again");
    assert!(again.contains("/auth/notes") || again.starts_with("https://notes.example.org/"), "{again}");
    // A state that is not ours, or that is for another provider, names no app.
    let state = callback.split_once("state=").unwrap().1.split('&').next().unwrap().to_owned();
    for unknown in ["/callback/uni?code=c&state=forged".to_owned(), format!("/callback/nobody?code=c&state={state}")] {
        let page = browser.go(&unknown).await;
        assert_eq!(page.status, 404);
        assert!(!page.text().contains("Start again"), "{}", page.text());
    }
}

#[tokio::test]
async fn a_posted_answer_that_is_too_large_is_refused_with_the_limit() {
    let log = Log::open();
    let server = TestServer::start().await;
    let junk = vec![("junk".to_owned(), "x".repeat(100_000))];
    let page = server.browser().post("/callback/uni", &junk, FormOrigin::AnotherSite).await;
    assert_eq!(page.status, 400);
    assert!(log.line(&page.reference_code()).contains("a form of more than 64 KiB"), "{}", log.text());
}

#[tokio::test]
async fn a_posted_answer_that_is_cut_short_or_not_http_is_refused_with_its_own_cause() {
    let log = Log::open();
    let server = TestServer::start().await;
    for (rest, cause, expected) in [
        ("Content-Length: 50\r\n\r\ncode=c", "a form that ended before its announced length", 1),
        ("Transfer-Encoding: chunked\r\n\r\n5\r\nco", "a form that ended before its announced length", 2),
        ("Transfer-Encoding: chunked\r\n\r\nZZ\r\ncode=c\r\n", "a form whose body is not valid HTTP", 1),
    ] {
        let mut connection = TcpStream::connect(server.base.strip_prefix("http://").unwrap()).await.unwrap();
        let head =
            "POST /callback/uni HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n";
        connection.write_all(format!("{head}{rest}").as_bytes()).await.unwrap();
        connection.shutdown().await.unwrap();
        let _closed = connection.read_to_end(&mut Vec::new()).await;
        for _attempt in 0..500 {
            if log.text().matches(cause).count() == expected {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        assert_eq!(log.text().matches(cause).count(), expected, "{cause}: {}", log.text());
    }
}

// C8
#[tokio::test]
async fn an_answer_must_come_from_the_issuer_that_was_asked() {
    let server = TestServer::start().await;
    for (iss, promise, status) in [
        (IssuerInAnswer::Right, IssuerPromise::Given, 303),
        (IssuerInAnswer::Wrong, IssuerPromise::Given, 400),
        (IssuerInAnswer::Missing, IssuerPromise::Given, 400),
    ] {
        server.behave(|uni| (uni.iss, uni.promise) = (iss, promise));
        let exchanges = server.uni.received().token.len();
        let page = server.browser().sign_in("/auth/notes").await;
        assert_eq!(page.status, status, "{iss:?} {promise:?}");
        if status == 400 {
            assert_eq!(server.uni.received().token.len(), exchanges, "the code was sent");
            assert!(server.explain(&page.reference_code()).await.unwrap().detail.unwrap().starts_with("C8"));
        }
    }
    let silent = TestServer::start().await;
    for (iss, status) in [(IssuerInAnswer::Missing, 303), (IssuerInAnswer::Right, 303), (IssuerInAnswer::Wrong, 400)] {
        silent.behave(|uni| (uni.iss, uni.promise) = (iss, IssuerPromise::NotGiven));
        assert_eq!(silent.browser().sign_in("/auth/notes").await.status, status, "{iss:?}");
    }
}

// C9
#[tokio::test]
async fn an_error_from_another_issuer_or_for_another_state_changes_nothing() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let good = browser.callback_url("/auth/notes").await;
    let state = Fields::read(good.split_once('?').unwrap().1.as_bytes()).get("state").unwrap().to_owned();
    let error = |iss: &str| query(&[("error", "access_denied"), ("state", &state), ("iss", iss)]);
    let page = browser.go(&format!("/callback/uni?{}", error("https://another.example"))).await;
    assert_eq!((page.status.as_u16(), page.heading().contains("could not be trusted")), (400, true));
    assert!(server.explain(&page.reference_code()).await.unwrap().detail.unwrap().starts_with("C8"));
    for answer in [Answer::DeniedWithOtherState, Answer::CodeWithOtherState, Answer::CodeWithoutState] {
        server.behave(|uni| uni.answer = answer);
        assert_eq!(browser.sign_in("/auth/notes").await.heading(), "This sign-in can’t be finished.");
    }
    browser.go(&good).await.token_at(NOTES);
}

// C2
#[tokio::test]
async fn an_empty_state_counts_as_missing() {
    let (log, server) = (Log::open(), TestServer::start().await);
    for (query, expected) in [("", "missing"), ("?state=", "missing"), ("?state=x", "not made by Vestibule")] {
        let page = server.browser().go(&format!("/callback/uni{query}")).await;
        assert_eq!(page.status, 400);
        let line = log.line(&page.reference_code());
        assert!(line.contains("its state ") && line.contains(expected), "{query}: {line}");
    }
}
