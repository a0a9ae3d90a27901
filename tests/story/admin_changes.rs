//! An admin changes the groups, identities, name and sessions of an account at `/admin`. A page first says what each
//! change would do.

use support::provider::{Fields, Person};
use support::{Browser, FormOrigin, Page, TestServer};
use time::Duration;
use vestibule::accounts::IfMissing;
use vestibule::base::role::Role;
use vestibule::base::urls::query;
use vestibule::store::Event;

use super::admin::{accounts, add_dee, ask_as_al, enter, id, named, root, with_ada};

const CHANGE: &str = "/admin/account/change";

async fn version(server: &TestServer, name: &str) -> u64 {
    accounts(server).details(&named(name)).await.unwrap().version
}

/// The page that asks, as the form on the page of dee leads to it.
async fn look(server: &TestServer, ada: &Browser, act: &str, value: &str) -> Page {
    let (dee, version) = (id(server, "dee").await, version(server, "dee").await.to_string());
    ada.go(&format!("{CHANGE}?{}", query(&[("id", &dee), ("version", &version), ("act", act), ("value", value)]))).await
}

/// Presses the button of such a page, and returns the page of the account, which says what was done.
async fn press(ada: &Browser, page: &Page) -> Page {
    let fields = Fields::of_form(&page.body).0;
    let answer = ada.post(&page.form_action(), &fields, FormOrigin::OurPage).await;
    assert_eq!(answer.status.as_u16(), 303, "{}", answer.text());
    ada.go(&answer.redirect_target()).await
}

async fn groups(server: &TestServer) -> Vec<String> {
    let groups = accounts(server).details(&named("dee")).await.unwrap().groups;
    groups.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn an_admin_adds_an_account_to_a_group_and_removes_it_after_a_page_has_asked() {
    let (server, ada) = with_ada(Some(Role::Admin)).await;
    let dee = add_dee(&server).await;
    enter(&ada).await;
    let account = ada.go(&format!("/admin/account?id={dee}")).await;
    assert!(account.text().contains("Change this account"), "{}", account.text());
    let (before, rows) = (version(&server, "dee").await, server.audit().await.len());
    let page = look(&server, &ada, "join", "choir").await;
    assert_eq!(page.heading(), "Add dee to the group choir?");
    // A look changes nothing.
    assert_eq!((version(&server, "dee").await, server.audit().await.len()), (before, rows));
    assert!(press(&ada, &page).await.text().contains("Done."));
    assert_eq!(groups(&server).await, ["choir"]);
    assert!(look(&server, &ada, "join", "choir").await.text().contains("It is so already."));
    let account = ada.go(&format!("/admin/account?id={dee}")).await;
    let page = ada.go(&account.link("Remove from the group choir")).await;
    assert!(press(&ada, &page).await.text().contains("Done."));
    assert_eq!(groups(&server).await, [""; 0]);
    let rows = server.audit().await;
    let row = rows.iter().find(|row| row.entry.event == Event::GroupRemoved).unwrap();
    assert_eq!(row.entry.actor_account.as_ref().unwrap().as_str(), id(&server, "ada").await);
    let refused = look(&server, &ada, "join", "a,b").await;
    assert!(refused.redirect_target().ends_with("notice=bad-group"), "{}", refused.redirect_target());
}

#[tokio::test]
async fn a_change_of_an_account_that_was_changed_meanwhile_is_refused_in_its_own_words() {
    let (server, ada) = with_ada(Some(Role::Admin)).await;
    add_dee(&server).await;
    enter(&ada).await;
    let page = look(&server, &ada, "join", "choir").await;
    accounts(&server).add_to_group(&root(), &named("dee"), &"staff".into()).await.unwrap();
    let account = press(&ada, &page).await;
    assert!(account.text().contains("This account was changed meanwhile."), "{}", account.text());
    assert_eq!(groups(&server).await, ["staff"]);
    // So is a look at it.
    assert!(ada.go(&page.url).await.redirect_target().ends_with("notice=changed-meanwhile"));
}

#[tokio::test]
async fn an_admin_links_an_identity_and_unlinks_one_and_the_sessions_end() {
    let (server, ada) = with_ada(Some(Role::Admin)).await;
    let dee = add_dee(&server).await;
    enter(&ada).await;
    let page = look(&server, &ada, "link", "lab:al").await;
    assert!(page.text().contains("One session ends."), "{}", page.text());
    assert!(press(&ada, &page).await.text().contains("Done."));
    server.lab.behave(|lab| lab.person = Person::new("al").with("preferred_username", "al"));
    server.browser().sign_in("/auth/notes?provider=lab").await;
    let taken = accounts(&server).details(&named("ada")).await.unwrap().identities.unwrap();
    let taken = format!("uni:{}", taken[0].subject);
    for (value, notice) in
        [("nowhere:al", "bad-identity"), ("al", "bad-identity"), ("lab: ", "bad-identity"), (&taken, "identity-taken")]
    {
        let refused = look(&server, &ada, "link", value).await.redirect_target();
        assert!(refused.ends_with(&format!("notice={notice}")), "{value}: {refused}");
    }
    let account = ada.go(&format!("/admin/account?id={dee}")).await;
    let page = ada.go(&account.link("Unlink from Example Lab")).await;
    let text = page.text();
    assert!(text.contains("One session ends.") && text.contains("are left: Example University"), "{text}");
    assert!(!text.contains("Unlink it all the same"), "{text}");
    assert!(press(&ada, &page).await.text().contains("Done."));
    assert_eq!(accounts(&server).details(&named("dee")).await.unwrap().identities.unwrap().len(), 1);
    // The same page, once more.
    assert!(ada.go(&page.url).await.redirect_target().ends_with("notice=changed-meanwhile"));
}

#[tokio::test]
async fn the_last_identity_that_works_is_unlinked_only_with_a_second_tick() {
    let (server, ada) = with_ada(Some(Role::Admin)).await;
    let dee = add_dee(&server).await;
    // A way in that does not work: the config does not name the provider.
    let gone = vestibule::signin::identify::IdentityKey {
        provider: "gone".parse().unwrap(),
        issuer: "https://gone.example".into(),
        subject: "dee".into(),
    };
    accounts(&server).link(&root(), (&gone, "sub"), &named("dee"), IfMissing::Refuse).await.unwrap();
    enter(&ada).await;
    let account = ada.go(&format!("/admin/account?id={dee}")).await;
    let page = ada.go(&account.link("Unlink from Example University")).await;
    let text = page.text();
    assert!(text.contains("are left: gone does not work now") && text.contains("can’t sign in"), "{text}");
    let fields = Fields::of_form(&page.body).0;
    let without: Vec<_> = fields.iter().filter(|(name, _)| name != "sure").cloned().collect();
    let answer = ada.post(CHANGE, &without, FormOrigin::OurPage).await.redirect_target();
    assert_eq!(answer, page.url.split_once("/admin").map(|(_, path)| format!("/admin{path}")).unwrap());
    assert_eq!(accounts(&server).details(&named("dee")).await.unwrap().identities.unwrap().len(), 2);
    let ticked: Vec<_> = without.into_iter().chain([("sure".to_owned(), "yes".to_owned())]).collect();
    assert!(ada.post(CHANGE, &ticked, FormOrigin::OurPage).await.redirect_target().ends_with("notice=done"));
    assert_eq!(accounts(&server).details(&named("dee")).await.unwrap().identities.unwrap().len(), 1);
}

#[tokio::test]
async fn an_admin_renames_an_account_and_reads_which_apps_then_see_a_new_person() {
    let (server, ada) = with_ada(Some(Role::Admin)).await;
    add_dee(&server).await;
    enter(&ada).await;
    let page = look(&server, &ada, "rename", "eve").await;
    assert_eq!(page.heading(), "Rename dee to eve?");
    assert!(page.text().contains("then see a new person: Conference"), "{}", page.text());
    assert!(look(&server, &ada, "rename", "ada").await.redirect_target().ends_with("notice=name-taken"));
    for bad in ["", "a\nb", "аdа"] {
        assert!(look(&server, &ada, "rename", bad).await.redirect_target().ends_with("notice=bad-name"), "{bad}");
    }
    assert_eq!(press(&ada, &page).await.heading(), "Account eve");
}

#[tokio::test]
async fn one_session_of_an_account_ends_and_the_others_stay() {
    let (server, ada) = with_ada(Some(Role::Helpdesk)).await;
    server.behave(|uni| uni.person = Person::new("dee").with("preferred_username", "dee"));
    let browsers = [server.browser(), server.browser()];
    for browser in &browsers {
        browser.sign_in("/auth/notes?provider=uni").await;
    }
    server.behave(|_| ());
    enter(&ada).await;
    let dee = id(&server, "dee").await;
    let account = ada.go(&format!("/admin/account?id={dee}")).await;
    let (_, form) = account.body.split_once("action=\"/admin/account/session\"").unwrap();
    let fields = Fields::of_form(form.split_once("</form>").unwrap().0).0;
    let answer = ada.post("/admin/account/session", &fields, FormOrigin::OurPage).await;
    assert!(answer.redirect_target().ends_with("notice=done"), "{}", answer.redirect_target());
    let mut signed_in = 0;
    for browser in &browsers {
        signed_in += usize::from(browser.go("/account").await.status.as_u16() == 200);
    }
    assert_eq!(signed_in, 1);
    assert!(server.audit().await.iter().any(|row| row.entry.event == Event::SessionEnded));
    // The admin's own session has no such button.
    let own = ada.go(&format!("/admin/account?id={}", id(&server, "ada").await)).await;
    assert!(own.text().contains("this browser") && own.text().matches("End this session").count() == 0);
}

// R6
#[tokio::test]
async fn a_change_and_a_look_at_it_need_a_fresh_sign_in() {
    let (server, ada) = with_ada(Some(Role::Admin)).await;
    add_dee(&server).await;
    enter(&ada).await;
    let page = look(&server, &ada, "join", "choir").await;
    server.advance_clock(Duration::minutes(6));
    let again = ada.go(&page.url).await.redirect_target();
    assert!(again.starts_with("/auth?prompt=login&return_to=%2Fadmin%2Faccount%2Fchange%3Fid%3D"), "{again}");
    let fields = Fields::of_form(&page.body).0;
    let again = ada.post(CHANGE, &fields, FormOrigin::OurPage).await.redirect_target();
    assert!(again.starts_with("/account/sign-in?prompt=login&return_to=%2Fadmin%2Faccount%3F"), "{again}");
    assert_eq!(groups(&server).await, [""; 0]);
    // A sign-in can't lead back to a long address, so it leads back to the page of the account.
    let again = look(&server, &ada, "link", &format!("lab:{}", "é".repeat(120))).await.redirect_target();
    assert!(again.starts_with("/auth?prompt=login&return_to=%2Fadmin%2Faccount%3Fid%3D"), "{again}");
}

#[tokio::test]
async fn an_admin_links_the_person_of_an_access_request_after_a_page_has_named_both() {
    let (server, ada) = with_ada(Some(Role::Admin)).await;
    let dee = add_dee(&server).await;
    let request = ask_as_al(&server).await;
    enter(&ada).await;
    let page = ada.go(&format!("/admin/request?id={}", request.id)).await;
    let (default, link) = (page.text().find("Let them prove it"), page.text().find("Link to this account"));
    assert!(default.is_some() && default < link, "{}", page.text());
    let look = async |account: &str| ada.go(&format!("/admin/request/link?id={}&account={account}", request.id)).await;
    let by_id = look(&dee).await;
    let asked = look("DEE").await;
    for page in [&by_id, &asked] {
        let text = page.text();
        assert_eq!(page.heading(), "Link this person to the account dee?");
        assert!(
            text.contains("I am Al.") && text.contains("Subject al") && text.contains("One session ends."),
            "{text}"
        );
    }
    for (account, notice) in [("nobody", "no-account"), ("", "no-account"), ("ada", "own-account")] {
        let refused = look(account).await.redirect_target();
        assert!(refused.ends_with(&format!("notice={notice}")), "{account}: {refused}");
    }
    // Meanwhile the account is changed.
    accounts(&server).add_to_group(&root(), &named("dee"), &"staff".into()).await.unwrap();
    let again = press(&ada, &asked).await;
    assert!(again.text().contains("was changed meanwhile") && again.text().contains("staff"), "{}", again.text());
    let done = press(&ada, &again).await;
    assert!(done.text().contains("Done.") && done.text().contains("does not wait any more"), "{}", done.text());
    assert_eq!(accounts(&server).details(&named("dee")).await.unwrap().identities.unwrap().len(), 2);
    let (rows, admin) = (server.audit().await, id(&server, "ada").await);
    for event in [Event::IdentityLinked, Event::AccessRequestDecided] {
        let row = rows.iter().find(|row| row.entry.event == event).unwrap();
        assert_eq!(row.entry.actor_account.as_ref().unwrap().as_str(), admin);
        assert_eq!(row.entry.account.as_ref().unwrap().as_str(), dee);
    }
    assert!(look("dee").await.redirect_target().ends_with("notice=decided-before"));
}
