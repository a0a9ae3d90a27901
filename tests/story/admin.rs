//! `/admin`: people with a role see accounts and access requests, and act on them.

use support::provider::Person;
use support::{Browser, FormOrigin, Page, TestConfig, TestServer};
use time::Duration;
use vestibule::accounts::{AccountRef, Accounts, Actor};
use vestibule::base::role::Role;
use vestibule::store::{AccessRequest, Event};

const NOTES: &str = "https://notes.example.org/signed-in";
const SIGN_IN: &str = "/auth?prompt=login&return_to=%2Fadmin";

pub fn root() -> Actor {
    Actor::Operator { user: "root".to_owned() }
}

pub fn accounts(server: &TestServer) -> Accounts {
    Accounts::new(server.broker.store().clone(), server.clock())
}

pub fn named(name: &str) -> AccountRef {
    AccountRef::Name(name.parse().unwrap())
}

/// Ada has signed in at the university, which says when it authenticated her.
pub async fn with_ada(role: Option<Role>) -> (TestServer, Browser) {
    let server = TestServer::with(|config: &mut TestConfig| {
        config.add_lab();
        config.provider("lab").set_text("first_login", "ask").set("ask", "[\"prove\", \"request\"]");
    })
    .await;
    let browser = server.browser();
    browser.sign_in("/auth/notes?provider=uni").await.token_at(NOTES);
    if let Some(role) = role {
        accounts(&server).give_role(&root(), &named("ada"), role).await.unwrap();
    }
    (server, browser)
}

pub async fn enter(browser: &Browser) -> Page {
    browser.sign_in(&format!("{SIGN_IN}&provider=uni")).await
}

/// The id in the account's page.
pub async fn id(server: &TestServer, name: &str) -> String {
    let account = server.broker.store().account_by_name(&name.parse().unwrap()).await.unwrap();
    account.unwrap().id.to_string()
}

async fn act(browser: &Browser, id: &str, act: &str, from: FormOrigin) -> Page {
    let fields = [("id", id), ("act", act)].map(|(name, value)| (name.to_owned(), value.to_owned()));
    browser.post("/admin/account", &fields, from).await
}

pub async fn add_dee(server: &TestServer) -> String {
    server.behave(|uni| uni.person = Person::new("dee").with("preferred_username", "dee"));
    server.browser().sign_in("/auth/notes?provider=uni").await.token_at(NOTES);
    server.behave(|_| ());
    id(server, "dee").await
}

// R4
#[tokio::test]
async fn the_pages_open_to_people_with_a_role_after_a_fresh_sign_in() {
    let (server, ada) = with_ada(None).await;
    assert_eq!(server.browser().go("/admin").await.redirect_target(), SIGN_IN);
    assert_eq!(ada.go("/admin").await.status.as_u16(), 404);
    accounts(&server).give_role(&root(), &named("ada"), Role::Viewer).await.unwrap();
    server.advance_clock(Duration::minutes(6));
    assert_eq!(ada.go("/admin").await.redirect_target(), SIGN_IN);
    let start = enter(&ada).await;
    assert_eq!((start.status.as_u16(), start.heading()), (200, "Identity administration".to_owned()));
    assert!(start.text().contains("You are ada, viewer."), "{}", start.text());
    // They stay open while they are used.
    for _ in 0..3 {
        server.advance_clock(Duration::minutes(29));
        assert_eq!(ada.go("/admin").await.status.as_u16(), 200);
    }
    server.advance_clock(Duration::minutes(31));
    assert_eq!(ada.go("/admin").await.redirect_target(), SIGN_IN);
    // A role that is taken closes them at once.
    enter(&ada).await;
    accounts(&server).take_role(&root(), &named("ada")).await.unwrap();
    assert_eq!(ada.go("/admin").await.status.as_u16(), 404);
}

#[tokio::test]
async fn helpdesk_finds_an_account_disables_it_and_enables_it() {
    let (server, ada) = with_ada(Some(Role::Helpdesk)).await;
    let dee = add_dee(&server).await;
    enter(&ada).await;
    let missing = ada.go("/admin/search?q=nobody").await;
    assert!(missing.text().contains("Nothing was found."), "{}", missing.text());
    for text in ["De", &dee, "uni:dee"] {
        let found = ada.go(&format!("/admin/search?q={text}")).await;
        assert_eq!(found.heading(), format!("Search for “{text}”"));
        let account = ada.go(&found.link("dee")).await;
        assert_eq!(account.heading(), "Account dee");
        assert!(account.body.contains("The account was made with it on") && !account.body.contains("give-admin"));
    }
    let refused = server.browser().sign_in("/auth/meet?room=board&provider=uni").await.reference_code();
    let found = ada.go(&format!("/admin/search?q={refused}")).await;
    assert!(found.text().contains("not_permitted"), "{}", found.text());
    assert_eq!(ada.go("/admin/search?q=").await.redirect_target(), "/admin");
    let done = act(&ada, &dee, "disable", FormOrigin::OurPage).await;
    let page = ada.go(&done.redirect_target()).await;
    assert!(page.text().contains("Done.") && page.text().contains("disabled"), "{}", page.text());
    server.behave(|uni| uni.person = Person::new("dee").with("preferred_username", "dee"));
    assert_eq!(server.browser().sign_in("/auth/notes?provider=uni").await.status.as_u16(), 403);
    server.behave(|_| ());
    act(&ada, &dee, "enable", FormOrigin::OurPage).await;
    let rows = server.audit().await;
    let row = rows.iter().find(|row| row.entry.event == Event::AccountEnabled).unwrap();
    assert_eq!(row.entry.actor_account.as_ref().unwrap().as_str(), id(&server, "ada").await);
    assert_eq!(row.entry.account.as_ref().unwrap().as_str(), dee);
    // A role that helpdesk may not give, by a form of its own making (R4), and a form of another site (C53).
    let refused = act(&ada, &dee, "give-admin", FormOrigin::OurPage).await;
    assert!(refused.redirect_target().ends_with("notice=role-needed"), "{}", refused.redirect_target());
    assert_eq!(act(&ada, &dee, "disable", FormOrigin::AnotherSite).await.status.as_u16(), 403);
    assert!(server.broker.store().role_holders().await.unwrap().iter().all(|holder| holder.username.as_str() == "ada"));
}

// R2, R3
#[tokio::test]
async fn an_admin_gives_a_role_and_cannot_open_that_account_again_or_change_themselves() {
    let (server, ada) = with_ada(Some(Role::Admin)).await;
    let dee = add_dee(&server).await;
    enter(&ada).await;
    let given = act(&ada, &dee, "give-helpdesk", FormOrigin::OurPage).await;
    assert!(ada.go(&given.redirect_target()).await.text().contains("helpdesk"));
    assert!(ada.go("/admin").await.text().contains("dee helpdesk since"), "{}", ada.go("/admin").await.text());
    act(&ada, &dee, "disable", FormOrigin::OurPage).await;
    let refused = act(&ada, &dee, "enable", FormOrigin::OurPage).await;
    assert!(refused.redirect_target().ends_with("notice=holder-of-role"), "{}", refused.redirect_target());
    let own = id(&server, "ada").await;
    for forbidden in ["disable", "take-role", "give-viewer"] {
        let refused = act(&ada, &own, forbidden, FormOrigin::OurPage).await;
        assert!(refused.redirect_target().ends_with("notice=own-account"), "{forbidden}");
    }
    // R6: after five minutes, a change needs another sign-in, and the pages still open.
    server.advance_clock(Duration::minutes(6));
    assert_eq!(ada.go("/admin").await.status.as_u16(), 200);
    let again = act(&ada, &dee, "take-role", FormOrigin::OurPage).await;
    assert!(again.redirect_target().starts_with("/account/sign-in?prompt=login&return_to=%2Fadmin%2Faccount%3F"));
    assert_eq!(server.broker.store().role_holders().await.unwrap().len(), 2);
}

/// Al, whom nobody knows, signs in at the lab and asks to be let in.
pub async fn ask_as_al(server: &TestServer) -> AccessRequest {
    server.lab.behave(|lab| lab.person = Person::new("al").with("preferred_username", "al"));
    let al = server.browser();
    let question = al.sign_in("/auth/notes?provider=lab").await;
    let form = al.go(&question.link("Ask to be let in")).await;
    let message = [("message".to_owned(), "I am Al.".to_owned())];
    al.post(&super::link::action(&form, "/link/request"), &message, FormOrigin::OurPage).await;
    let [request] = server.broker.store().waiting_access_requests(9).await.unwrap().try_into().unwrap();
    request
}

#[tokio::test]
async fn an_admin_decides_about_access_requests() {
    let (server, ada) = with_ada(Some(Role::Admin)).await;
    let request = ask_as_al(&server).await;
    let start = enter(&ada).await;
    assert!(start.text().contains("waiting since"), "{}", start.text());
    let path = format!("/admin/request?id={}", request.id);
    let page = ada.go(&path).await;
    assert!(page.text().contains("I am Al.") && page.text().contains("Let them prove it"), "{}", page.text());
    let decide = async |decision: &str, note: &str| {
        let fields = [("id", request.id.to_string()), ("decision", decision.to_owned()), ("note", note.to_owned())];
        let fields = fields.map(|(name, value)| (name.to_owned(), value));
        ada.post("/admin/request", &fields, FormOrigin::OurPage).await.redirect_target()
    };
    assert!(decide("refuse", "").await.ends_with("notice=no-name"));
    assert!(decide("let-in", "").await.ends_with("notice=done"));
    assert!(decide("refuse", "no").await.ends_with("notice=decided-before"));
    assert!(ada.go(&path).await.text().contains("does not wait any more"));
    server.browser().sign_in("/auth/notes?provider=lab").await.token_at(NOTES);
}

#[tokio::test]
async fn an_invitation_makes_the_person_who_signs_in_an_admin_once() {
    let (server, ada) = with_ada(None).await;
    let invited = accounts(&server).invite_admin(&root()).await.unwrap();
    let path = format!("/admin/invitation?code={}", invited.secret.expose());
    assert!(server.browser().go(&path).await.redirect_target().starts_with("/auth?return_to="));
    // A look uses nothing up.
    for _ in 0..2 {
        assert!(ada.go(&path).await.text().contains("You are signed in as ada."));
    }
    let code = [("code".to_owned(), invited.secret.expose().clone())];
    assert_eq!(ada.post("/admin/invitation", &code, FormOrigin::AnotherSite).await.status.as_u16(), 403);
    assert_eq!(ada.post("/admin/invitation", &code, FormOrigin::OurPage).await.redirect_target(), "/admin");
    assert!(enter(&ada).await.text().contains("You are ada, admin."));
    assert!(ada.post("/admin/invitation", &code, FormOrigin::OurPage).await.text().contains("was used or has expired"));
    let late = accounts(&server).invite_admin(&root()).await.unwrap();
    server.advance_clock(Duration::minutes(16));
    let path = format!("/admin/invitation?code={}", late.secret.expose());
    assert!(ada.go(&path).await.text().contains("was used or has expired"));
}
