//! A stolen session, and how an operator ends it: shorter lifetimes.

use support::{Browser, TestConfig, TestServer};
use time::Duration;

fn set_lifetimes(config: &mut TestConfig, time: &str) {
    config.session.set_text("idle", time).set_text("absolute", time);
}

// C39
#[tokio::test]
async fn a_shorter_idle_time_applies_to_existing_sessions() {
    let server = TestServer::with(|config| set_lifetimes(config, "8h")).await;
    let (used, unused) = (server.browser(), server.browser());
    used.sign_in("/auth/notes").await;
    unused.sign_in("/auth/notes").await;
    server.reconfigure(|config| {
        config.session.set_text("idle", "1h");
    });
    server.broker.run_maintenance().await;
    let is_alive = async |browser: &Browser| {
        browser.go("/auth/notes").await.header("location").starts_with("https://notes.example.org/")
    };
    for _ in 0..3 {
        server.advance_clock(Duration::minutes(50));
        assert!(is_alive(&used).await);
    }
    assert!(!is_alive(&unused).await);
    server.advance_clock(Duration::minutes(61));
    assert!(!is_alive(&used).await);
}

// C39
#[tokio::test]
async fn a_shorter_absolute_lifetime_applies_to_existing_sessions() {
    let server = TestServer::with(|config| set_lifetimes(config, "3h")).await;
    let browser = server.browser();
    browser.sign_in("/auth/notes").await;
    server.advance_clock(Duration::minutes(90));
    assert!(browser.go("/auth/notes").await.header("location").starts_with("https://notes.example.org/"));
    server.reconfigure(|config| set_lifetimes(config, "1h"));
    assert!(browser.go("/auth/notes").await.redirect_target().starts_with(server.uni.issuer()));
}
