//! Many requests at once: one exchange a login, several tabs, bounded cookies, and starts that write nothing.

use support::provider::{DiscoveryEndpoint, TokenEndpoint};
use support::{Browser, TestServer};
use time::Duration;

use crate::database_probe::DatabaseProbe;

const NOTES: &str = "https://notes.example.org/signed-in";

#[tokio::test]
async fn twenty_simultaneous_callbacks_make_one_exchange_and_one_session() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let callback = browser.callback_url("/auth/notes").await;
    server.behave(|uni| uni.token = TokenEndpoint::Slow(std::time::Duration::from_millis(100)));
    let pages = at_once(20, || browser.go(&callback)).await;
    assert_eq!(pages.iter().filter(|page| page.status == 303).count(), 1);
    let others = pages.iter().filter(|page| page.status == 400);
    assert_eq!(others.filter(|page| page.cookies_set().is_empty()).count(), 19);
    assert_eq!(server.uni.received().token.len(), 1);
    assert_eq!(server.audit().await.len(), 1);
}

// C3
#[tokio::test]
async fn a_callback_sent_to_two_instances_at_once_signs_in_once() {
    let server = TestServer::start().await;
    let (here, there) = (server.browser(), Browser::new(&server.start_second_instance().await));
    let callback = here.callback_url("/auth/notes").await;
    here.login_cookies().iter().for_each(|(name, value)| there.set_cookie(name, value));
    server.behave(|uni| uni.token = TokenEndpoint::SlowAfterRedeeming(std::time::Duration::from_millis(300)));
    let path = callback.strip_prefix(&server.base).unwrap();
    let (one, other) = tokio::join!(here.go(path), there.go(path));
    let (won, lost) = if one.status == 303 { (one, other) } else { (other, one) };
    won.token_at(NOTES);
    assert_eq!((lost.status.as_u16(), lost.heading()), (400, "This sign-in is already finished.".into()));
    assert!(lost.cookies_set().is_empty());
    assert_eq!(server.uni.received().token.len(), 2);
    assert_eq!(server.audit().await.len(), 1, "the sign-in, and no refusal");
}

// C3
#[tokio::test]
async fn a_callback_replayed_at_another_instance_issues_nothing_and_is_exchanged_at_most_once() {
    let server = TestServer::start().await;
    let (here, there) = (server.browser(), Browser::new(&server.start_second_instance().await));
    let callback = here.callback_url("/auth/notes").await;
    here.login_cookies().iter().for_each(|(name, value)| there.set_cookie(name, value));
    here.go(&callback).await.token_at(NOTES);
    for _ in 0..3 {
        let replayed = there.go(callback.strip_prefix(&server.base).unwrap()).await;
        assert_eq!(replayed.heading(), "This sign-in is already finished.");
        assert!(replayed.cookies_set().is_empty() && there.session().is_none());
    }
    assert_eq!(server.uni.received().token.len(), 2);
    assert_eq!(server.audit().await.len(), 1, "the sign-in, and no refusal");
}

#[tokio::test]
async fn a_new_person_in_ten_browsers_at_once_gets_one_account() {
    let server = TestServer::start().await;
    let browsers: Vec<_> = (0..10).map(|_| server.browser()).collect();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let pages = at_once(10, || {
        let browser = &browsers[next.fetch_add(1, std::sync::atomic::Ordering::SeqCst)];
        browser.sign_in("/auth/notes")
    });
    let mut people = std::collections::BTreeSet::new();
    for page in pages.await {
        let (_, claims) = server.verify_token(&page.token_at(NOTES)).await;
        people.insert((claims["sub"].to_string(), claims["preferred_username"].to_string()));
    }
    assert_eq!(people.len(), 1, "{people:?}");
    // Metadata and keys are fetched once, however many logins need them.
    assert_eq!((server.uni.received().discovery, server.uni.received().jwks), (1, 1));
}

#[tokio::test]
async fn a_refresh_asks_all_providers_but_at_most_sixteen_at_once() {
    let ids: Vec<String> = (0..23).map(|number| format!("uni-{number}")).collect();
    let names: Vec<(&str, &str)> = ids.iter().map(|id| (id.as_str(), id.as_str())).collect();
    let server = TestServer::with(|config| config.add_providers(&names)).await;
    server.behave(|uni| uni.discovery = DiscoveryEndpoint::WaitsForRequests(16));
    server.broker.config().refresh().await;
    let received = server.uni.received();
    assert_eq!((received.discovery, received.concurrent_discovery), (24, 16));
}

#[tokio::test]
async fn eight_of_nine_tabs_work_and_the_oldest_is_evicted() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let mut tabs = Vec::new();
    for tab in 0..9 {
        tabs.push(browser.callback_url(&format!("/auth/notes?state=tab-{tab}")).await);
        server.advance_clock(Duration::seconds(1));
    }
    assert_eq!(browser.login_cookies().len(), 8);
    let page = browser.go(&tabs[0]).await;
    assert_eq!((page.status.as_u16(), page.heading()), (400, "Newer sign-ins replaced this one.".into()));
    assert_eq!(server.explain(&page.reference_code()).await.unwrap().row.entry.cause.as_deref(), Some("login_evicted"));
    // Tabs finish in any order, each with its own state, although the first one opens the session.
    for tab in [8, 1, 5, 2, 7, 3, 6, 4] {
        let delivery = browser.go(&tabs[tab]).await.delivery_at(NOTES);
        assert_eq!(delivery.get("state"), Some(format!("tab-{tab}").as_str()));
    }
}

#[tokio::test]
async fn login_cookies_stay_within_the_limits_of_proxies() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let long = "x".repeat(256);
    let start = format!("/auth/notes?state={long}&nonce={long}&login_hint={long}&ui_locales=en");
    for _ in 0..9 {
        let page = browser.go(&start).await;
        assert!(page.cookies_set().iter().map(|line| line.len()).sum::<usize>() < 3200, "nginx refuses more");
        server.advance_clock(Duration::seconds(1));
        let kept = browser.login_cookies();
        assert!(kept.iter().all(|(_, sealed)| sealed.len() <= 2048));
        let together: usize = kept.iter().map(|(_, sealed)| sealed.len()).sum();
        assert!(together <= 5 * 1024, "{together}");
    }
    browser.sign_in(&start).await.token_at(NOTES);
}

#[tokio::test]
async fn a_start_that_is_too_long_for_a_cookie_still_gives_the_provider_its_hints() {
    let location = format!("https://notes.example.org/{}", "x".repeat(600));
    let server = TestServer::with(|config| {
        config.app("notes").set("locations", &format!("[\"{location}\"]"));
    })
    .await;
    let (values, hint) = ("v".repeat(100), "h".repeat(256));
    let start = format!("/auth/notes?state={values}&nonce={values}&login_hint={hint}&ui_locales={hint}");
    let delivery = server.browser().sign_in(&start).await.delivery_at(&location);
    assert_eq!(delivery.get("state"), Some(values.as_str()));
    let asked = &server.uni.received().authorize[0];
    assert_eq!((asked.get("login_hint"), asked.get("ui_locales")), (Some(hint.as_str()), Some(hint.as_str())));
}

#[tokio::test]
async fn an_abandoned_start_writes_nothing() {
    let server = TestServer::start().await;
    let mut probe = DatabaseProbe::open(&server.database()).await;
    let before = probe.snapshot().await;
    for start in [
        "/auth/notes",
        "/auth/notes?prompt=none",
        "/auth/meet?room=maths",
        "/auth/meet?room=..",
        "/auth/nobody",
        "/auth/notes?location=https://evil.example/",
        "/callback/uni?code=c&state=s",
        "/healthz",
        "/readyz",
        "/logout",
        "/.well-known/jwks.json",
    ] {
        server.browser().go(start).await;
    }
    server.browser().callback_url("/auth/notes").await;
    assert_eq!(probe.snapshot().await, before);
    server.browser().sign_in("/auth/notes").await.token_at(NOTES);
    assert_ne!(probe.snapshot().await, before, "the probe notices a write");
}

#[tokio::test]
async fn many_callbacks_without_their_cookie_make_one_audit_row_and_few_writes() {
    let server = TestServer::start().await;
    // At the beginning of a minute, so that all refusals fall into the same one.
    server.advance_clock(Duration::seconds(60 - i64::from(server.now().second())));
    let callback = server.browser().callback_url("/auth/notes").await;
    let stranger = server.browser();
    let mut codes = Vec::new();
    for _ in 0..20 {
        codes.push(stranger.go(&callback).await.reference_code());
    }
    let mut probe = DatabaseProbe::open(&server.database()).await;
    let before = probe.snapshot().await;
    for _ in 0..30 {
        codes.push(stranger.go(&callback).await.reference_code());
    }
    assert_eq!(probe.snapshot().await, before, "they are only counted in memory");
    server.broker.write_coalesced_audit().await.unwrap();
    let rows = server.audit().await;
    assert_eq!((rows.len(), rows[0].count), (1, 50));
    for code in &codes[..20] {
        assert_eq!(server.explain(code).await.unwrap().row.entry.cause.as_deref(), Some("login_missing"));
    }
    let settled = probe.snapshot().await;
    server.broker.write_coalesced_audit().await.unwrap();
    assert_eq!(probe.snapshot().await, settled, "nothing is counted twice");
}

/// Runs the same future many times at once.
async fn at_once<F: Future>(times: usize, begin: impl Fn() -> F) -> Vec<F::Output> {
    let mut running: Vec<_> = (0..times).map(|_| Box::pin(begin())).collect();
    let mut done = Vec::new();
    std::future::poll_fn(|context| {
        running.retain_mut(|future| match future.as_mut().poll(context) {
            std::task::Poll::Ready(output) => {
                done.push(output);
                false
            }
            std::task::Poll::Pending => true,
        });
        if running.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done
}
