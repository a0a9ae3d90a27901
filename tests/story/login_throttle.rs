//! The login throttle: how long people wait after wrong passwords, and that nothing bypasses it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use support::{Browser, Log, Page, TestConfig, TestServer};
use time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::passwords::{NOTES, PASSWORD, enter_password, fail_logins, local_accounts_only, with_grace};

// C42, C43
#[tokio::test]
async fn too_many_tries_are_throttled_for_known_and_unknown_names_and_any_password() {
    let server = local_accounts_only().await;
    let browser = server.browser();
    let mut waits = BTreeMap::new();
    for name in ["grace", "hodge"] {
        fail_logins(&browser, name, 5).await;
        let page = enter_password(&browser, name, PASSWORD).await;
        assert_eq!((page.status.as_u16(), page.header("retry-after")), (429, "10"));
        assert!(page.text().contains("Please wait before you try again. Wait 10 seconds."), "{}", page.text());
        let (status, headers, body) = page.without_reference_code();
        let (before, until) = body.split_once("&amp;wait=").unwrap();
        let after = until.trim_start_matches(|c: char| c.is_ascii_digit());
        waits.insert(name, (status, headers, [before, after].concat().replace(name, "NAME")));
        assert_eq!(browser.session(), None);
    }
    assert_eq!(waits["grace"], waits["hodge"]);
    server.advance_clock(Duration::seconds(4));
    let page = enter_password(&browser, "grace", PASSWORD).await;
    assert_eq!(page.header("retry-after"), "6", "a throttled try does not make the wait longer");
    server.advance_clock(Duration::seconds(2));
    let page = browser.go(&page.link("How much longer?")).await;
    assert!(page.text().contains("Wait 4 seconds."), "{}", page.text());
    server.advance_clock(Duration::seconds(4));
    let page = browser.go(&page.link("How much longer?")).await;
    assert!(!page.text().contains("Please wait"), "{}", page.text());
    browser.submit_password(&page, "grace", PASSWORD).await.token_at(NOTES);
}

// C43
#[tokio::test]
async fn changing_the_case_or_look_of_a_name_does_not_bypass_the_throttle() {
    let server = local_accounts_only().await;
    let browser = server.browser();
    for name in ["grace", "GRACE", "ｇｒａｃｅ", " grace", "gr\u{ad}ace"] {
        assert_eq!(enter_password(&browser, name, "a wrong password").await.status, 403, "{name}");
    }
    for name in ["grace", "Grace", "ＧＲＡＣＥ"] {
        assert_eq!(enter_password(&browser, name, PASSWORD).await.status, 429, "{name}");
    }
}

// C43: guesses count whatever their source address, and no stranger can cause a permanent lock
#[tokio::test]
async fn guesses_by_strangers_do_not_throttle_the_owner_in_a_known_network() {
    let server = local_accounts_only().await;
    enter_password(&server.browser().from_address("203.0.113.7"), "grace", PASSWORD).await.token_at(NOTES);
    for address in ["198.51.100.1", "192.0.2.1", "198.51.100.77", "2001:db8::1", "2001:db8:1::1"] {
        fail_logins(&server.browser().from_address(address), "grace", 1).await;
    }
    let elsewhere = server.browser().from_address("2001:db8:2::1");
    assert_eq!(enter_password(&elsewhere, "grace", PASSWORD).await.status, 429);
    enter_password(&server.browser().from_address("203.0.113.99"), "grace", PASSWORD).await.token_at(NOTES);
    // Tries count in a known network too.
    let beside_her = server.browser().from_address("203.0.113.8");
    fail_logins(&beside_her, "grace", 5).await;
    assert_eq!(enter_password(&beside_her, "grace", PASSWORD).await.status, 429);
    server.advance_clock(Duration::minutes(15));
    enter_password(&elsewhere, "grace", PASSWORD).await.token_at(NOTES);
}

// C43
#[tokio::test]
async fn a_wait_from_a_clock_that_was_ahead_ends() {
    let server = local_accounts_only().await;
    let browser = server.browser();
    server.advance_clock(Duration::days(365));
    fail_logins(&browser, "grace", 5).await;
    server.advance_clock(-Duration::days(365));
    assert_eq!(enter_password(&browser, "grace", PASSWORD).await.status, 429);
    server.broker.run_maintenance().await;
    server.advance_clock(Duration::minutes(15));
    enter_password(&browser, "grace", PASSWORD).await.token_at(NOTES);
}

#[tokio::test]
async fn a_network_that_tries_many_names_is_throttled() {
    let server = local_accounts_only().await;
    let browser = server.browser().from_address("198.51.100.1");
    for number in 0..50 {
        fail_logins(&browser, &format!("person-{number}"), 1).await;
    }
    assert_eq!(enter_password(&browser, "grace", PASSWORD).await.status, 429);
    enter_password(&server.browser().from_address("203.0.113.7"), "grace", PASSWORD).await.token_at(NOTES);
}

// C43
#[tokio::test]
async fn with_fewer_free_tries_each_wait_is_the_longest() {
    let server = with_grace(|config| {
        config.passwords_without_uni();
        config.provider("local").set("free_tries", "2");
    })
    .await;
    let browser = server.browser();
    fail_logins(&browser, "grace", 2).await;
    let page = enter_password(&browser, "grace", PASSWORD).await;
    assert_eq!((page.status.as_u16(), page.header("retry-after")), (429, "900"));
    server.advance_clock(Duration::minutes(15));
    fail_logins(&browser, "grace", 1).await;
    assert_eq!(enter_password(&browser, "grace", PASSWORD).await.status, 429);
    server.advance_clock(Duration::minutes(15));
    enter_password(&browser, "grace", PASSWORD).await.token_at(NOTES);
}

#[tokio::test]
async fn an_admin_can_end_the_wait_of_a_name_without_an_account() {
    let server = local_accounts_only().await;
    let browser = server.browser();
    fail_logins(&browser, "hodge", 5).await;
    assert_eq!(enter_password(&browser, "hodge", PASSWORD).await.status, 429);
    assert_eq!(server.release_name("grace", "local").await, 0);
    assert!(server.release_name("HODGE", "local").await > 0);
    fail_logins(&browser, "hodge", 1).await;
}

#[tokio::test]
async fn an_admin_can_end_the_wait() {
    let server = local_accounts_only().await;
    let browser = server.browser();
    fail_logins(&browser, "grace", 5).await;
    assert_eq!(enter_password(&browser, "grace", PASSWORD).await.status, 429);
    server.release("grace", "local").await;
    enter_password(&browser, "grace", PASSWORD).await.token_at(NOTES);
}

// C43
#[tokio::test]
async fn guesses_behind_an_unreachable_provider_count() {
    let server = with_grace(|config| {
        config.passwords_without_uni();
        config.provider("local").set_text("on_refused", "next");
        config.add_webhook("http://127.0.0.1:9/");
    })
    .await;
    let browser = server.browser();
    for _ in 0..5 {
        assert_eq!(enter_password(&browser, "grace", "a wrong password").await.status, 503);
    }
    assert_eq!(enter_password(&browser, "grace", "a wrong password").await.status, 429);
    server.advance_clock(Duration::minutes(15));
    enter_password(&browser, "grace", PASSWORD).await.token_at(NOTES);
}

// C43
#[tokio::test]
async fn few_of_many_simultaneous_tries_from_one_network_are_checked() {
    let server = local_accounts_only().await;
    let page = server.browser().go("/auth/notes").await;
    let mut tasks = JoinSet::new();
    for number in 0..120 {
        let (browser, page) = (server.browser().from_address("198.51.100.1"), page.clone());
        tasks.spawn(async move {
            browser.submit_password(&page, &format!("person-{number}"), "a guess").await.status.as_u16()
        });
    }
    let statuses = tasks.join_all().await;
    let tried = statuses.iter().filter(|status| **status == 403).count();
    assert!(
        (1..=50).contains(&tried) && statuses.iter().all(|status| matches!(status, 403 | 429)),
        "{tried} of {statuses:?}"
    );
}

// C43
#[tokio::test]
async fn a_name_refused_without_a_password_check_is_throttled_like_any_other() {
    let server = TestServer::with(TestConfig::only_xmpp).await;
    server.stop_clock();
    let browser = server.browser();
    fail_logins(&browser, "ada@elsewhere.example", 5).await;
    assert_eq!(enter_password(&browser, "ada@elsewhere.example", PASSWORD).await.status, 429);
}

// C43: each provider counts for itself
#[tokio::test]
async fn a_name_throttled_at_one_provider_is_tried_at_another() {
    let server = with_grace(|config| {
        config.only_xmpp();
        config.add_passwords();
    })
    .await;
    let ask = async |provider| try_at(server.browser(), provider, "grace").await.status;
    assert_eq!(ask("chat").await, 503, "no server listens there");
    for _ in 0..5 {
        assert_eq!(ask("local").await, 403);
    }
    assert_eq!((ask("local").await.as_u16(), ask("chat").await.as_u16()), (429, 503));
}

// C43
#[tokio::test]
async fn a_throttled_name_is_not_sent_to_the_directory() {
    let (address, asked) = start_server(OnConnect::HangUp).await;
    let server = TestServer::with(|config| config.only_directory(&format!("ldap://{address}"))).await;
    server.stop_clock();
    let browser = server.browser();
    for _ in 0..7 {
        let page = enter_password(&browser, "grace", "a wrong password").await;
        assert_eq!(page.status, 503, "a directory that hangs up before it receives a password counts against nobody");
    }
    let before = asked.load(Ordering::SeqCst);
    assert!(before >= 7, "{before}");
    server.throttle_name("directory", "Grace").await;
    assert_eq!(enter_password(&browser, "grace", "a wrong password").await.status, 429);
    assert_eq!(asked.load(Ordering::SeqCst), before);
    server.advance_clock(Duration::minutes(15));
    assert_eq!(enter_password(&browser, "grace", "a wrong password").await.status, 503);
    assert!(asked.load(Ordering::SeqCst) > before);
}

// C43
#[tokio::test]
async fn a_throttled_name_takes_no_slot_at_a_slow_directory() {
    waits_at_a_slow_server("directory", |config, address| {
        config.only_directory(&format!("ldap://{address}"));
    })
    .await;
}

// C43
#[tokio::test]
async fn a_throttled_name_takes_no_slot_at_a_slow_xmpp_server() {
    waits_at_a_slow_server("chat", |config, address| {
        config.only_xmpp();
        // `bans_after` would limit the tries; without it, they fill all slots.
        config.provider("chat").set_text("server", address).set("bans_after", "false");
    })
    .await;
}

async fn waits_at_a_slow_server(provider: &'static str, configure: fn(&mut TestConfig, &str)) {
    let (address, asked) = start_server(OnConnect::SayNothing).await;
    let server = TestServer::with(|config| configure(config, &address)).await;
    server.stop_clock();
    let (near, far) = ("203.0.113.7", "198.51.100.1");
    server.throttle_name(provider, "grace").await;
    // As many as the provider serves at once.
    let mut tasks = JoinSet::new();
    let names = ["ada@example.org", "ben@example.org", "cleo@example.org", "dora@example.org"];
    for name in names {
        server.make_network_known(provider, name, "198.51.100.0/24").await;
    }
    for name in names.repeat(4) {
        tasks.spawn(try_at(server.browser().from_address(far), provider, name));
    }
    while asked.load(Ordering::SeqCst) < tasks.len() {
        tokio::task::yield_now().await;
    }
    let page = try_at(server.browser().from_address(near), provider, "grace").await;
    assert_eq!((page.status.as_u16(), page.header("retry-after")), (429, "10"));
}

async fn try_at(browser: Browser, provider: &str, name: &str) -> Page {
    let page = browser.go(&format!("/auth/notes?provider={provider}")).await;
    browser.submit_password(&page, name, "a wrong password").await
}

/// What a server does with a connection.
#[derive(Clone, Copy)]
enum OnConnect {
    HangUp,
    SayNothing,
}

/// Its address, and the count of its connections.
async fn start_server(on_connect: OnConnect) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let (address, asked) = (listener.local_addr().unwrap().to_string(), Arc::<AtomicUsize>::default());
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            match on_connect {
                OnConnect::HangUp => drop(stream),
                OnConnect::SayNothing => open.push(stream),
            }
        }
    });
    (address, asked)
}

#[tokio::test]
async fn a_long_wait_is_shown_in_minutes() {
    let (server, log) = (local_accounts_only().await, Log::open());
    for _ in 0..2 {
        server.throttle_name("local", "grace").await;
    }
    for (language, expected) in
        [("en", "Wait 6 minutes."), ("de", "Warten Sie 6 Minuten."), ("fr", "Attendez 6 minutes.")]
    {
        let page = enter_password(&server.browser().with_language(language), "grace", PASSWORD).await;
        assert_eq!((page.status.as_u16(), page.header("retry-after")), (429, "320"));
        assert!(page.text().contains(expected), "{}", page.text());
        assert!(
            log.line(&page.reference_code()).contains("too many tries for this name: 6 min to wait"),
            "{}",
            log.text()
        );
    }
}
