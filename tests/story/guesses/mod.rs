//! Passwords that are guessed where several providers are asked, where an error answers, and where one account has
//! several names: each guess counts (security rule C43), and honest people come in.

mod names;
mod providers;
mod spellings;

use support::{Browser, FakeWebhook, Page, TestConfig, TestServer, Verdict};

use crate::passwords::PASSWORD;

/// Grace's password at the webhook, and not at the local accounts.
const WEBHOOK_PASSWORD: &str = "another horse, and not a battery";
const WRONG_PASSWORD: &str = "a wrong password";

/// What the webhook says to a name and a password.
type VerdictFn = fn(&str, &str) -> Verdict;

/// A server whose form asks the webhook first and the local accounts then, where Grace has another password.
async fn webhook_and_passwords(verdict_for: VerdictFn, on_refused: &'static str) -> (TestServer, FakeWebhook) {
    let webhook = FakeWebhook::start(verdict_for).await;
    let server = TestServer::with(|config: &mut TestConfig| {
        config.add_webhook(webhook.url());
        config.passwords_without_uni();
        config.provider("hook").set_text("on_refused", on_refused);
    })
    .await;
    server.stop_clock();
    server.add_user("Grace", PASSWORD).await;
    (server, webhook)
}

async fn webhook_alone(verdict_for: VerdictFn) -> (TestServer, FakeWebhook) {
    let webhook = FakeWebhook::start(verdict_for).await;
    let server = TestServer::with(|config: &mut TestConfig| {
        config.add_webhook(webhook.url());
        config.remove_provider("uni");
    })
    .await;
    server.stop_clock();
    (server, webhook)
}

async fn enter_password_at(browser: &Browser, provider: &str, name: &str, password: &str) -> Page {
    let page = browser.go(&format!("/auth/notes?prompt=login&provider={provider}")).await;
    browser.submit_password(&page, name, password).await
}

/// An address in a network of its own.
fn network(number: usize) -> &'static str {
    format!("198.51.{number}.1").leak()
}
