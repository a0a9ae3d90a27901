//! `/auth` without an app: people sign in to Vestibule itself, and then see a page of ours.

mod refusals;
mod return_to;

use support::provider::Person;
use support::{Browser, FormOrigin, Page, TestConfig, TestServer};
use vestibule::store::Event;

use crate::link::press;
use crate::passwords::{PASSWORD, local_accounts_only, with_grace};

/// Follows redirects up to one that leads to a page of ours. Returns its address.
pub async fn end_of_sign_in(browser: &Browser, page: Page) -> String {
    let mut page = page;
    for _ in 0..8 {
        let to = page.redirect_target();
        if to.starts_with('/') && !to.starts_with("/auth") {
            assert_eq!((page.status.as_u16(), page.header("referrer-policy")), (303, "no-referrer"));
            assert_eq!(page.header("cache-control"), "no-store");
            return to;
        }
        page = browser.go(&to).await;
    }
    panic!("no end: {}", page.url);
}

pub async fn sign_in(browser: &Browser, start: &str) -> String {
    end_of_sign_in(browser, browser.go(start).await).await
}

/// The newest row of the audit: event, app, provider.
async fn newest_row(server: &TestServer) -> (Event, Option<String>, Option<String>) {
    let entry = server.audit().await.remove(0).entry;
    (entry.event, entry.app.map(String::from), entry.provider.map(String::from))
}

#[tokio::test]
async fn one_provider_signs_a_person_in_to_their_account() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let begun = browser.go("/auth?login_hint=ada&ui_locales=fr").await;
    assert!(begun.redirect_target().starts_with(server.uni.issuer()));
    assert_eq!(end_of_sign_in(&browser, begun).await, "/account");
    let asked = server.uni.received().authorize;
    assert_eq!((asked[0].get("login_hint"), asked[0].get("ui_locales")), (Some("ada"), Some("fr")));
    assert_eq!(asked[0].get("prompt"), None);
    assert!(browser.session().is_some());
    assert_eq!(newest_row(&server).await, (Event::SignedIn, None, Some("uni".into())));

    // The session holds here and for apps. It writes no further row.
    let rows = server.audit().await.len();
    assert_eq!(browser.go("/auth?return_to=%2Faccount%2Fmethods").await.redirect_target(), "/account/methods");
    browser.go("/auth/notes").await.token_at("https://notes.example.org/signed-in");
    assert_eq!((server.audit().await.len(), server.uni.received().authorize.len()), (rows, 1));
}

#[tokio::test]
async fn several_providers_are_a_choice_that_names_no_app_and_keeps_where_it_leads() {
    let server = TestServer::with_two_providers().await;
    let browser = server.browser();
    let page = browser.go("/auth?return_to=%2Faccount%2Fmethods&login_hint=ada").await;
    assert_eq!((page.status.as_u16(), page.heading()), (200, "Sign in to Example".into()));
    assert!(page.body.contains("<title>Sign in · Example</title>"), "{}", page.body);
    assert!(page.header("content-security-policy").contains("form-action 'self';"));
    assert!(browser.login_cookies().is_empty(), "a choice is not a login yet");
    let lab = page.link("Continue with Example Lab");
    assert_eq!(sign_in(&browser, &lab).await, "/account/methods");
    assert_eq!(server.lab.received().authorize[0].get("login_hint"), Some("ada"));
    assert_eq!(newest_row(&server).await, (Event::SignedIn, None, Some("lab".into())));

    for (language, heading, button) in [
        ("fr", "Se connecter à Example", "Continuer avec Example Lab"),
        ("de", "Bei Example anmelden", "Weiter mit Example Lab"),
    ] {
        let page = server.browser().go(&format!("/auth?ui_locales={language}")).await;
        assert_eq!((page.heading().as_str(), page.has_link(button)), (heading, true), "{}", page.text());
        assert!(page.link(button).contains(&format!("ui_locales={language}")), "{}", page.link(button));
    }
}

#[tokio::test]
async fn every_enabled_provider_is_offered_whatever_the_apps_list() {
    let server = TestServer::with(|config| {
        config.add_lab();
        config.add_passwords();
        config.add_providers(&[("off", "Switched off")]);
        config.provider("off").set("enabled", "false");
        for app in ["notes", "meet", "galene"] {
            config.app(app).set("providers", "[\"uni\"]");
        }
    })
    .await;
    let page = server.browser().go("/auth").await;
    assert!(page.has_link("Continue with Example University") && page.has_link("Continue with Example Lab"));
    assert!(page.body.contains("name=\"password\"") && !page.text().contains("Switched off"), "{}", page.text());
    let named = server.browser().go("/auth?provider=local").await;
    assert!(named.body.contains("name=\"password\"") && !named.has_link("Continue with Example Lab"));
}

#[tokio::test]
async fn seven_or_more_providers_get_a_search_that_keeps_where_it_leads() {
    let names =
        [("a", "Aalto"), ("b", "Universität Ulm"), ("c", "KTH"), ("d", "TU Wien"), ("e", "Bern"), ("f", "Genève")];
    let server = TestServer::with(|config| config.add_providers(&names)).await;
    let browser = server.browser();
    let page = browser.go("/auth?return_to=%2Faccount%2Fmethods&find=UNIV").await;
    assert_eq!(page.form_action(), "/auth");
    assert!(page.body.contains("name=\"return_to\" value=\"/account/methods\""), "{}", page.body);
    assert!(page.header("content-security-policy").contains("form-action 'self';"));
    let found: Vec<_> = page.links().into_iter().map(|(words, _)| words).take(2).collect();
    assert_eq!(found, ["Continue with Example University", "Continue with Universität Ulm"]);
    assert_eq!(page.link("Show all"), "/auth?return_to=%2Faccount%2Fmethods");
    assert_eq!(sign_in(&browser, &page.link("Continue with Universität Ulm")).await, "/account/methods");
}

#[tokio::test]
async fn a_typed_password_signs_a_person_in_to_their_account() {
    let server = with_grace(TestConfig::add_passwords).await;
    let browser = server.browser();
    let page = browser.go("/auth?return_to=%2Faccount%2Fmethods&login_hint=grace").await;
    assert_eq!(
        (page.form_action().as_str(), page.heading()),
        ("/auth?return_to=%2Faccount%2Fmethods&login_hint=grace", "Sign in to Example".into())
    );
    assert!(page.body.contains("value=\"grace\"") && page.has_link("Continue with Example University"));
    assert!(page.header("content-security-policy").contains("form-action 'self';"));
    let page = browser.submit_password(&page, "grace", "not hers").await;
    assert_eq!((page.status.as_u16(), page.heading()), (403, "Sign in to Example".into()));
    assert!(page.text().contains("Name or password is not right."), "{}", page.text());
    let done = browser.submit_password(&page, "grace", PASSWORD).await;
    assert_eq!((done.status.as_u16(), done.redirect_target()), (303, "/account/methods".into()));
    assert_eq!(newest_row(&server).await, (Event::SignedIn, None, Some("local".into())));
    assert_eq!(browser.go("/auth").await.redirect_target(), "/account");
    browser.go("/auth/notes").await.token_at("https://notes.example.org/signed-in");
}

// C53
#[tokio::test]
async fn a_form_from_another_site_signs_nobody_in() {
    let server = local_accounts_only().await;
    let browser = server.browser();
    let fields = [("username", "grace"), ("password", PASSWORD)].map(|(k, v)| (k.to_owned(), v.to_owned()));
    let page = browser.post("/auth?return_to=%2Flogout", &fields, FormOrigin::AnotherSite).await;
    assert_eq!((page.status.as_u16(), browser.session()), (403, None));
    let page = browser.go(&page.link("Start again here")).await;
    assert_eq!(browser.submit_password(&page, "grace", PASSWORD).await.redirect_target(), "/logout");
}

#[tokio::test]
async fn only_a_form_may_be_posted_and_it_has_both_fields() {
    let server = local_accounts_only().await;
    let browser = server.browser();
    for content_type in ["application/json", "text/plain", "multipart/form-data; boundary=b"] {
        let headers = [("content-type", content_type), ("sec-fetch-site", "same-origin")];
        let page = browser.ask(reqwest::Method::POST, "/auth", &headers).await;
        assert_eq!((page.status.as_u16(), page.heading()), (415, "This can’t be done this way.".into()));
        assert!(page.header("access-control-allow-origin").is_empty());
    }
    let page = browser.post("/auth", &[("username".into(), "grace".into())], FormOrigin::OurPage).await;
    assert_eq!(page.status, 400);
    for path in ["/auth/", "/auth/Account"] {
        assert_eq!(browser.go(path).await.status, 404, "{path}");
    }
    let page = browser.ask(reqwest::Method::PUT, "/auth", &[]).await;
    assert_eq!(page.status, 405);
    assert!(page.header("allow").contains("GET") && page.header("allow").contains("POST"), "{:?}", page.headers);
}

#[tokio::test]
async fn prompt_login_asks_again_and_demands_a_proof() {
    let server = TestServer::start().await;
    let browser = server.browser();
    sign_in(&browser, "/auth").await;
    let first = browser.session().unwrap();
    assert_eq!(sign_in(&browser, "/auth?prompt=login&return_to=%2Flogout").await, "/logout");
    assert_eq!(server.uni.received().authorize[1].get("prompt"), Some("login"));
    assert_ne!(browser.session().unwrap(), first, "C37");
    let old = server.now().unix_timestamp() - 3600;
    server.behave(|uni| drop(uni.claims.insert("auth_time".into(), old.into())));
    let page = browser.sign_in("/auth?prompt=login&return_to=%2Flogout").await;
    assert_eq!(page.heading(), "Example University did not ask you to sign in again.");
    assert_eq!(page.link("Start again"), "/auth?return_to=%2Flogout&prompt=login_without_proof");
    assert_eq!(sign_in(&browser, &page.link("Start again")).await, "/logout");

    let page = TestServer::with_two_providers().await.browser().go("/auth?prompt=login").await;
    assert!(page.text().contains("Please sign in once more."), "{}", page.text());
}

#[tokio::test]
async fn a_start_that_names_another_provider_goes_there_and_replaces_the_session() {
    let server = TestServer::with_two_providers().await;
    server.lab.behave(|lab| lab.person = Person::new("grace-1906").with("preferred_username", "grace"));
    let browser = server.browser();
    sign_in(&browser, "/auth?provider=uni").await;
    let first = browser.session().unwrap();
    assert_eq!(sign_in(&browser, "/auth?provider=uni").await, "/account");
    assert_eq!((browser.session().unwrap(), server.uni.received().authorize.len()), (first.clone(), 1));
    assert_eq!(sign_in(&browser, "/auth?provider=lab").await, "/account");
    assert_eq!(server.lab.received().authorize.len(), 1);
    assert_ne!(browser.session().unwrap(), first);
}

#[tokio::test]
async fn another_account_can_be_chosen() {
    let server = TestServer::start().await;
    let browser = server.browser();
    sign_in(&browser, "/auth").await;
    // The provider ignores the choice, and is asked to authenticate the person again.
    server.behave(|uni| uni.reauthenticated = Some(Person::new("grace-1906").with("preferred_username", "grace")));
    assert_eq!(sign_in(&browser, "/auth?prompt=select_account&return_to=%2Flogout").await, "/logout");
    let prompts: Vec<_> =
        server.uni.received().authorize.iter().map(|asked| asked.get("prompt").map(String::from)).collect();
    assert_eq!(prompts, [None, Some("select_account".into()), Some("login".into())]);
    assert!(browser.go("/logout").await.text().contains("grace"));

    // After a sign-out, the only provider is a choice, too.
    browser.post("/logout", &[], FormOrigin::OurPage).await;
    let page = browser.go("/auth?return_to=%2Flogout").await;
    assert_eq!(page.link("Use another account"), "/auth?return_to=%2Flogout&prompt=select_account");
}

#[tokio::test]
async fn a_first_login_follows_the_provider_and_a_taken_name_is_shown() {
    let server = TestServer::with_two_providers().await;
    sign_in(&server.browser(), "/auth?provider=uni").await;
    let browser = server.browser();
    // The same name from another provider is another person.
    let page = browser.sign_in("/auth?provider=lab&return_to=%2Flogout&prompt=select_account").await;
    assert_eq!(page.heading(), "Your name here is ada-2.");
    assert_eq!(page.link("Continue"), "/auth?return_to=%2Flogout&provider=lab");
    assert_eq!(browser.go(&page.link("Continue")).await.redirect_target(), "/logout");
}

#[tokio::test]
async fn a_posted_answer_ends_at_our_page() {
    let server = TestServer::with(|config| {
        config.provider("uni").set_text("response_mode", "form_post");
    })
    .await;
    let browser = server.browser();
    let provider = browser.go("/auth?return_to=%2Flogout").await.redirect_target();
    let posting = browser.go(&provider).await;
    let fields = support::provider::Fields::of_form(&posting.body).0;
    let again = browser.post(&posting.form_action(), &fields, FormOrigin::AnotherSite).await;
    assert!(again.header("content-security-policy").contains("form-action 'self';"), "{:?}", again.headers);
    let fields = support::provider::Fields::of_form(&again.body).0;
    let done = browser.post(&again.form_action(), &fields, FormOrigin::OurPage).await;
    assert_eq!(done.redirect_target(), "/logout");
}

/// Ada has an account by the university. The lab is new, and asks.
async fn asked(server: &TestServer) -> (Browser, Page) {
    let browser = server.browser();
    let page = browser.sign_in("/auth?return_to=%2Faccount%2Fmethods&provider=lab").await;
    assert_eq!((page.status.as_u16(), page.heading()), (200, "Are you already here?".into()));
    (browser, page)
}

#[tokio::test]
async fn the_question_at_a_first_login_leads_on_to_our_page() {
    let server = TestServer::with(|config| {
        config.add_lab();
        config.add_passwords();
        config.provider("lab").set_text("first_login", "ask");
    })
    .await;
    server.lab.behave(|lab| lab.person = Person::new("al").with("preferred_username", "al"));
    sign_in(&server.browser(), "/auth?provider=uni").await;

    let (browser, page) = asked(&server).await;
    assert!(page.text().contains("You signed in with Example Lab. No account here has used"), "{}", page.text());
    assert!(page.header("content-security-policy").contains("form-action 'self';"));
    assert_eq!(newest_row(&server).await, (Event::LinkAsked, None, Some("lab".into())));
    let again = press(&browser, &page, "/link/dismiss").await.redirect_target();
    assert_eq!(again, "/auth?return_to=%2Faccount%2Fmethods&prompt=select_account");

    // Ada proves her account, and links the lab.
    let (browser, page) = asked(&server).await;
    let confirmation = browser.sign_in(&page.link("Continue with Example University")).await;
    let done = press(&browser, &confirmation, "/link/confirm").await;
    assert_eq!((done.status.as_u16(), done.redirect_target()), (303, "/account/methods".into()));
    assert_eq!(newest_row(&server).await, (Event::SignedIn, None, Some("lab".into())));

    server.lab.behave(|lab| lab.person = Person::new("bo").with("preferred_username", "bo"));
    let (browser, page) = asked(&server).await;
    assert_eq!(press(&browser, &page, "/link/new").await.redirect_target(), "/account/methods");
    assert!(browser.go("/logout").await.text().contains("bo"));
}
