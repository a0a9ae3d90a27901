//! `/admin/identities`: identities by what they are.

use vestibule::base::role::Role;

use super::admin::{add_dee, enter, with_ada};

#[tokio::test]
async fn a_viewer_lists_identities_by_what_they_are_and_opens_their_accounts() {
    let (server, ada) = with_ada(Some(Role::Viewer)).await;
    add_dee(&server).await;
    let start = enter(&ada).await;
    let list = ada.go(&start.link("Identities")).await;
    assert_eq!(list.heading(), "Identities");
    assert!(list.has_link("ada") && list.has_link("dee"), "{}", list.text());
    assert_eq!(ada.go(&list.link("dee")).await.heading(), "Account dee");
    let today = server.now().date();
    let tomorrow = today.next_day().unwrap();
    for (query, fits) in [
        ("provider=uni&proof=founding", true),
        ("provider=lab", false),
        ("proof=admin", false),
        (&format!("before={today}"), false),
        (&format!("before={tomorrow}&only=yes"), true),
        // What can't be read filters nothing.
        ("provider=%2F&proof=x&before=yesterday", true),
    ] {
        let list = ada.go(&format!("/admin/identities?{query}")).await;
        assert_eq!(list.has_link("dee"), fits, "{query}: {}", list.text());
    }
    assert_eq!(ada.go("/admin/identities?after=x").await.redirect_target(), "/admin/identities");
}
