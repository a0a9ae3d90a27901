//! A provider that becomes another one under the same id, and one that does not answer a crowd.

use crate::house::House;
use crate::plan::Plan;

const NOTES: &str = "https://notes.example.org/signed-in";

/// `uni` is what was the lab.
fn uni_is_the_lab(plan: &mut Plan, lab: &str) {
    plan.provider("uni").text("issuer", lab);
}

// C6: the former issuer's code is worth something to whoever is the token endpoint now.
#[tokio::test]
async fn a_code_of_the_former_issuer_is_not_shown_to_the_new_one() {
    let house = House::open().await;
    let browser = house.browser();
    let callback = browser.as_far_as_the_callback("/auth/notes").await;
    house.reconfigure(|plan| uni_is_the_lab(plan, house.lab.issuer()));
    let page = browser.go(&callback).await;
    assert!(house.lab.received().token.is_empty(), "the code was shown to the new issuer");
    assert_eq!((page.status.as_u16(), page.heading()), (400, "This sign-in has waited too long.".into()));
    assert_eq!(browser.session(), None);
    assert_eq!(house.audit().await[0].entry.cause.as_deref(), Some("provider_changed"));
    browser.sign_in(&page.way("Start again")).await.token_at(NOTES);
}

// C27
#[tokio::test]
async fn a_session_that_came_by_the_former_issuer_is_dead() {
    let house = House::open().await;
    let browser = house.browser();
    browser.sign_in("/auth/notes").await.token_at(NOTES);
    browser.go("/auth/notes").await.token_at(NOTES);
    house.reconfigure(|plan| uni_is_the_lab(plan, house.lab.issuer()));
    assert!(browser.go("/auth/notes").await.leads_to().starts_with(house.lab.issuer()));
}
