//! Sessions and their cookies: attributes, lifetimes, and how sessions end.

use reqwest::Method;
use serde_json::json;
use support::provider::Person;
use support::{Browser, FormOrigin, Log, TestConfig, TestServer};
use time::Duration;
use vestibule::store::Event;

const NOTES: &str = "https://notes.example.org/signed-in";

// C36
#[tokio::test]
async fn every_cookie_is_bound_to_this_host_and_none_is_sent_from_other_sites() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let begun = browser.go("/auth/notes").await;
    let done = browser.follow(begun.clone()).await;
    let lines: Vec<&str> = begun.cookies_set().into_iter().chain(done.cookies_set()).collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    for line in lines {
        assert!(line.starts_with("__Host-vestibule"), "{line}");
        for attribute in ["; HttpOnly", "; SameSite=Lax", "; Secure", "; Path=/", "; Max-Age="] {
            assert!(line.contains(attribute), "{attribute}: {line}");
        }
        assert!(!line.contains("Domain") && line.len() < 3200, "{line}");
    }
    let last = browser.cookies()["__Host-vestibule-last"].clone();
    assert_eq!(last, "uni");
}

// C1: another app's cookies on the same host, whatever they contain, must not hide ours
#[tokio::test]
async fn a_cookie_of_another_app_with_unusual_bytes_does_not_break_a_sign_in() {
    let server = TestServer::start().await;
    for (name, value) in [("city", "Zürich"), ("a", "\u{202e}"), ("", "x"), ("q", "\"a; b")] {
        let browser = server.browser();
        browser.set_cookie(name, value);
        browser.sign_in("/auth/notes").await.token_at(NOTES);
        browser.go("/auth/notes").await.token_at(NOTES);
    }
}

// C37
#[tokio::test]
async fn each_login_gets_a_new_session_id_and_ends_the_previous_session() {
    let server = TestServer::start().await;
    let browser = server.browser();
    // Session fixation: an id that an attacker chose is never used.
    browser.set_cookie("__Host-vestibule", "AAAAAAAAAAAAAAAAAAAAAA");
    browser.sign_in("/auth/notes").await.token_at(NOTES);
    let first = browser.session().unwrap();
    assert_ne!(first, "AAAAAAAAAAAAAAAAAAAAAA");
    browser.sign_in("/auth/notes?prompt=login").await.token_at(NOTES);
    assert_ne!(browser.session().unwrap(), first);
    let thief = server.browser();
    thief.set_cookie("__Host-vestibule", &first);
    assert!(thief.go("/auth/notes").await.redirect_target().starts_with(server.uni.issuer()));
    // A malformed id belongs to no session.
    thief.set_cookie("__Host-vestibule", "\u{22}; drop table session");
    assert!(thief.go("/auth/notes").await.redirect_target().starts_with(server.uni.issuer()));
}

// C39
#[tokio::test]
async fn an_unused_session_ends_after_its_idle_time_and_a_used_one_after_its_absolute_time() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in("/auth/notes").await.token_at(NOTES);
    server.advance_clock(Duration::minutes(59));
    browser.go("/auth/notes").await.token_at(NOTES);
    server.advance_clock(Duration::minutes(61));
    assert!(browser.go("/auth/notes").await.redirect_target().starts_with(server.uni.issuer()), "idle for an hour");

    browser.sign_in("/auth/notes").await.token_at(NOTES);
    for _ in 0..5 {
        server.advance_clock(Duration::minutes(35));
        browser.go("/auth/notes").await.token_at(NOTES);
    }
    server.advance_clock(Duration::minutes(6));
    assert!(browser.go("/auth/notes").await.redirect_target().starts_with(server.uni.issuer()), "three hours in all");
}

// C58: a session delivers exactly what the provider said at the sign-in
#[tokio::test]
async fn a_later_delivery_repeats_how_and_when_the_person_signed_in() {
    let server = TestServer::start().await;
    for amr in [Some(json!(["pwd", "otp"])), Some(json!(["pwd"])), None] {
        let person = Person::ada();
        server.behave(|uni| uni.person = amr.iter().fold(person, |person, amr| person.with("amr", amr.clone())));
        let browser = server.browser();
        let token = browser.sign_in("/auth/notes").await.token_at(NOTES);
        let first = server.verify_token(&token).await.1;
        server.advance_clock(Duration::minutes(30));
        // Tokens from the session, for the same app and for another.
        for (start, location) in
            [("/auth/notes", NOTES), ("/auth/meet?room=maths", "https://meet.example.org/r/maths/")]
        {
            let asked = server.uni.received().token.len();
            let second = server.verify_token(&browser.go(start).await.token_at(location)).await.1;
            assert_eq!(server.uni.received().token.len(), asked, "the provider was asked again");
            assert_eq!(second.get("amr"), amr.as_ref(), "{start}");
            assert_eq!(second["auth_time"], first["auth_time"], "{start}");
            let age = second["iat"].as_i64().unwrap() - second["auth_time"].as_i64().unwrap();
            assert!((1_800..1_860).contains(&age), "signed in half an hour ago, not {age} s");
            assert!(second.get("acr").is_none(), "{second}");
        }
        // After a new sign-in, `auth_time` is new.
        let token = browser.sign_in("/auth/notes?prompt=login").await.token_at(NOTES);
        let reauthenticated = server.verify_token(&token).await.1;
        assert!(reauthenticated["auth_time"].as_i64() > first["auth_time"].as_i64());
    }
}

// C53, C37
#[tokio::test]
async fn only_our_own_form_signs_out_and_it_ends_the_session() {
    let (log, server) = (Log::open(), TestServer::start().await);
    let browser = server.browser();
    assert_eq!(browser.go("/logout").await.heading(), "You are not signed in.");
    browser.sign_in("/auth/notes").await.token_at(NOTES);
    let session = browser.session().unwrap();
    let page = browser.go("/logout").await;
    assert_eq!((page.status.as_u16(), page.heading()), (200, "Sign out?".into()));
    assert!(page.text().contains("You are signed in as ada."));
    browser.go("/auth/notes").await.token_at(NOTES);

    for headers in [
        vec![("sec-fetch-site", "cross-site")],
        vec![("sec-fetch-site", "same-site")],
        vec![("sec-fetch-site", "none")],
        vec![("origin", "null")],
        vec![("origin", "https://evil.example")],
        vec![],
    ] {
        let page = browser.ask(Method::POST, "/logout", &headers).await;
        assert_eq!((page.status.as_u16(), page.heading().contains("on our own page")), (403, true), "{headers:?}");
        assert!(page.cookies_set().is_empty());
        assert!(log.line(&page.reference_code()).contains("cross_site_post"));
        assert_eq!(browser.go(&page.link("Sign out")).await.heading(), "Sign out?");
    }
    browser.go("/auth/notes").await.token_at(NOTES);
    let page = browser.post(&page.form_action(), &[], FormOrigin::OurPage).await;
    assert_eq!((page.status.as_u16(), page.heading()), (200, "You are signed out.".into()));
    assert!(browser.session().is_none());
    let thief = server.browser();
    thief.set_cookie("__Host-vestibule", &session);
    assert!(thief.go("/auth/notes").await.redirect_target().starts_with(server.uni.issuer()));

    let rows = server.audit().await;
    let [out, signed_in] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!((out.entry.event, out.entry.network.as_deref()), (Event::SignedOut, Some("127.0.0.0/24")));
    assert_eq!((&out.entry.account, &out.entry.provider), (&signed_in.entry.account, &signed_in.entry.provider));
    // A second sign-out writes no second row.
    thief.post("/logout", &[], FormOrigin::OurPage).await;
    assert_eq!(server.audit().await, rows);
}

// C70
#[tokio::test]
async fn after_a_session_has_ended_no_instance_delivers_a_token_by_it() {
    let server = TestServer::start().await;
    let there = Browser::new(&server.start_second_instance().await);
    let start = "/auth/notes?prompt=none";
    for ending in ["sign-out", "disabled account"] {
        let here = server.browser();
        here.sign_in("/auth/notes").await.token_at(NOTES);
        // A thief keeps the cookie. Each instance has used the session, and could have cached it.
        there.set_cookie("__Host-vestibule", &here.session().unwrap());
        let thief = server.browser();
        thief.set_cookie("__Host-vestibule", &here.session().unwrap());
        for browser in [&thief, &there] {
            browser.go(start).await.token_at(NOTES);
        }
        match ending {
            "sign-out" => drop(here.post("/logout", &[], FormOrigin::OurPage).await),
            _ => server.disable("ada").await,
        }
        for browser in [&thief, &there] {
            let delivery = browser.go(start).await.delivery_at(NOTES);
            let answer = (delivery.get("error"), delivery.get("token"));
            assert_eq!(answer, (Some("login_required"), None), "{ending}");
        }
    }
}

// C38
#[tokio::test]
async fn a_posted_answer_is_reposted_once_by_our_page() {
    let server = TestServer::with(|config| {
        config.provider("uni").set_text("response_mode", "form_post");
    })
    .await;
    let browser = server.browser();
    let provider = browser.go("/auth/notes?state=s").await.redirect_target();
    assert!(provider.contains("response_mode=form_post"));
    let answer = browser.go(&provider).await;
    let fields = support::provider::Fields::of_form(&answer.body).0;
    let page = browser.post(&answer.form_action(), &fields, FormOrigin::AnotherSite).await;
    assert_eq!((page.status.as_u16(), page.heading()), (200, "One moment, please.".into()));
    assert!(page.body.contains("<button"), "without script too");
    assert!(page.header("content-security-policy").contains("form-action 'self' https://notes.example.org; base-uri"));
    assert!(page.header("content-security-policy").contains("script-src 'self'"));
    assert_eq!((page.header("cache-control"), server.uni.received().token.len()), ("no-store", 0));
    let again = support::provider::Fields::of_form(&page.body).0;
    let done = browser.post(&page.form_action(), &again, FormOrigin::OurPage).await;
    assert_eq!(done.delivery_at(NOTES).get("state"), Some("s"));
    done.token_at(NOTES);

    // In a browser without cookies, the answer is reposted once and then ends with a way on.
    let blocked = server.browser();
    let provider = blocked.go("/auth/notes").await.redirect_target();
    blocked.delete_cookies(|_| true);
    let page = blocked.go(&provider).await;
    let page = blocked.follow(page).await;
    assert_eq!((page.status.as_u16(), page.has_link("Start again here")), (400, true));

    // C2: an unknown state is not reposted.
    for state in ["forged", ""] {
        let fields = [("code".to_owned(), "c".to_owned()), ("state".to_owned(), state.to_owned())];
        let page = blocked.post("/callback/uni", &fields, FormOrigin::AnotherSite).await;
        assert_eq!((page.status.as_u16(), page.heading()), (400, "This sign-in can’t be finished.".into()));
    }
}

// C40
#[tokio::test]
async fn viewing_pages_opens_no_session() {
    let server = TestServer::start().await;
    let browser = server.browser();
    for path in ["/auth/notes", "/auth/notes?prompt=none", "/logout", "/", "/healthz", "/.well-known/jwks.json"] {
        browser.go(path).await;
    }
    assert!(browser.session().is_none());
}

// C27: a session keeps the groups and the e-mail address of its sign-in
#[tokio::test]
async fn a_session_is_valid_only_while_the_config_maps_claims_as_at_the_sign_in() {
    type Change = fn(&mut TestConfig);
    let changes: [(&str, Change); 4] = [
        ("another group", |config| _ = config.provider("uni").set("groups", "{ teachers = \"guests\" }")),
        ("another claim", |config| _ = config.provider("uni").set_text("groups_claim", "roles")),
        ("no groups", |config| _ = config.provider("uni").unset("groups").unset("groups_claim")),
        ("other sources of claims", |config| _ = config.provider("uni").set("userinfo", "true")),
    ];
    for (what, change) in changes {
        let server = TestServer::with(|config| {
            config.provider("uni").set_text("groups_claim", "groups").set("groups", "{ teachers = \"staff\" }");
        })
        .await;
        server.behave(|uni| uni.person = Person::ada().with("groups", json!(["teachers"])));
        let browser = server.browser();
        browser.sign_in("/auth/notes").await.token_at(NOTES);
        // A change that decides nothing about people: the session stays.
        server.reconfigure(|config| _ = config.provider("uni").set_text("name", "University of Examples"));
        let token = browser.go("/auth/notes").await.token_at(NOTES);
        assert_eq!(server.verify_token(&token).await.1["groups"], json!(["staff"]), "{what}");
        server.reconfigure(change);
        let again = browser.go("/auth/notes").await;
        assert!(again.redirect_target().starts_with(server.uni.issuer()), "{what}");
        let silent = browser.go("/auth/notes?prompt=none").await;
        assert!(!silent.redirect_target().starts_with(NOTES) || silent.redirect_target().contains("error="), "{what}");
    }
}
