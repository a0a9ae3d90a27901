//! An admin merges two accounts of one person at `/admin`, and undoes it. A page first says what would happen.

use support::provider::Fields;
use support::{Browser, FormOrigin, Page, TestServer};
use vestibule::accounts::IfMissing;
use vestibule::base::role::Role;
use vestibule::base::urls::query;
use vestibule::signin::identify::IdentityKey;

use super::admin::{accounts, add_dee, enter, id, named, root, with_ada};

/// dee, and an account that somebody made for the same person earlier.
async fn two_accounts(server: &TestServer) -> (String, String) {
    let dee = add_dee(server).await;
    let key =
        IdentityKey { provider: "uni".parse().unwrap(), issuer: "https://old.example".into(), subject: "9".into() };
    accounts(server).link(&root(), (&key, "sub"), &named("dee-2"), IfMissing::MakeAccount).await.unwrap();
    accounts(server).add_to_group(&root(), &named("dee-2"), &"choir".into()).await.unwrap();
    (dee, id(server, "dee-2").await)
}

async fn look(server: &TestServer, ada: &Browser, from: &str, into: &str) -> Page {
    let version = accounts(server).details(&named(from)).await.unwrap().version.to_string();
    let fields = [("id", id(server, from).await), ("version", version), ("into", into.to_owned())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    ada.go(&format!("/admin/account/merge?{}", query(&fields))).await
}

async fn press(ada: &Browser, page: &Page, more: &[(&str, &str)]) -> Page {
    let mut fields = Fields::of_form(&page.body).0;
    fields.retain(|(name, _)| name != "sure");
    fields.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let answer = ada.post(&page.form_action(), &fields, FormOrigin::OurPage).await;
    assert_eq!(answer.status.as_u16(), 303, "{}", answer.text());
    ada.go(&answer.redirect_target()).await
}

#[tokio::test]
async fn an_admin_merges_two_accounts_after_a_page_has_asked_and_undoes_it() {
    let (server, ada) = with_ada(Some(Role::Admin)).await;
    let (dee, second) = two_accounts(&server).await;
    enter(&ada).await;
    let state = async |name: &str| accounts(&server).details(&named(name)).await.unwrap();
    let before = (state("dee").await, state("dee-2").await);
    let account = ada.go(&format!("/admin/account?id={second}")).await;
    assert!(account.text().contains("Merge into the account"), "{}", account.text());

    let page = look(&server, &ada, "dee-2", "dee").await;
    assert_eq!(page.heading(), "Merge dee-2 into dee?");
    let text = page.text();
    for words in ["dee-2 is closed", "dee also gets these groups", "choir", "Example University 9", "One session ends."]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!((state("dee").await, state("dee-2").await), before, "a look changes nothing");
    let again = press(&ada, &page, &[]).await;
    assert_eq!(again.heading(), "Merge dee-2 into dee?", "the box was not ticked");
    let merged = press(&ada, &again, &[("sure", "yes")]).await;
    assert_eq!(merged.heading(), "Account dee");
    assert!(merged.text().contains("Done.") && merged.text().contains("also with the sign-in methods of dee-2"));
    assert_eq!(state("dee").await.identities.unwrap().len(), 2);
    assert!(state("dee-2").await.disabled.is_some());
    let closed = ada.go(&format!("/admin/account?id={second}")).await;
    assert!(closed.text().contains("Merged on"), "{}", closed.text());

    let page = ada.go(&merged.link("Undo the merge with dee-2")).await;
    assert_eq!(page.heading(), "Undo the merge of dee-2 into dee?");
    assert!(page.text().contains("dee loses these groups: choir"), "{}", page.text());
    let undone = press(&ada, &page, &[]).await;
    assert!(undone.text().contains("Done.") && undone.text().contains("undone on"), "{}", undone.text());
    let after = (state("dee").await, state("dee-2").await);
    assert_eq!((after.0.identities, after.0.groups), (before.0.identities, before.0.groups));
    assert_eq!((after.1.identities, after.1.groups, after.1.disabled), (before.1.identities, before.1.groups, None));
    // The same page, once more.
    let over = ada.go(&page.url).await.redirect_target();
    assert!(over.ends_with("notice=undo-over"), "{over}");
    assert!(over.contains(&dee));
}

// R2, R3
#[tokio::test]
async fn a_merge_that_is_not_possible_says_why_and_changes_nothing() {
    let (server, ada) = with_ada(Some(Role::Admin)).await;
    two_accounts(&server).await;
    enter(&ada).await;
    let refused = async |from: &str, into: &str| {
        let target = look(&server, &ada, from, into).await.redirect_target();
        target.rsplit_once("notice=").map(|(_, notice)| notice.to_owned()).unwrap_or(target)
    };
    assert_eq!(refused("dee", "dee").await, "same-account");
    assert_eq!(refused("dee", "nobody").await, "no-account");
    assert_eq!(refused("ada", "dee").await, "own-account");
    assert_eq!(refused("dee", "ada").await, "own-account");
    accounts(&server).give_role(&root(), &named("dee-2"), Role::Viewer).await.unwrap();
    assert_eq!(refused("dee-2", "dee").await, "holder-of-role");
    assert_eq!(refused("dee", "dee-2").await, "holder-of-role");
    accounts(&server).take_role(&root(), &named("dee-2")).await.unwrap();
    // Somebody changes the account between the look and the button.
    let page = look(&server, &ada, "dee-2", "dee").await;
    accounts(&server).add_to_group(&root(), &named("dee-2"), &"staff".into()).await.unwrap();
    assert!(press(&ada, &page, &[("sure", "yes")]).await.text().contains("This account was changed meanwhile."));
    accounts(&server).disable(&root(), &named("dee-2")).await.unwrap();
    assert_eq!(refused("dee-2", "dee").await, "merge-disabled");
    assert!(accounts(&server).merges(None, 10).await.unwrap().is_empty());
}

// R6
#[tokio::test]
async fn helpdesk_merges_nothing() {
    let (server, ada) = with_ada(Some(Role::Helpdesk)).await;
    two_accounts(&server).await;
    enter(&ada).await;
    assert!(look(&server, &ada, "dee-2", "dee").await.redirect_target().ends_with("notice=role-needed"));
}
