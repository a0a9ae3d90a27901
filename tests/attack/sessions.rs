//! A session that was stolen, and the operator's ways to end it.

use time::Duration;

use crate::browser::Browser;
use crate::house::House;
use crate::plan::Plan;

fn lives(plan: &mut Plan, time: &str) {
    plan.session.text("idle", time).text("absolute", time);
}

// C39
#[tokio::test]
async fn a_shorter_idle_time_reaches_the_sessions_there_are_used_or_not() {
    let house = House::with(|plan| lives(plan, "8h")).await;
    let (used, unused) = (house.browser(), house.browser());
    used.sign_in("/auth/notes").await;
    unused.sign_in("/auth/notes").await;
    house.reconfigure(|plan| {
        plan.session.text("idle", "1h");
    });
    house.broker.tidy().await;
    let stands = async |browser: &Browser| {
        browser.go("/auth/notes").await.header("location").starts_with("https://notes.example.org/")
    };
    for _ in 0..3 {
        house.wait(Duration::minutes(50));
        assert!(stands(&used).await);
    }
    assert!(!stands(&unused).await);
    house.wait(Duration::minutes(61));
    assert!(!stands(&used).await);
}

// C39
#[tokio::test]
async fn a_shorter_absolute_lifetime_counts_for_the_sessions_there_are() {
    let house = House::with(|plan| lives(plan, "3h")).await;
    let browser = house.browser();
    browser.sign_in("/auth/notes").await;
    house.wait(Duration::minutes(90));
    assert!(browser.go("/auth/notes").await.header("location").starts_with("https://notes.example.org/"));
    house.reconfigure(|plan| lives(plan, "1h"));
    assert!(browser.go("/auth/notes").await.leads_to().starts_with(house.uni.issuer()));
}
