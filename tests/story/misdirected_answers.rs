//! Answers at the wrong callback, without their login, or after a change of the config, and a start that is too long.

use support::provider::Fields;
use support::{Browser, FormOrigin, Log, Page, TestConfig, TestServer};
use time::Duration;
use vestibule::base::urls::query;

const NOTES: &str = "https://notes.example.org/signed-in";

/// The same answer, posted from another site to the callback of `provider`.
async fn post_to(browser: &Browser, provider: &str, callback: &str) -> Page {
    let fields = Fields::read(callback.split_once('?').unwrap().1.as_bytes()).0;
    let page = browser.post(&format!("/callback/{provider}"), &fields, FormOrigin::AnotherSite).await;
    assert_eq!(page.status, 200, "C38: our page posts the answer again");
    browser.follow(page).await
}

// C7
#[tokio::test]
async fn an_answer_at_a_password_providers_callback_names_its_app_and_still_works_at_its_own() {
    let server = TestServer::with(TestConfig::add_passwords).await;
    let browser = server.browser();
    let callback = browser.callback_url("/auth/notes?provider=uni").await;
    let by_link = browser.go(&callback.replace("/callback/uni", "/callback/local")).await;
    for page in [by_link, post_to(&browser, "local", &callback).await] {
        assert_eq!(page.status, 400);
        assert!(page.text().contains("Notes"), "{}", page.text());
        assert!(server.explain(&page.reference_code()).await.unwrap().detail.unwrap().starts_with("C7"));
    }
    assert_eq!(browser.go("/callback/local?code=c&state=s").await.heading(), "This sign-in can’t be finished.");
    assert_eq!(post_to(&browser, "nobody", &callback).await.status, 404);
    assert!(server.uni.received().token.is_empty());
    browser.go(&callback).await.token_at(NOTES);
}

// C6
#[tokio::test]
async fn an_answer_to_a_provider_that_became_a_password_provider_is_refused() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let callback = browser.callback_url("/auth/notes").await;
    server.reconfigure(|config| {
        config.remove_provider("uni");
        config.add_passwords();
        config.provider("local").set_text("id", "uni");
    });
    let page = browser.go(&callback).await;
    assert_eq!((page.status.as_u16(), page.heading()), (400, "This sign-in has to be started again.".into()));
}

// C6
#[tokio::test]
async fn after_a_used_answer_of_a_former_issuer_the_login_has_to_start_again() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let callback = browser.callback_url("/auth/notes").await;
    browser.go(&callback).await.token_at(NOTES);
    let lab = server.lab.issuer().to_owned();
    server.reconfigure(|config| {
        config.provider("uni").set_text("issuer", &lab);
    });
    let page = browser.go(&callback).await;
    assert_eq!((page.status.as_u16(), page.heading()), (400, "This sign-in has to be started again.".into()));
}

// C2
#[tokio::test]
async fn an_answer_for_a_removed_app_is_404_with_and_without_its_cookie() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let callback = browser.callback_url("/auth/notes").await;
    server.reconfigure(|config| {
        config.app("notes").set_text("id", "notebook");
    });
    let with_cookie = browser.go(&callback).await;
    browser.delete_cookies(|_| true);
    for page in [with_cookie, browser.go(&callback).await] {
        assert_eq!(page.status, 404);
    }
}

// C3
#[tokio::test]
async fn a_cookie_with_the_content_of_another_login_does_not_start_that_login_again() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let callback = browser.callback_url("/auth/notes?state=one").await;
    browser.callback_url("/auth/notes?state=two").await;
    let logins = browser.login_cookies();
    browser.set_cookie(&logins[0].0, &logins[1].1);
    let page = browser.go(&callback).await;
    assert_eq!(page.status, 400);
    assert_eq!(page.link("Start again here"), "https://notes.example.org/");
}

#[tokio::test]
async fn a_start_that_is_too_long_is_refused_before_any_provider_is_asked() {
    let long = format!("https://notes.example.org/{}", "y".repeat(1500));
    let server = TestServer::with(|config| {
        config.app("notes").set("locations", &format!("[\"{long}\"]"));
        config.provider("uni").set_text("issuer", "http://127.0.0.1:9");
    })
    .await;
    let longest = "x".repeat(256);
    let start = query(&[("state", longest.as_str()), ("nonce", &longest)]);
    let page = server.browser().go(&format!("/auth/notes?{start}")).await;
    assert_eq!(page.status, 400, "{}", page.text());
    assert!(page.text().contains("too long"), "{}", page.text());
}

#[tokio::test]
async fn a_start_that_fits_for_no_provider_is_refused_before_the_person_chooses_one() {
    let statuses = async |length: usize| {
        let server = TestServer::with(|config| {
            config.add_lab();
            config.provider("lab").set_text("issuer", &format!("http://127.0.0.1:9/{}", "z".repeat(150)));
            config.app("notes").set("locations", &format!("[\"{}\"]", address(length)));
        })
        .await;
        let browser = server.browser();
        let page = browser.go("/auth/notes?login_hint=ada").await;
        let mut statuses = vec![page.status.as_u16()];
        for name in ["Continue with Example University", "Continue with Example Lab"] {
            match page.links().into_iter().find(|(words, _)| words == name) {
                Some((_, href)) => statuses.push(browser.go(&href).await.status.as_u16()),
                None => assert!(page.text().contains("too long"), "{}", page.text()),
            }
        }
        statuses
    };
    // Addresses of these lengths lie around the limits. The provider with the long issuer does not answer.
    let mut all = Vec::new();
    for length in (1_000..1_350).step_by(20) {
        all.push(statuses(length).await);
    }
    all.dedup();
    assert_eq!(all, [vec![200, 303, 503], vec![200, 303, 400], vec![400]]);
}

#[tokio::test]
async fn a_start_that_fits_for_no_redirect_still_shows_the_password_form() {
    let address = address(1_400);
    let server = TestServer::with(|config| {
        config.add_passwords();
        config.app("notes").set("locations", &format!("[\"{address}\"]"));
    })
    .await;
    server.add_user("grace", "correct horse battery").await;
    let browser = server.browser();
    let page = browser.go("/auth/notes").await;
    let link = page.links().into_iter().find(|(words, _)| words == "Continue with Example University").unwrap();
    let refused = browser.go(&link.1).await;
    assert!(refused.status == 400 && refused.text().contains("too long"), "{}", refused.text());
    browser.submit_password(&page, "grace", "correct horse battery").await.delivery_at(&address);
}

/// An address of an app, of about this length.
fn address(length: usize) -> String {
    format!("https://notes.example.org/{}", "y".repeat(length))
}

// C2, C56: a provider that refuses a request before it reads the state answers without a state.
#[tokio::test]
async fn a_denial_without_a_login_looks_like_any_other_answer_and_is_logged_with_its_text() {
    let (log, server) = (Log::open(), TestServer::start().await);
    let browser = server.browser();
    let nothing = browser.go("/callback/uni?code=c").await;
    assert!(!log.line(&nothing.reference_code()).contains("the provider"), "{}", log.line(&nothing.reference_code()));
    let callback = browser.callback_url("/auth/notes").await;
    let fields = Fields::read(callback.split_once('?').unwrap().1.as_bytes());
    let (state, cookie) = (fields.get("state").unwrap(), browser.login_cookies()[0].1.clone());
    let fragment = format!("bad redirect, {cookie}, {state}{}", " x".repeat(500));
    for states in [vec![], vec![""], vec!["forged"], vec!["forged", state]] {
        let states = states.into_iter().map(|state| ("state", state));
        let error = [("error", "invalid_request"), ("error_description", fragment.as_str())];
        let page = browser.go(&format!("/callback/uni?{}", query(&states.chain(error).collect::<Vec<_>>()))).await;
        assert_eq!(page.without_reference_code(), nothing.without_reference_code());
        let line = log.line(&page.reference_code());
        let expected = "; if this answer is the provider's, the provider refuses our request: invalid_request: ";
        assert!(line.contains("cause=\"callback_refused\"") && line.contains(expected), "{line}");
        assert!(line.contains("bad redirect, ") && !line.contains(&cookie) && line.len() < 1000, "{line}");
    }
    assert!(!log.text().contains(state));
    assert!(server.audit().await.is_empty());

    // The same with a login that can no longer be finished.
    server.advance_clock(Duration::seconds(601));
    let late = query(&[("state", state), ("error", "temporarily_unavailable"), ("error_description", "too late")]);
    let page = browser.go(&format!("/callback/uni?{late}")).await;
    assert_eq!(page.heading(), "This sign-in took too long.");
    let line = log.line(&page.reference_code());
    assert!(line.contains("the provider reports a problem: temporarily_unavailable: \"too late\""), "{line}");
    assert!(!server.explain(&page.reference_code()).await.unwrap().detail.unwrap().contains("too late"));
}
