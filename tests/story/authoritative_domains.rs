//! `authoritative_domains`: a verified address of the provider's own domain opens the account that an admin prepared.

use serde_json::{Value, json};
use support::provider::Person;
use support::{FormOrigin, Page, TestServer};
use vestibule::accounts::{AccountRef, Accounts, Actor, IfMissing};
use vestibule::signin::identify::IdentityKey;

use crate::link::{action, somebody};

const NOTES: &str = "https://notes.example.org/signed-in";

/// The lab is authoritative for lab.example, and asks at a first login. Grace's account was prepared by an admin.
async fn server() -> TestServer {
    let server = TestServer::with(|config| {
        config.add_lab();
        config.provider("lab").set_text("first_login", "ask").set("authoritative_domains", r#"["LAB.example"]"#);
    })
    .await;
    let key = IdentityKey {
        provider: "uni".parse().unwrap(),
        issuer: server.uni.issuer().to_owned().into(),
        subject: "gh".into(),
    };
    server.link(&key, "grace").await;
    add_address(&server, "grace", "Grace@lab.example").await;
    server
}

async fn add_address(server: &TestServer, account: &str, address: &str) {
    let accounts = Accounts::new(server.broker.store().clone(), server.clock());
    let root = Actor::Operator { user: "root".to_owned() };
    let account = AccountRef::Name(account.parse().unwrap());
    accounts.add_address(&root, &account, &address.parse().unwrap()).await.unwrap();
}

async fn at_lab(server: &TestServer, email: &str, verified: Value) -> Page {
    let (email, name) = (email.to_owned(), "somebody");
    server.lab.behave(move |lab| {
        let person = Person::new("gracie").with("preferred_username", name).with("email", email.clone());
        lab.person = person.with("email_verified", verified.clone());
    });
    server.browser().sign_in("/auth/notes?provider=lab").await
}

async fn name_in(server: &TestServer, page: &Page) -> String {
    let (_, claims) = server.verify_token(&page.token_at(NOTES)).await;
    claims["preferred_username"].as_str().unwrap().to_owned()
}

// L3, L4
#[tokio::test]
async fn a_verified_address_of_the_providers_domain_claims_a_prepared_account() {
    let server = server().await;
    let page = at_lab(&server, "grace@LAB.example", json!(true)).await;
    assert_eq!(name_in(&server, &page).await, "grace");
    // From now on, the identity opens the account whatever its address is.
    let page = at_lab(&server, "other@elsewhere.example", json!(false)).await;
    assert_eq!(name_in(&server, &page).await, "grace");
}

// L3
#[tokio::test]
async fn an_address_of_another_domain_or_without_verification_claims_nothing() {
    let server = server().await;
    add_address(&server, "grace", "grace@sub.lab.example").await;
    add_address(&server, "grace", "grace@example.edu").await;
    let plain = at_lab(&server, "nobody@nowhere.example", json!(true)).await;
    for (email, verified) in [
        ("grace@lab.example", json!(false)),
        ("grace@lab.example", json!(null)),
        ("grace@sub.lab.example", json!(true)),
        ("grace@example.edu", json!(true)),
        ("max@lab.example", json!(true)),
    ] {
        let page = at_lab(&server, email, verified.clone()).await;
        // L2: the same page as for an address that no account has.
        assert_eq!((page.status, page.heading()), (plain.status, plain.heading()), "{email} {verified}");
    }
}

// L4
#[tokio::test]
async fn an_account_that_was_signed_in_to_is_never_claimed() {
    let server = server().await;
    server.behave(|uni| uni.person = Person::new("gh").with("preferred_username", "grace"));
    server.browser().sign_in("/auth/notes?provider=uni").await.token_at(NOTES);
    let page = at_lab(&server, "grace@lab.example", json!(true)).await;
    assert_eq!(page.heading(), "Are you already here?");
}

// L4
#[tokio::test]
async fn an_account_that_was_proved_is_never_claimed() {
    let server = server().await;
    server.behave(|uni| uni.person = Person::new("gh").with("preferred_username", "grace"));
    server.lab.behave(|lab| lab.person = somebody("al"));
    let browser = server.browser();
    let question = browser.sign_in("/auth/notes?provider=lab").await;
    let confirmation = browser.sign_in(&question.link("Continue with Example University")).await;
    assert_eq!(confirmation.heading(), "Open grace with Example Lab too?");
    browser.post(&action(&confirmation, "/link/back"), &[], FormOrigin::OurPage).await;
    let page = at_lab(&server, "grace@lab.example", json!(true)).await;
    assert_eq!(page.heading(), "Are you already here?");
}

// L4
#[tokio::test]
async fn a_disabled_account_or_one_of_several_with_the_address_is_not_claimed() {
    let server = server().await;
    server.disable("grace").await;
    assert_eq!(at_lab(&server, "grace@lab.example", json!(true)).await.heading(), "Are you already here?");
    let accounts = Accounts::new(server.broker.store().clone(), server.clock());
    let root = Actor::Operator { user: "root".to_owned() };
    accounts.enable(&root, &AccountRef::Name("grace".parse().unwrap())).await.unwrap();
    let key =
        IdentityKey { provider: "uni".parse().unwrap(), issuer: "https://x.example".into(), subject: "max".into() };
    let max = AccountRef::Name("max".parse().unwrap());
    accounts.link(&root, (&key, "sub"), &max, IfMissing::MakeAccount).await.unwrap();
    add_address(&server, "max", "grace@lab.example").await;
    assert_eq!(at_lab(&server, "grace@lab.example", json!(true)).await.heading(), "Are you already here?");
    accounts.remove_address(&root, &max, &"grace@lab.example".parse().unwrap()).await.unwrap();
    let page = at_lab(&server, "grace@lab.example", json!(true)).await;
    assert_eq!(name_in(&server, &page).await, "grace");
}
