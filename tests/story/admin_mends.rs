//! A reference code leads an admin to the page that mends the refusal. An admin suspends a provider and resumes it.

use support::provider::{Fields, Person};
use support::{Browser, FormOrigin, Page, TestServer};
use vestibule::accounts::IfMissing;
use vestibule::base::role::Role;
use vestibule::signin::identify::IdentityKey;
use vestibule::store::Event;

use super::admin::{accounts, add_dee, enter, named, root, with_ada};

const DEE_AT_LAB: &str = "/auth/notes?provider=lab";

/// Presses the button of the page, with these values in its visible fields, and returns the page that follows.
async fn press(ada: &Browser, page: &Page, values: &[(&str, &str)]) -> Page {
    let mut fields = Fields::of_form(&page.body).0;
    for (name, value) in values {
        fields.retain(|(field, _)| field != name);
        fields.push(((*name).to_owned(), (*value).to_owned()));
    }
    let answer = ada.post(&page.form_action(), &fields, FormOrigin::OurPage).await;
    assert_eq!(answer.status.as_u16(), 303, "{}", answer.text());
    ada.go(&answer.redirect_target()).await
}

async fn refused_code(server: &TestServer, path: &str) -> String {
    server.behave(|uni| uni.person = Person::new("dee").with("preferred_username", "dee"));
    let code = server.browser().sign_in(path).await.reference_code();
    server.behave(|_| ());
    code
}

#[tokio::test]
async fn a_code_of_a_person_without_a_group_leads_to_the_group_that_lets_them_in() {
    let (server, ada) = with_ada(Some(Role::Admin)).await;
    add_dee(&server).await;
    let code = refused_code(&server, "/auth/meet?room=board&provider=uni").await;
    enter(&ada).await;
    let found = ada.go(&format!("/admin/search?q={code}")).await;
    let page = ada.go(&found.link("Add dee to the group staff")).await;
    assert_eq!(page.heading(), "Add dee to the group staff?");
    assert!(press(&ada, &page, &[]).await.text().contains("Done."));
    server.behave(|uni| uni.person = Person::new("dee").with("preferred_username", "dee"));
    let entered = server.browser().sign_in("/auth/meet?room=board&provider=uni").await;
    assert_eq!(entered.status.as_u16(), 303, "{}", entered.text());
    server.behave(|_| ());
    // Nothing is left to mend.
    assert!(!ada.go(&format!("/admin/search?q={code}")).await.text().contains("What helps"));
}

#[tokio::test]
async fn a_code_of_a_disabled_account_leads_to_its_page_and_helpdesk_enables_it() {
    let (server, ada) = with_ada(Some(Role::Helpdesk)).await;
    let dee = add_dee(&server).await;
    accounts(&server).disable(&root(), &named("dee")).await.unwrap();
    let code = refused_code(&server, "/auth/notes?provider=uni").await;
    enter(&ada).await;
    let found = ada.go(&format!("/admin/search?q={code}")).await;
    let target = found.link("Enable the account dee on its page");
    assert!(target.ends_with(&dee), "{target}");
    assert!(ada.go(&target).await.body.contains("value=\"enable\""));
}

// C27
#[tokio::test]
async fn an_admin_suspends_a_provider_its_session_ends_and_a_code_leads_to_the_way_back() {
    let (server, ada) = with_ada(Some(Role::Admin)).await;
    server.lab.behave(|lab| lab.person = Person::new("dee").with("preferred_username", "dee"));
    let key =
        IdentityKey { provider: "lab".parse().unwrap(), issuer: server.lab.issuer().into(), subject: "dee".into() };
    accounts(&server).link(&root(), (&key, "sub"), &named("dee"), IfMissing::MakeAccount).await.unwrap();
    let dee = server.browser();
    dee.sign_in(DEE_AT_LAB).await;
    assert_eq!(dee.go("/account").await.status.as_u16(), 200);
    // A login that is under way when the provider is suspended.
    let late = server.browser();
    let callback = late.callback_url(DEE_AT_LAB).await;
    enter(&ada).await;
    let list = ada.go(&ada.go("/admin").await.link("Providers")).await;
    let page = ada.go(&list.link("Example Lab")).await;
    let text = page.text();
    assert!(text.contains("Open sessions: 1.") && text.contains("without another way to sign in: 1."), "{text}");
    // She would end her own session only at the other provider.
    assert!(!text.contains("your own session ends"));
    assert!(ada.go("/admin/provider?id=uni").await.text().contains("your own session ends"));
    let done = press(&ada, &page, &[("why", "a leak")]).await;
    assert!(done.text().contains("Done.") && done.text().contains("a leak"), "{}", done.text());
    assert_eq!(dee.go("/account").await.status.as_u16(), 303, "the session has ended");
    let code = late.go(&callback).await.reference_code();
    let found = ada.go(&format!("/admin/search?q={code}")).await;
    let page = ada.go(&found.link("Resume the provider Example Lab on its page")).await;
    assert!(press(&ada, &page, &[]).await.text().contains("Done."));
    assert_eq!(dee.go("/account").await.status.as_u16(), 303, "it stays ended");
    dee.sign_in(DEE_AT_LAB).await;
    assert_eq!(dee.go("/account").await.status.as_u16(), 200);
    for event in [Event::ProviderSuspended, Event::ProviderResumed] {
        let rows = server.audit().await;
        let row = rows.iter().find(|row| row.entry.event == event).unwrap();
        assert!(row.entry.actor_account.is_some());
    }
}

// R6
#[tokio::test]
async fn helpdesk_suspends_no_provider() {
    let (server, ada) = with_ada(Some(Role::Helpdesk)).await;
    enter(&ada).await;
    let page = ada.go("/admin/provider?id=lab").await;
    assert!(!page.body.contains("<form"), "{}", page.body);
    let fields = [("id", "lab"), ("act", "suspend")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let answer = ada.post("/admin/provider", &fields, FormOrigin::OurPage).await;
    assert!(answer.redirect_target().ends_with("notice=role-needed"));
    assert!(server.broker.store().suspended_providers().await.unwrap().is_empty());
    assert_eq!(ada.go("/admin/provider?id=nowhere").await.status.as_u16(), 404);
}
