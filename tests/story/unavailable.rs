//! Disabled apps, providers and accounts, malformed starts, and a missing database: rows 10, 15 and 19 of failures.

use reqwest::Method;
use support::provider::{Person, TokenEndpoint};
use support::{FormOrigin, Log, TestServer};
use time::Duration;

use crate::database_probe::DatabaseProbe;
use crate::passwords::{PASSWORD, enter_password, local_accounts_only};

const NOTES: &str = "https://notes.example.org/signed-in";

// C27
#[tokio::test]
async fn a_disabled_app_or_provider_stops_a_login_in_flight() {
    for (what, heading, cause) in [
        ("app", "Notes can’t be used at the moment.", "app_disabled"),
        ("provider", "Example University can’t be used here at the moment.", "provider_disabled"),
    ] {
        let (log, server) = (Log::open(), TestServer::with_two_providers().await);
        let browser = server.browser();
        let bob = Person::new("bob").with("preferred_username", "bob");
        server.lab.behave(|lab| lab.person = bob);
        let callback = browser.callback_url("/auth/notes?provider=uni").await;
        let switch = |enabled: &'static str| {
            server.reconfigure(|config| {
                let table = if what == "app" { config.app("notes") } else { config.provider("uni") };
                table.set("enabled", enabled);
            });
        };
        switch("false");
        let page = browser.go(&callback).await;
        assert_eq!((page.status.as_u16(), page.heading().as_str()), (403, heading));
        assert!(
            log.line(&page.reference_code()).contains(cause)
                && log.line(&page.reference_code()).contains("enabled = true")
        );
        assert_eq!(server.explain(&page.reference_code()).await.unwrap().row.entry.cause.as_deref(), Some(cause));
        assert!(server.uni.received().token.is_empty() && browser.session().is_none());
        assert!(page.body.contains("mailto:help@example.org"));
        assert_eq!(browser.go("/auth/notes?provider=uni").await.status, 403);
        if what == "provider" {
            // With one other provider, the link leads there at once.
            browser.sign_in(&page.link("Another way to sign in")).await.token_at(NOTES);
        }
        switch("true");
        browser.go(&callback).await.token_at(NOTES);
    }
}

// C27
#[tokio::test]
async fn a_provider_that_the_app_no_longer_lists_stops_a_login_and_the_log_names_the_fix() {
    let (log, server) = (Log::open(), TestServer::with_two_providers().await);
    let browser = server.browser();
    let callback = browser.callback_url("/auth/notes?provider=uni").await;
    server.reconfigure(|config| {
        config.app("notes").set("providers", r#"["lab"]"#);
    });
    let page = browser.go(&callback).await;
    assert_eq!(page.status, 403);
    let line = log.line(&page.reference_code());
    assert!(line.contains("provider_disabled") && line.contains("add its id to the app's `providers`"), "{line}");
    assert!(browser.session().is_none());
}

// C27
#[tokio::test]
async fn a_disabled_account_cannot_finish_a_login_and_its_sessions_end_at_once() {
    let (log, server) = (Log::open(), TestServer::start().await);
    let browser = server.browser();
    browser.sign_in("/auth/notes").await.token_at(NOTES);
    let callback = server.browser();
    let begun = callback.callback_url("/auth/notes").await;
    server.disable("ada").await;
    let page = callback.go(&begun).await;
    assert_eq!((page.status.as_u16(), page.heading()), (403, "This account can’t be used here at the moment.".into()));
    let line = log.line(&page.reference_code());
    assert!(line.contains("account_disabled") && line.contains("disabled by cli:root at"), "{line}");
    assert!(server.explain(&page.reference_code()).await.is_some());
    assert!(page.body.contains("mailto:help@example.org"));
    // C39: the earlier session is not valid.
    assert!(browser.go("/auth/notes").await.redirect_target().starts_with(server.uni.issuer()));
    server.behave(|uni| uni.person = Person::new("g").with("preferred_username", "grace"));
    callback.sign_in(&page.link("Use another account")).await.token_at(NOTES);
}

// C27
#[tokio::test]
async fn a_session_from_a_disabled_provider_is_not_valid_at_its_next_use() {
    let server = TestServer::with_two_providers().await;
    let browser = server.browser();
    browser.sign_in("/auth/notes?provider=uni").await.token_at(NOTES);
    server.reconfigure(|config| {
        config.provider("uni").set("enabled", "false");
    });
    assert!(browser.go("/auth/notes").await.redirect_target().starts_with(server.lab.issuer()));
}

#[tokio::test]
async fn a_login_in_flight_delivers_no_token_to_an_address_that_is_no_longer_registered() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let callback = browser.callback_url("/auth/notes").await;
    server.reconfigure(|config| {
        config.app("notes").set("locations", "[\"https://notes.example.org/new\"]");
    });
    let page = browser.go(&callback).await;
    assert_eq!((page.status.as_u16(), page.heading()), (400, "This link is not right.".into()));
    assert!(server.uni.received().token.is_empty());
}

#[tokio::test]
async fn a_request_keeps_the_configuration_that_it_began_with() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let callback = browser.callback_url("/auth/notes").await;
    server.behave(|uni| uni.token = TokenEndpoint::Held);
    let reload = async {
        while server.uni.received().token.is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        server.reconfigure(|config| config.set_public_url("https://elsewhere.example.org"));
        server.uni.behave(|uni| uni.token = TokenEndpoint::Good);
    };
    let (page, ()) = tokio::join!(browser.go(&callback), reload);
    let delivery = page.delivery_at(NOTES);
    let (_, claims) = server.verify_token(delivery.get("token").unwrap()).await;
    assert_eq!(
        (claims["iss"].as_str(), delivery.get("iss").unwrap()),
        (Some(server.base.as_str()), server.base.as_str())
    );
    let next = browser.go("/auth/notes").await.delivery_at(NOTES);
    assert_eq!(
        next.get("iss").unwrap(),
        "https://elsewhere.example.org",
        "the next request uses the new configuration"
    );
}

// Row 15; C32, C33, C35
#[tokio::test]
async fn a_malformed_start_is_refused_with_a_reason_for_the_developer() {
    let (log, server) = (Log::open(), TestServer::start().await);
    let endless = format!("/auth/notes?state={}", "x".repeat(257));
    for (start, status, expected) in [
        ("/auth/nobody", 404, "no app is called nobody"),
        ("/auth/notes?location=https://notes.example.org/signed-im", 400, "nearest registered address is"),
        ("/auth/notes?location=https://notes.example.org/signed-in/", 400, "not registered"),
        ("/auth/notes?location=https://evil.example/&prompt=none", 400, "not registered"),
        ("/auth/notes?location=//evil.example", 400, "not registered"),
        ("/auth/notes?room=maths", 400, "no rooms"),
        ("/auth/meet", 400, "needs `location` or `room`"),
        ("/auth/meet?room=..%2Fadmin", 400, "`room` is not a room name"),
        ("/auth/meet?room=a%252fb", 400, "`room` is not a room name"),
        ("/auth/meet?room=maths&room=maths", 400, "`room` was given more than once"),
        ("/auth/notes?state=a&state=b", 400, "`state` was given more than once"),
        (&endless, 400, "`state` is longer than 256 bytes"),
        ("/auth/notes?nonce=%C3%A9", 400, "`nonce` may hold visible ASCII"),
        ("/auth/notes?prompt=consent", 400, "`prompt` is"),
        ("/auth/notes?provider=nobody", 400, "names no provider of this app"),
        ("/auth/notes?dpop_jkt=x", 400, "does not offer"),
        ("/auth/notes?code_challenge=x&code_challenge_method=S256", 400, "does not offer"),
    ] {
        let page = server.browser().go(start).await;
        assert_eq!(page.status, status, "{start}");
        assert!(page.text().contains(expected), "{start}: {}", page.text());
        assert!(log.line(&page.reference_code()).contains("start_refused"), "{start}");
        assert!(page.cookies_set().is_empty() && page.header("location").is_empty());
        assert!(!page.body.contains("evil.example"), "the page repeats the address");
    }
    let page = server.browser().go("/auth/notes?location=https://evil.example/").await;
    assert_eq!(page.link("Return to Notes"), "https://notes.example.org/");
    assert!(page.text().contains("It leads to an address that we don’t know."), "{}", page.text());
    let page = server.browser().go("/auth/meet").await;
    assert!(page.text().contains("It lacks something, or asks for something that we can’t do."), "{}", page.text());
    let ignored = server.browser().sign_in("/auth/notes?utm_source=mail&utm_source=web").await;
    ignored.token_at(NOTES);
}

// Row 15
#[tokio::test]
async fn a_link_without_its_state_is_called_incomplete() {
    let server = TestServer::with(|config| {
        config.app("notes").set("require_state", "true");
    })
    .await;
    for start in ["/auth/notes", "/auth/notes?state=", "/auth/notes?state=s&prompt=consent"] {
        let page = server.browser().go(start).await;
        assert_eq!((page.status.as_u16(), page.heading()), (400, "This link is not right.".into()), "{start}");
        assert!(page.text().contains("It lacks something, or asks for something that we can’t do."), "{}", page.text());
        assert!(
            page.text().contains("Go back to Notes") && !page.text().contains("where you came from"),
            "{}",
            page.text()
        );
        assert!(page.has_link("Return to Notes"));
    }
}

// RFC 6749 §3.1
#[tokio::test]
async fn an_empty_parameter_of_a_start_counts_as_not_sent() {
    let server = TestServer::start().await;
    let empty = "/auth/notes?state=&nonce=&provider=&prompt=&login_hint=&ui_locales=&room=&location=&code_challenge=";
    let delivery = server.browser().sign_in(empty).await.delivery_at(NOTES);
    assert!(!delivery.has("state"), "{delivery:?}");
    let claims = server.verify_token(delivery.get("token").unwrap()).await.1;
    assert!(claims.get("nonce").is_none(), "{claims}");
}

// Row 19
#[tokio::test]
async fn without_a_database_pages_say_so_and_sign_ins_work_once_it_is_back() {
    let (log, server) = (Log::open(), TestServer::start().await);
    let browser = server.browser();
    browser.sign_in("/auth/notes").await.token_at(NOTES);
    let callback = server.browser();
    let begun = callback.callback_url("/auth/notes?state=s").await;
    let mut database = DatabaseProbe::open(&server.database()).await;
    database.break_tables().await;
    for (browser, to) in [(&browser, "/auth/notes?state=s"), (&callback, begun.as_str()), (&browser, "/logout")] {
        let page = browser.go(to).await;
        assert_eq!((page.status.as_u16(), page.heading()), (503, "We can’t sign anyone in right now.".into()), "{to}");
        assert!(page.header("retry-after").parse::<u16>().is_ok() && page.text().contains("Nothing was lost."));
        let line = log.line(&page.reference_code());
        assert!(line.contains("store_unavailable") && line.contains("vestibule.db"), "{line}");
        assert!(to == "/logout" || page.has_link("Try again"));
        assert!(page.cookies_set().is_empty());
    }
    assert_eq!(
        browser.post("/logout", &[], FormOrigin::OurPage).await.status,
        503,
        "the page claims that the person is signed out"
    );
    assert_eq!(browser.go("/readyz").await.status, 503);
    assert_eq!(browser.ask(Method::GET, "/healthz", &[]).await.status, 200);
    let delivery = browser.go("/auth/notes?prompt=none").await.delivery_at(NOTES);
    assert_eq!(delivery.get("error"), Some("temporarily_unavailable"));
    // A start needs no database, so a new person is still redirected.
    assert_eq!(server.browser().go("/auth/notes").await.status, 303);

    database.restore_tables().await;
    browser.go("/auth/notes").await.token_at(NOTES);
    server.advance_clock(Duration::seconds(1));
    callback.sign_in("/auth/notes").await.token_at(NOTES);
}

// Row 19
#[tokio::test]
async fn without_a_database_no_password_is_checked_and_no_provider_is_marked_silent() {
    let (log, server) = (Log::open(), local_accounts_only().await);
    let browser = server.browser();
    let form = browser.go("/auth/notes").await;
    let mut database = DatabaseProbe::open(&server.database()).await;
    database.break_tables().await;
    let page = browser.submit_password(&form, "grace", PASSWORD).await;
    assert_eq!((page.status.as_u16(), page.heading()), (503, "We can’t sign anyone in right now.".into()));
    let line = log.line(&page.reference_code());
    assert!(line.contains("store_unavailable") && line.contains("vestibule.db"), "{line}");
    database.restore_tables().await;
    assert_eq!(browser.go("/auth/notes").await.text(), form.text());
    browser.submit_password(&form, "grace", PASSWORD).await.token_at(NOTES);
}

// Row 19
#[tokio::test]
async fn a_locked_database_is_logged_and_the_sign_in_works_afterwards() {
    let (log, server) = (Log::open(), TestServer::start().await);
    let browser = server.browser();
    let begun = browser.callback_url("/auth/notes").await;
    let mut database = DatabaseProbe::open(&server.database()).await;
    database.lock().await;
    let page = browser.go(&begun).await;
    assert_eq!((page.status.as_u16(), page.heading()), (503, "We can’t sign anyone in right now.".into()));
    let line = log.line(&page.reference_code());
    assert!(
        line.contains("store_unavailable") && line.contains("find the other program that locks the file"),
        "{line}"
    );
    assert!(browser.session().is_none() && page.cookies_set().is_empty());
    drop(database);
    browser.sign_in(&page.link("Try again")).await.token_at(NOTES);
}

#[tokio::test]
async fn while_the_database_fails_a_page_says_what_was_not_done() {
    let server = local_accounts_only().await;
    let mut database = DatabaseProbe::open(&server.database()).await;
    let browser = server.browser();
    enter_password(&browser, "grace", PASSWORD).await.token_at(NOTES);
    let fields = [
        ("username", "grace"),
        ("old", PASSWORD),
        ("new", "seven purple elephants"),
        ("again", "seven purple elephants"),
    ];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    database.break_tables().await;
    for (path, fields, heading) in [
        ("/logout", &fields[..0], "You are still signed in."),
        ("/account/password", &fields, "Your password was not changed."),
    ] {
        let page = browser.post(path, fields, FormOrigin::OurPage).await;
        assert_eq!((page.status.as_u16(), page.heading().as_str()), (503, heading));
    }
    database.restore_tables().await;
    browser.go("/auth/notes").await.token_at(NOTES);
}
