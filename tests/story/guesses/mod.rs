//! Guessed passwords with several providers, with failing providers, and with several names of one account: each
//! guess counts (security rule C43), and honest people can sign in.

mod names;
mod providers;
mod spellings;
mod uncounted;

use support::{Browser, FakeWebhook, Page, TestConfig, TestServer, Verdict};

use crate::passwords::PASSWORD;

/// Grace's password at the webhook, and not at the local accounts.
const WEBHOOK_PASSWORD: &str = "another horse, and not a battery";
const WRONG_PASSWORD: &str = "a wrong password";

/// The webhook's answer to a name and a password.
type VerdictFn = fn(&str, &str) -> Verdict;

/// A server whose form asks the webhook and then the local accounts. Grace has another password at each.
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
