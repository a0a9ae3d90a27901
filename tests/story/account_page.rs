//! `/account`: people see their account, end sessions, and get their data.

use reqwest::Method;
use serde_json::{Value, json};
use support::provider::Person;
use support::{Browser, FormOrigin, Page, TestConfig, TestServer};
use time::Duration;
use vestibule::store::Event;

const NOTES: &str = "https://notes.example.org/signed-in";
const END: &str = "/account/sessions/end";
const END_OTHERS: &str = "/account/sessions/end-others";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const SAFARI: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                      Version/18.5 Mobile/15E148 Safari/604.1";

async fn signed_in(browser: Browser) -> Browser {
    browser.sign_in("/auth/notes?provider=uni").await.token_at(NOTES);
    browser
}

fn stranger() -> Person {
    Person::new("someone-else").with("preferred_username", "mallory").with("name", "Mallory Other")
}

/// The ids in the page's buttons.
fn sids(page: &Page) -> Vec<String> {
    let after = page.body.split("name=\"sid\" value=\"").skip(1);
    after.map(|rest| rest.split_once('"').unwrap().0.to_owned()).collect()
}

async fn end(browser: &Browser, sid: &str, from: FormOrigin) -> Page {
    browser.post(END, &[("sid".to_owned(), sid.to_owned())], from).await
}

async fn is_signed_in(browser: &Browser) -> bool {
    browser.go("/account").await.status == 200
}

async fn events(server: &TestServer) -> Vec<Event> {
    server.audit().await.into_iter().map(|row| row.entry.event).collect()
}

#[tokio::test]
async fn the_page_shows_the_account_to_its_owner_only() {
    let server = TestServer::with_two_providers().await;
    let nobody = server.browser().go("/account").await;
    assert_eq!((nobody.status.as_u16(), nobody.redirect_target()), (303, "/auth?return_to=%2Faccount".to_owned()));
    let browser = signed_in(server.browser().with_agent(FIREFOX)).await;
    let page = browser.sign_in("/account").await;
    assert_eq!((page.status.as_u16(), page.heading()), (200, "Your account".to_owned()));
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(page.header("content-security-policy").contains("form-action 'self'"));
    let text = page.text();
    for expected in [
        "Name ada",
        "Example University Ada Lovelace",
        "You made this account with it on",
        "Firefox on Linux this browser",
        "Network 127.0.0.0/24.",
        "Notes Everybody may enter. Permissions: read",
        "Meetings Room maths Everybody may enter. Permissions: speak Room seminars/*",
        "You signed in to Notes with Example University.",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert!(!text.contains("All other rooms") && !text.contains("You also have a password"), "{text}");
    assert_eq!(sids(&page), [""; 0], "this browser's own session has no button");
    let german = browser.with_language("de").go("/account").await;
    assert_eq!(german.heading(), "Ihr Konto");
    assert!(german.text().contains("Firefox auf Linux"), "{}", german.text());
}

// C27
#[tokio::test]
async fn a_session_that_does_not_hold_shows_no_account() {
    let server = TestServer::with_two_providers().await;
    let browser = signed_in(server.browser()).await;
    assert!(is_signed_in(&browser).await);
    server.reconfigure(|config| config.remove_provider("uni"));
    assert!(!is_signed_in(&browser).await);
}

#[tokio::test]
async fn a_provider_that_is_off_or_gone_is_named_as_such() {
    let server = TestServer::with_two_providers().await;
    let browser = signed_in(server.browser()).await;
    let ada = server.audit().await[0].entry.account.clone().unwrap();
    let name = server.broker.store().account(&ada).await.unwrap().unwrap().username.to_string();
    for provider in ["lab", "old"] {
        let key = vestibule::signin::identify::IdentityKey {
            provider: provider.parse().unwrap(),
            issuer: server.lab.issuer().into(),
            subject: "7".into(),
        };
        server.link(&key, &name).await;
    }
    let browser = signed_in(browser).await;
    server.reconfigure(|config| {
        config.provider("lab").set("enabled", "false");
    });
    let text = browser.go("/account").await.text();
    assert!(text.contains("Example Lab switched off for now An admin linked it on"), "{text}");
    assert!(text.contains("old no longer offered here"), "{text}");
}

// C37
#[tokio::test]
async fn a_person_ends_one_session_and_its_browser_has_to_sign_in_again() {
    let server = TestServer::start().await;
    let (here, there) = (signed_in(server.browser().with_agent(FIREFOX)).await, server.browser().with_agent(SAFARI));
    let (there, third) = (signed_in(there).await, signed_in(server.browser()).await);
    let page = here.go("/account").await;
    let text = page.text();
    assert!(text.contains("Safari on iOS") && text.contains("Another device"), "{text}");
    assert!(text.find("this browser") < text.find("Safari on iOS"), "{text}");
    let sids_here = sids(&page);
    assert_eq!(sids_here.len(), 2);
    assert!(!page.body.contains(&here.session().unwrap()) && !page.body.contains(&there.session().unwrap()));
    let seen_there = there.go("/account").await;
    let (text, first) = (seen_there.text(), "Safari on iOS this browser");
    assert!(
        text.find(first) < text.find("Firefox on Linux") && text.find(first) < text.find("Another device"),
        "{text}"
    );
    let of_third = sids(&seen_there);
    let sid = sids_here.iter().find(|sid| !of_third.contains(sid)).unwrap();

    for _ in 0..2 {
        let done = end(&here, sid, FormOrigin::OurPage).await;
        assert_eq!(done.redirect_target(), "/account?done=session-ended#done");
    }
    assert!(!is_signed_in(&there).await && is_signed_in(&here).await && is_signed_in(&third).await);
    assert!(there.go("/auth/notes").await.redirect_target().starts_with(server.uni.issuer()));
    let page = here.go("/account?done=session-ended").await;
    assert!(
        page.body.contains("role=\"status\"") && page.text().contains("That session has ended."),
        "{}",
        page.text()
    );
    assert_eq!(sids(&page).len(), 1);
    assert_eq!(events(&server).await[..2], [Event::SessionEnded, Event::SignedIn], "one row for two posts");
    let row = &server.audit().await[0].entry;
    assert_eq!((row.network.as_deref(), row.actor.as_deref()), (Some("127.0.0.0/24"), None));
}

#[tokio::test]
async fn a_person_ends_all_other_sessions() {
    let server = TestServer::start().await;
    let (here, there) = (signed_in(server.browser()).await, signed_in(server.browser()).await);
    server.behave(|uni| uni.person = stranger());
    let foreign = signed_in(server.browser()).await;
    let done = here.post(END_OTHERS, &[], FormOrigin::OurPage).await;
    assert_eq!(done.redirect_target(), "/account?done=others-ended#done");
    assert!(!is_signed_in(&there).await && is_signed_in(&here).await && is_signed_in(&foreign).await);
    assert!(here.go("/account?done=others-ended").await.text().contains("signed out everywhere else"));
    assert_eq!(events(&server).await[0], Event::SessionsEnded);
}

// C27
#[tokio::test]
async fn the_session_of_another_person_does_not_end() {
    let server = TestServer::start().await;
    let (ada, again) = (signed_in(server.browser()).await, signed_in(server.browser()).await);
    let of_ada = sids(&ada.go("/account").await);
    server.behave(|uni| uni.person = stranger());
    let other = signed_in(server.browser()).await;
    assert_eq!(sids(&other.go("/account").await), [""; 0], "sessions of others are not shown");
    let done = end(&other, &of_ada[0], FormOrigin::OurPage).await;
    assert_eq!(done.status, 303);
    assert!(is_signed_in(&ada).await && is_signed_in(&again).await);
    for bad in ["", "x", "' OR 1=1 --", "5F0C8Z0X3M9K7Q2T6V1W4Y8B2D"] {
        assert_eq!(end(&other, bad, FormOrigin::OurPage).await.status, 400, "{bad}");
    }
    assert!(!events(&server).await.contains(&Event::SessionEnded));
}

// C53
#[tokio::test]
async fn another_site_can_end_no_session() {
    let server = TestServer::start().await;
    let (here, there) = (signed_in(server.browser()).await, signed_in(server.browser()).await);
    let sid = sids(&here.go("/account").await).remove(0);
    assert_eq!(end(&here, &sid, FormOrigin::AnotherSite).await.status, 403);
    assert_eq!(here.post(END_OTHERS, &[], FormOrigin::AnotherSite).await.status, 403);
    let headers = [("sec-fetch-site", "cross-site")];
    assert_eq!(here.ask(Method::POST, END_OTHERS, &headers).await.status, 403);
    for path in [END, END_OTHERS] {
        assert_eq!(here.go(path).await.status, 405);
    }
    assert!(is_signed_in(&there).await);
}

// C23
#[tokio::test]
async fn after_five_minutes_a_person_signs_in_again_before_a_change() {
    let server = TestServer::start().await;
    let (here, there) = (signed_in(server.browser()).await, signed_in(server.browser()).await);
    let sid = sids(&here.go("/account").await).remove(0);
    let again = "/auth?prompt=login&return_to=%2Faccount%3Fdone%3Dsigned-in-again";
    server.advance_clock(Duration::minutes(6));
    // A browser does not follow the redirects of a form to a provider, so a page is between them.
    let page = again.replace("/auth?", "/account/sign-in?");
    let ended = end(&here, &sid, FormOrigin::OurPage).await;
    let others_ended = here.post(END_OTHERS, &[], FormOrigin::OurPage).await;
    let exported = here.go("/account/export").await;
    for (asked, to) in [(ended, page.as_str()), (others_ended, &page), (exported, again)] {
        assert_eq!((asked.status.as_u16(), asked.redirect_target().as_str()), (303, to));
    }
    assert_eq!(here.go(&page).await.link("Sign in again"), again);
    assert!(is_signed_in(&there).await && is_signed_in(&here).await, "reading needs no new sign-in");
    assert_eq!(events(&server).await[0], Event::SignedIn, "nothing was done");

    // A session that opened just now by an older sign-in at the provider is not fresh, either.
    let old = server.now() - Duration::minutes(10);
    server.behave(|uni| uni.claims = json!({ "auth_time": old.unix_timestamp() }).as_object().unwrap().clone());
    here.sign_in("/auth/notes?provider=uni&prompt=select_account").await;
    assert_eq!(here.go("/account/export").await.redirect_target(), again);

    server.behave(|_| ());
    let back = here.sign_in(again).await;
    assert!(back.text().contains("press the one you wanted once more"), "{}", back.text());
    assert_eq!(end(&here, &sid, FormOrigin::OurPage).await.redirect_target(), "/account?done=session-ended#done");
    assert!(!is_signed_in(&there).await);
}

#[tokio::test]
async fn the_export_has_everything_about_the_person_and_nothing_else() {
    let server = TestServer::with(TestConfig::add_passwords).await;
    server.add_user("Grace", "correct horse battery staple").await;
    server.behave(|uni| uni.person = stranger());
    let other = server.browser();
    other.sign_in("/auth/notes?provider=uni").await.token_at(NOTES);
    let grace = server.browser().with_agent(FIREFOX);
    let form = grace.go("/auth/notes?provider=local").await;
    grace.submit_password(&form, "grace", "correct horse battery staple").await.token_at(NOTES);

    assert!(grace.go("/account").await.text().contains("You also have a password here. Change password"));
    let page = grace.go("/account/export").await;
    assert_eq!(page.header("content-type"), "application/json");
    assert_eq!(page.header("content-disposition"), "attachment; filename=\"vestibule-account.json\"");
    assert_eq!(page.header("cache-control"), "no-store");
    let export: Value = serde_json::from_str(&page.body).unwrap();
    assert_eq!(export["format"], "vestibule-account-1");
    assert_eq!((&export["account"]["username"], &export["account"]["groups"]), (&json!("Grace"), &json!(["staff"])));
    assert_eq!(export["account"]["has_password"], true);
    assert_eq!(export["identities"][0]["provider"], "local");
    let session = &export["sessions"][0];
    assert_eq!((&session["agent"]["browser"], &session["network"]), (&json!("firefox"), &json!("127.0.0.0/24")));
    let events: Vec<_> = export["events"].as_array().unwrap().iter().map(|event| &event["event"]).collect();
    assert_eq!(events, ["account_exported", "signed_in", "password_set", "group_added", "account_created"]);
    assert_eq!((&export["events"][0]["by"], &export["events"][4]["by"]), (&json!("visitor"), &json!("site")));
    for secret in ["argon2", "Mallory", "someone-else", "cli:", &grace.session().unwrap()] {
        assert!(!page.body.contains(secret), "{secret}: {}", page.body);
    }
    assert_eq!(server.browser().go("/account/export").await.redirect_target(), "/auth?return_to=%2Faccount");
    assert!(grace.go("/account").await.text().contains("You saved your data."));
}

#[tokio::test]
async fn a_hostile_profile_is_shown_as_text() {
    let server = TestServer::start().await;
    for (letters, is_kept) in [(900, true), (4_096, false)] {
        let name = format!("<script>alert(1)</script>\u{202e}evil\u{2066}{}", "x".repeat(letters));
        let ada = Person::ada().with("name", name).with("email", "\"><img src=x>@example.org");
        server.behave(|uni| uni.person = ada);
        let browser = signed_in(server.browser().with_agent("<script>Firefox/1 (X11)</script>")).await;
        let page = browser.go("/account").await;
        assert_eq!(page.status, 200);
        assert!(!page.body.contains("<script") && !page.body.contains("<img src=x") && !page.body.contains('\u{202e}'));
        let name = "&lt;script&gt;alert(1)&lt;/script&gt;evilxxx";
        assert_eq!(page.body.contains(name), is_kept, "{}", page.text());
        assert!(!page.body.contains(&"x".repeat(100)), "a long name is cut");
        assert!(page.text().contains("Firefox on Linux"), "{}", page.text());
    }
    let browser = signed_in(server.browser()).await;
    let unknown = browser.go("/account?done=<script>").await;
    assert!(!unknown.body.contains("role=\"status\""));
}
