//! A person removes a sign-in method on their own page. The last one that works stays.

use support::provider::{Person, Quirk};
use support::{Browser, FormOrigin, Page, TestServer};
use vestibule::signin::identify::IdentityKey;
use vestibule::store::Event;

const ADD: &str = "/account/methods/add";
const REMOVE: &str = "/account/methods/remove";

/// Ada has an identity at the university and one at the lab.
async fn server() -> TestServer {
    let server = TestServer::with_two_providers().await;
    signed_in(&server, "uni").await;
    let key = IdentityKey {
        provider: "lab".parse().unwrap(),
        issuer: server.lab.issuer().to_owned().into(),
        subject: "al".into(),
    };
    server.link(&key, "ada").await;
    server.lab.behave(|lab| lab.person = Person::new("al").with("preferred_username", "al").with("name", "Al"));
    server
}

async fn signed_in(server: &TestServer, provider: &str) -> Browser {
    let browser = server.browser();
    browser.sign_in(&format!("/auth/notes?provider={provider}")).await;
    browser
}

/// The pages that ask before each method is removed, in the order of the page.
fn removal_pages(account: &Page) -> Vec<String> {
    account.links().into_iter().filter(|(words, _)| words == "Remove").map(|(_, to)| to).collect()
}

async fn press(browser: &Browser, page: &Page, from: FormOrigin) -> Page {
    let method = page.body.split_once("name=\"method\" value=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
    browser.post(REMOVE, &[("method".to_owned(), method)], from).await
}

// C25
#[tokio::test]
async fn a_person_removes_a_method_and_the_last_one_stays() {
    let server = server().await;
    let (browser, elsewhere) = (signed_in(&server, "uni").await, signed_in(&server, "lab").await);
    let [uni, lab] = removal_pages(&browser.go("/account").await).try_into().unwrap();

    let in_use = browser.go(&uni).await;
    assert_eq!(in_use.heading(), "Example University stays for now.");
    assert!(in_use.text().contains("You are signed in with it now."), "{}", in_use.text());
    let asked = browser.go(&lab).await;
    assert_eq!(asked.heading(), "Remove Example Lab?");
    // C53
    assert_eq!(press(&browser, &asked, FormOrigin::AnotherSite).await.status.as_u16(), 403);
    let removed = press(&browser, &asked, FormOrigin::OurPage).await;
    assert_eq!(removed.redirect_target(), "/account?done=method-removed");
    let account = browser.go(&removed.redirect_target()).await;
    assert!(account.text().contains("That sign-in no longer opens your account."), "{}", account.text());
    assert_eq!(elsewhere.go("/account").await.status.as_u16(), 303, "the other session has ended");
    assert_eq!(server.audit().await[0].entry.event, Event::IdentityUnlinked);
    // A second press does nothing more.
    assert_eq!(press(&browser, &asked, FormOrigin::OurPage).await.redirect_target(), "/account?done=method-removed");

    let last = browser.go(&uni).await;
    assert!(last.text().contains("It is the only way left to sign in to your account."), "{}", last.text());
    assert!(!last.body.contains("name=\"method\""));
    let tag = uni.split_once('=').unwrap().1.to_owned();
    let forced = browser.post(REMOVE, &[("method".to_owned(), tag)], FormOrigin::OurPage).await;
    assert_eq!(forced.redirect_target(), uni);
    assert_eq!(removal_pages(&browser.go("/account").await).len(), 1);
}

#[tokio::test]
async fn a_method_whose_provider_is_off_does_not_count() {
    let server = server().await;
    let browser = signed_in(&server, "uni").await;
    let [uni, lab] = removal_pages(&browser.go("/account").await).try_into().unwrap();
    server.reconfigure(|config| _ = config.provider("lab").set("enabled", "false"));
    assert!(browser.go(&uni).await.text().contains("It is the only way left"));
    assert_eq!(browser.go(&lab).await.heading(), "Remove Example Lab?");
}

#[tokio::test]
async fn only_the_owner_with_a_fresh_sign_in_removes_a_method() {
    let server = server().await;
    let browser = signed_in(&server, "uni").await;
    let lab = removal_pages(&browser.go("/account").await).pop().unwrap();
    let asked = browser.go(&lab).await;
    server.behave(|uni| uni.person = Person::new("someone-else").with("preferred_username", "mallory"));
    let mallory = signed_in(&server, "uni").await;
    assert_eq!(mallory.go(&lab).await.status.as_u16(), 404);
    press(&mallory, &asked, FormOrigin::OurPage).await;
    let nobody = server.browser();
    assert_eq!(nobody.go(&lab).await.redirect_target(), "/auth?return_to=%2Faccount");
    let pressed = press(&nobody, &asked, FormOrigin::OurPage).await.redirect_target();
    assert_eq!(pressed, "/account/sign-in?return_to=%2Faccount");
    // C23
    server.advance_clock(time::Duration::minutes(6));
    let again = press(&browser, &asked, FormOrigin::OurPage).await;
    let again = again.redirect_target();
    assert!(again.starts_with("/account/sign-in?prompt=login"), "{again}");
    assert_eq!(removal_pages(&browser.go("/account").await).len(), 2);
    // The new sign-in leads back to the page that asks.
    server.behave(|_| ());
    let again = format!("{}&provider=uni", browser.go(&again).await.link("Sign in again"));
    assert_eq!(browser.sign_in(&again).await.heading(), "Remove Example Lab?");
}

/// A person of the university whose account has one sign-in method, and the page that asks about the lab.
async fn adding(server: &TestServer) -> (Browser, Page) {
    let browser = signed_in(server, "uni").await;
    let account = browser.go("/account").await;
    assert_eq!(account.link("Add a way to sign in"), ADD);
    let choices = browser.go(ADD).await;
    let asked = browser.sign_in(&choices.link("Continue with Example Lab")).await;
    (browser, asked)
}

async fn with_one_method() -> TestServer {
    let server = TestServer::with_two_providers().await;
    server.lab.behave(|lab| lab.person = Person::new("al").with("preferred_username", "al").with("name", "Al"));
    signed_in(&server, "uni").await;
    server
}

fn step(page: &Page, name: &str) -> String {
    page.url.replace("/link?", &format!("/link/{name}?"))
}

async fn methods(server: &TestServer) -> usize {
    let ada = server.broker.store().account_by_name(&"ada".parse().unwrap()).await.unwrap().unwrap();
    server.broker.store().identities_of(&ada.id).await.unwrap().len()
}

// L5, L8
#[tokio::test]
async fn a_person_adds_a_method_after_a_page_that_names_both_sides() {
    let server = with_one_method().await;
    let elsewhere = signed_in(&server, "uni").await;
    let (browser, asked) = adding(&server).await;
    assert_eq!(asked.heading(), "Open ada with Example Lab too?");
    assert_eq!(methods(&server).await, 1, "nothing is linked yet");
    let added = browser.post(&step(&asked, "confirm"), &[], FormOrigin::OurPage).await;
    assert_eq!(added.redirect_target(), "/account?done=method-added");
    let account = browser.go(&added.redirect_target()).await;
    assert!(account.text().contains("That sign-in opens your account from now on."), "{}", account.text());
    assert_eq!((methods(&server).await, removal_pages(&account).len()), (2, 2));
    assert_eq!(elsewhere.go("/account").await.status.as_u16(), 303);
    signed_in(&server, "lab").await;
    assert_eq!(methods(&server).await, 2);
    // The same identity once more.
    let known = browser.sign_in(&format!("{ADD}?provider=lab")).await;
    assert!(known.text().contains("That sign-in opens your account already."), "{}", known.text());
}

#[tokio::test]
async fn a_person_who_goes_back_adds_nothing() {
    let server = with_one_method().await;
    let (browser, asked) = adding(&server).await;
    let back = browser.post(&step(&asked, "back"), &[], FormOrigin::OurPage).await;
    assert_eq!(back.redirect_target(), "/account");
    let late = browser.post(&step(&asked, "confirm"), &[], FormOrigin::OurPage).await;
    assert_eq!((late.status.as_u16(), methods(&server).await), (400, 1));
    // No account is made by a request that adds a method.
    let (browser, asked) = adding(&server).await;
    let new = browser.post(&step(&asked, "new"), &[], FormOrigin::OurPage).await;
    assert_eq!((new.status.as_u16(), methods(&server).await), (400, 1));
}

// L7: the request counts in the session that began it.
#[tokio::test]
async fn a_method_is_added_only_in_the_session_that_asked() {
    let server = with_one_method().await;
    // An attacker gives the victim, who is signed in, a callback of their own.
    let attacker = signed_in(&server, "uni").await;
    let callback = attacker.callback_url(&format!("{ADD}?provider=lab")).await;
    server.behave(|uni| uni.person = Person::new("victim").with("preferred_username", "victim"));
    let victim = signed_in(&server, "uni").await;
    for (name, value) in attacker.login_cookies() {
        victim.set_cookie(&name, &value);
    }
    let page = victim.go(&callback).await;
    assert_eq!(page.heading(), "This question was answered already, or it waited too long.");
    server.behave(|uni| uni.person = Person::ada());
    // The session ends between the question and the answer.
    let (browser, asked) = adding(&server).await;
    let request = browser.cookies().into_iter().find(|(name, _)| name.contains("-ask-")).unwrap();
    browser.post("/logout", &[], FormOrigin::OurPage).await;
    let late = browser.post(&step(&asked, "confirm"), &[], FormOrigin::OurPage).await;
    assert_eq!((late.status.as_u16(), methods(&server).await), (400, 1));
    let other = signed_in(&server, "uni").await;
    other.set_cookie(&request.0, &request.1);
    let elsewhere = other.post(&step(&asked, "confirm"), &[], FormOrigin::OurPage).await;
    assert_eq!((elsewhere.status.as_u16(), methods(&server).await), (400, 1));
}

#[tokio::test]
async fn an_identity_of_another_account_is_not_added() {
    let server = with_one_method().await;
    signed_in(&server, "lab").await;
    let (_, refused) = adding(&server).await;
    assert_eq!(refused.heading(), "Your sign-in with Example Lab belongs to another account by now.");
    assert_eq!(methods(&server).await, 1);
    // C23
    let browser = signed_in(&server, "uni").await;
    server.advance_clock(time::Duration::minutes(6));
    assert!(browser.go(ADD).await.redirect_target().starts_with("/auth?prompt=login"));
    let nobody = server.browser().go(ADD).await;
    assert_eq!(nobody.redirect_target(), "/auth?return_to=%2Faccount");
}

// The config says who may link identities of a provider: with "refuse", only admins.
#[tokio::test]
async fn a_provider_whose_identities_only_admins_link_is_not_added() {
    let server = with_one_method().await;
    let (browser, asked) = adding(&server).await;
    server.reconfigure(|config| _ = config.provider("lab").set_text("first_login", "refuse"));
    let late = browser.post(&step(&asked, "confirm"), &[], FormOrigin::OurPage).await;
    assert_eq!((late.status.as_u16(), methods(&server).await), (400, 1));
    assert!(!browser.go(ADD).await.has_link("Continue with Example Lab"));
    assert_eq!(browser.go(&format!("{ADD}?provider=lab")).await.status.as_u16(), 403);
}

#[tokio::test]
async fn a_request_that_adds_a_method_is_no_request_for_access() {
    let server = with_one_method().await;
    server.reconfigure(|config| {
        config.provider("lab").set_text("first_login", "ask").set("ask", "[\"prove\", \"request\"]");
    });
    let (browser, asked) = adding(&server).await;
    let message = [("message".to_owned(), "let me in".to_owned())];
    let refused = browser.post(&step(&asked, "request"), &message, FormOrigin::OurPage).await;
    assert_eq!(refused.status.as_u16(), 400);
    assert_eq!(browser.go(&asked.url).await.heading(), "Open ada with Example Lab too?");
}

// L6, C23
#[tokio::test]
async fn a_session_that_no_provider_proved_just_now_adds_nothing() {
    let server = with_one_method().await;
    // The person may be signed in at the provider for days, and it does not say since when.
    server.behave(|uni| uni.quirk = Some(Quirk::NoAuthTime));
    let browser = signed_in(&server, "uni").await;
    let asked_again = browser.go(ADD).await.redirect_target();
    assert!(asked_again.starts_with("/auth?prompt=login_without_proof"), "{asked_again}");
    let choices = browser.sign_in(&asked_again).await;
    assert_eq!(choices.heading(), "Sign in to Example");
    let account = browser.sign_in(&choices.link("Continue with Example University used last time")).await;
    assert!(account.text().contains("press the one you wanted once more"), "{}", account.text());
    let asked = browser.sign_in(&format!("{ADD}?provider=lab")).await;
    assert_eq!(asked.heading(), "Open ada with Example Lab too?");
}
