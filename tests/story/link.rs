//! The question at a first login: the person proves their account and links the new identity, or gets a new account.

use time::Duration;

use serde_json::{Value, json};
use support::provider::{Answer, Person, Quirk};
use support::{Browser, FormOrigin, Page, TestConfig, TestServer};
use vestibule::signin::link::LinkProof;
use vestibule::store::Event;

const NOTES: &str = "https://notes.example.org/signed-in";
const QUESTION: &str = "Are you already here?";
const CONFIRMATION: &str = "Open ada with Example Lab too?";
const OVER: &str = "This question was answered already, or it waited too long.";

/// People come from the university. The lab is new, and asks.
async fn server() -> TestServer {
    server_with(|_| ()).await
}

async fn server_with(change: impl FnOnce(&mut TestConfig)) -> TestServer {
    let server = TestServer::with(|config| {
        config.add_lab();
        config.provider("lab").set_text("first_login", "ask");
        change(config);
    })
    .await;
    server.lab.behave(|lab| lab.person = somebody("al"));
    // Ada has an account, by the university.
    server.browser().sign_in("/auth/notes?provider=uni").await.token_at(NOTES);
    server
}

pub fn somebody(subject: &str) -> Person {
    Person::new(subject).with("preferred_username", "ada").with("email", "ada@example.edu").with("email_verified", true)
}

/// A browser whose person has signed in at the lab, and the question that they got.
async fn asked(server: &TestServer) -> (Browser, Page) {
    let browser = server.browser();
    let page = browser.sign_in("/auth/notes?provider=lab&state=s").await;
    assert_eq!((page.status.as_u16(), page.heading()), (200, QUESTION.to_owned()));
    (browser, page)
}

/// The action of the form that has this path.
pub fn action(page: &Page, path: &str) -> String {
    let start = format!("action=\"{path}?");
    let (_, rest) = page.body.split_once(&start).unwrap_or_else(|| panic!("no form for {path}: {}", page.body));
    format!("{path}?{}", rest.split_once('"').unwrap().0.replace("&amp;", "&"))
}

pub async fn press(browser: &Browser, page: &Page, path: &str) -> Page {
    browser.post(&action(page, path), &[], FormOrigin::OurPage).await
}

async fn claims(server: &TestServer, delivery: &Page) -> Value {
    server.verify_token(delivery.delivery_at(NOTES).get("token").unwrap()).await.1
}

async fn proofs(server: &TestServer) -> Vec<(String, LinkProof)> {
    let account = server.broker.store().account_by_name(&"ada".parse().unwrap()).await.unwrap().unwrap();
    let identities = server.broker.store().identities_of(&account.id).await.unwrap();
    identities.into_iter().map(|linked| (linked.key.provider.to_string(), linked.proof)).collect()
}

async fn accounts(server: &TestServer) -> usize {
    let all = vestibule::store::AccountQuery { after: String::new(), limit: 100 };
    server.broker.store().accounts(&all).await.unwrap().len()
}

// L5, L8, C25
#[tokio::test]
async fn a_person_who_proves_their_account_links_the_new_identity_and_enters_the_app() {
    let server = server().await;
    let elsewhere = server.browser();
    elsewhere.sign_in("/auth/notes?provider=uni").await.token_at(NOTES);

    let (browser, question) = asked(&server).await;
    assert_eq!(browser.session(), None);
    assert!(question.text().contains("Example Lab says that you are"), "{}", question.text());
    let confirmation = browser.sign_in(&question.link("Continue with Example University")).await;
    assert_eq!(confirmation.heading(), CONFIRMATION);
    assert!(confirmation.text().contains("Example University"), "{}", confirmation.text());
    // The university was asked to authenticate the person again (L6).
    let asked_for = server.uni.received().authorize.last().cloned().unwrap();
    assert_eq!([asked_for.get("prompt"), asked_for.get("max_age")], [Some("login"), Some("0")]);
    assert_eq!(browser.session(), None, "a proof opens no session");
    assert_eq!(proofs(&server).await, [("uni".to_owned(), LinkProof::Founding)]);

    let delivery = press(&browser, &confirmation, "/link/confirm").await;
    assert_eq!(delivery.delivery_at(NOTES).get("state"), Some("s"));
    let claims = claims(&server, &delivery).await;
    assert_eq!((&claims["preferred_username"], &claims["idp"]), (&json!("ada"), &json!("lab")));
    let linked = [("uni", LinkProof::Founding), ("lab", LinkProof::Proven)];
    assert_eq!(proofs(&server).await, linked.map(|(provider, proof)| (provider.to_owned(), proof)));
    // Other sessions of the account have ended.
    assert_eq!(elsewhere.go("/auth/notes").await.heading(), "Sign in to Notes");
    // The lab opens the account from now on, without a question.
    server.browser().sign_in("/auth/notes?provider=lab").await.token_at(NOTES);
    let events = server.audit().await.into_iter().map(|row| row.entry.event);
    let of_linking: Vec<Event> =
        events.filter(|event| [Event::LinkAsked, Event::IdentityLinked].contains(event)).collect();
    assert_eq!(of_linking, [Event::IdentityLinked, Event::LinkAsked]);
}

// L10
#[tokio::test]
async fn a_second_press_of_a_button_does_nothing_and_leads_on() {
    let server = server().await;
    let (browser, question) = asked(&server).await;
    let confirmation = browser.sign_in(&question.link("Continue with Example University")).await;
    press(&browser, &confirmation, "/link/confirm").await.token_at(NOTES);
    let again = press(&browser, &confirmation, "/link/confirm").await;
    assert_eq!((again.status.as_u16(), again.heading()), (400, OVER.to_owned()));
    browser.go(&again.link("Continue to Notes")).await.token_at(NOTES);
    let new = press(&browser, &question, "/link/new").await;
    assert_eq!(new.heading(), OVER);
    assert_eq!(accounts(&server).await, 1);
}

#[tokio::test]
async fn a_person_without_an_account_gets_a_new_one() {
    let server = server().await;
    let (browser, question) = asked(&server).await;
    let page = press(&browser, &question, "/link/new").await;
    // Ada's name is taken, and her account stays hers (L1).
    assert_eq!(page.heading(), "Your name here is ada-2.");
    let claims = claims(&server, &browser.go(&page.link("Continue to Notes")).await).await;
    assert_eq!(claims["preferred_username"], "ada-2");
    assert_eq!(proofs(&server).await.len(), 1);
}

// L10
#[tokio::test]
async fn a_person_can_go_back_and_answer_differently() {
    let server = server().await;
    let (browser, question) = asked(&server).await;
    let confirmation = browser.sign_in(&question.link("Continue with Example University")).await;
    let back = browser.follow(press(&browser, &confirmation, "/link/back").await).await;
    assert_eq!(back.heading(), QUESTION);
    let refused = press(&browser, &confirmation, "/link/confirm").await;
    assert_eq!(refused.heading(), "Please sign in to your account once more.");
    assert_eq!(browser.go(&refused.link("Try again")).await.heading(), QUESTION);
    let dismissed = press(&browser, &back, "/link/dismiss").await;
    assert!(dismissed.redirect_target().starts_with("/auth/notes?"), "{}", dismissed.redirect_target());
    let choice = browser.follow(dismissed).await;
    assert!(choice.has_link("Continue with Example University") && choice.has_link("Continue with Example Lab"));
    assert_eq!(browser.go(&question.url).await.heading(), OVER);
    assert_eq!((accounts(&server).await, proofs(&server).await.len()), (1, 1));
}

#[tokio::test]
async fn an_account_is_proved_by_a_password_too() {
    let server = server_with(TestConfig::add_passwords).await;
    server.add_user("grace", "correct horse battery staple").await;
    let (browser, question) = asked(&server).await;
    let wrong = browser.submit_password(&question, "grace", "a wrong password").await;
    assert_eq!(wrong.status.as_u16(), 403);
    assert!(wrong.text().contains("Name or password is not right."), "{}", wrong.text());
    let confirmation = browser.submit_password(&wrong, "grace", "correct horse battery staple").await;
    let confirmation = browser.follow(confirmation).await;
    assert_eq!(confirmation.heading(), "Open grace with Example Lab too?");
    let claims = claims(&server, &press(&browser, &confirmation, "/link/confirm").await).await;
    assert_eq!(claims["preferred_username"], "grace");
}

#[tokio::test]
async fn a_sign_in_that_proves_nothing_leads_back_with_a_notice() {
    let server = server().await;
    let (browser, question) = asked(&server).await;
    // Somebody whom the university knows and no account here has.
    server.behave(|uni| uni.person = Person::new("grace-1906").with("preferred_username", "grace"));
    let page = browser.sign_in(&question.link("Continue with Example University")).await;
    assert_eq!(page.heading(), QUESTION);
    assert!(page.text().contains("No account here has used that sign-in either."), "{}", page.text());
    // L6: the university sends them back without asking.
    server.behave(|uni| drop(uni.claims.insert("auth_time".to_owned(), json!(1))));
    let page = browser.sign_in(&question.link("Continue with Example University")).await;
    assert!(page.text().contains("You were not asked to sign in again there"), "{}", page.text());
    // A provider that never says when, but was asked, is believed. The link keeps that.
    server.behave(|uni| uni.quirk = Some(Quirk::NoAuthTime));
    let page = browser.sign_in(&question.link("Continue with Example University")).await;
    assert_eq!(page.heading(), CONFIRMATION);
    press(&browser, &page, "/link/confirm").await.token_at(NOTES);
    // A disabled account proves nothing.
    server.lab.behave(|lab| lab.person = somebody("second"));
    let (browser, question) = asked(&server).await;
    server.disable("ada").await;
    let page = browser.sign_in(&question.link("Continue with Example University")).await;
    assert!(page.text().contains("That account can’t be used here"), "{}", page.text());
    assert_eq!(accounts(&server).await, 1);
}

#[tokio::test]
async fn a_refusal_at_the_other_provider_leads_back_to_the_question() {
    let server = server().await;
    let (browser, question) = asked(&server).await;
    server.behave(|uni| uni.answer = Answer::Denied("no".to_owned()));
    let refused = browser.sign_in(&question.link("Continue with Example University")).await;
    assert_eq!(refused.heading(), "You did not finish signing in with Example University.");
    assert_eq!(browser.go(&refused.link("Try again")).await.heading(), QUESTION);
}

// L5
#[tokio::test]
async fn a_proof_or_a_request_that_waited_too_long_links_nothing() {
    let server = server().await;
    server.stop_clock();
    let (browser, question) = asked(&server).await;
    let confirmation = browser.sign_in(&question.link("Continue with Example University")).await;
    server.advance_clock(Duration::seconds(301));
    let late = press(&browser, &confirmation, "/link/confirm").await;
    assert_eq!(late.heading(), "Please sign in to your account once more.");
    server.advance_clock(Duration::seconds(600));
    let over = browser.go(&question.url).await;
    assert_eq!((over.status.as_u16(), over.heading()), (400, OVER.to_owned()));
    assert_eq!(browser.sign_in(&over.link("Continue to Notes")).await.heading(), QUESTION);
    assert_eq!(proofs(&server).await.len(), 1);
}

// C27, L5
#[tokio::test]
async fn a_provider_that_is_off_meanwhile_neither_proves_nor_links() {
    let server = server().await;
    let (browser, question) = asked(&server).await;
    let confirmation = browser.sign_in(&question.link("Continue with Example University")).await;
    server.reconfigure(|config| _ = config.provider("uni").set("enabled", "false"));
    let refused = press(&browser, &confirmation, "/link/confirm").await;
    assert_eq!((refused.status.as_u16(), refused.heading().contains("can’t be used here")), (403, true));
    server.reconfigure(|config| _ = config.provider("uni").set("enabled", "true"));
    server.reconfigure(|config| _ = config.provider("lab").set("enabled", "false"));
    let refused = press(&browser, &confirmation, "/link/confirm").await;
    assert_eq!(refused.status.as_u16(), 403);
    server.reconfigure(|config| {
        config.provider("lab").set("enabled", "true");
        config.provider("lab").set_text("first_login", "refuse");
    });
    assert_eq!(press(&browser, &confirmation, "/link/confirm").await.heading(), OVER);
    assert_eq!(proofs(&server).await.len(), 1);
}

// L1, L2
#[tokio::test]
async fn the_question_is_the_same_whether_an_account_looks_alike_or_not() {
    let server = server().await;
    let question = |person: Person| {
        let server = &server;
        async move {
            server.lab.behave(|lab| lab.person = person);
            let (_, page) = asked(server).await;
            let tag = page.url.split_once("a=").unwrap().1.to_owned();
            (page.headers.len(), page.body.replace(&tag, "TAG"))
        }
    };
    // The same text about both people: only the accounts here differ.
    let alike = question(somebody("al")).await;
    let root = vestibule::accounts::Actor::Operator { user: "root".to_owned() };
    let ada = vestibule::accounts::AccountRef::Name("ada".parse().unwrap());
    vestibule::accounts::Accounts::new(server.broker.store().clone(), server.clock())
        .remove(&root, &ada)
        .await
        .unwrap();
    let unlike = question(somebody("al")).await;
    assert_eq!(alike, unlike);
    assert!(!alike.1.contains("ada-") && !alike.1.contains(">ada<"), "{}", alike.1);
}

// L7: an attacker leads another person's browser through a login that proves an account.
#[tokio::test]
async fn a_login_that_proves_an_account_in_another_browser_proves_nothing() {
    let server = server().await;
    let (attacker, question) = asked(&server).await;
    let callback = attacker.callback_url(&question.link("Continue with Example University")).await;
    let victim = server.browser();
    assert_eq!(victim.go(&callback).await.status.as_u16(), 400);
    // Even with the attacker's login cookie, the request's own cookie is missing.
    for (name, value) in attacker.login_cookies() {
        victim.set_cookie(&name, &value);
    }
    let page = victim.go(&callback).await;
    assert_eq!((page.heading(), victim.session()), (OVER.to_owned(), None));
    assert_eq!(attacker.go(&question.url).await.heading(), QUESTION);
    assert_eq!(victim.go(&question.url).await.heading(), OVER);
    let confirmed = attacker.post(&question.url.replace("/link?", "/link/confirm?"), &[], FormOrigin::OurPage).await;
    assert_eq!(confirmed.heading(), "Please sign in to your account once more.");
    assert_eq!(proofs(&server).await.len(), 1);
}

// L10, C53
#[tokio::test]
async fn only_a_post_of_our_own_page_changes_a_link_request() {
    let server = server().await;
    let (browser, question) = asked(&server).await;
    let confirmation = browser.sign_in(&question.link("Continue with Example University")).await;
    for step in ["confirm", "new", "back", "dismiss", "password"] {
        let address = question.url.replace("/link?", &format!("/link/{step}?"));
        assert_eq!(browser.go(&address).await.status.as_u16(), 405, "{step}");
        let foreign = [("Sec-Fetch-Site", "cross-site"), ("Content-Type", "application/x-www-form-urlencoded")];
        let page = browser.ask(reqwest::Method::POST, &address, &foreign).await;
        assert_eq!(page.status.as_u16(), 403, "{step}");
    }
    assert_eq!(browser.go(&question.url).await.heading(), CONFIRMATION);
    assert_eq!((accounts(&server).await, proofs(&server).await.len()), (1, 1));
    press(&browser, &confirmation, "/link/confirm").await.token_at(NOTES);
}

// L9
#[tokio::test]
async fn a_form_with_more_fields_changes_nothing() {
    let server = server().await;
    let (browser, question) = asked(&server).await;
    let fields = [("username", "root"), ("email", "root@example.org"), ("account", "ada"), ("provider", "uni")];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let page = browser.post(&action(&question, "/link/new"), &fields, FormOrigin::OurPage).await;
    assert_eq!(page.heading(), "Your name here is ada-2.");
}

#[tokio::test]
async fn a_person_who_signs_in_without_an_app_is_asked_too() {
    let server = server().await;
    let browser = server.browser();
    let question = browser.sign_in("/auth?provider=lab&return_to=%2Faccount%3Fa%3Db").await;
    assert_eq!(question.heading(), QUESTION);
    let confirmation = browser.sign_in(&question.link("Continue with Example University")).await;
    let answer = press(&browser, &confirmation, "/link/confirm").await;
    assert_eq!(answer.redirect_target(), "/account?a=b");
    assert!(browser.session().is_some());
}

// L10: the button does what its page says, whatever another tab has done.
#[tokio::test]
async fn another_tab_does_not_change_the_account_that_a_page_asks_about() {
    let server = server_with(TestConfig::add_passwords).await;
    server.add_user("grace", "correct horse battery staple").await;
    let (browser, question) = asked(&server).await;
    let confirmation = browser.sign_in(&question.link("Continue with Example University")).await;
    assert_eq!(confirmation.heading(), CONFIRMATION);
    let other_tab = browser.submit_password(&question, "grace", "correct horse battery staple").await;
    assert_eq!(browser.follow(other_tab).await.heading(), CONFIRMATION);
    let claims = claims(&server, &press(&browser, &confirmation, "/link/confirm").await).await;
    assert_eq!(claims["preferred_username"], "ada");
}
