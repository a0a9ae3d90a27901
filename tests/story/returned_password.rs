//! A webhook that returns the typed password as a claim: the log and the audit say why a sign-in is refused, and hold
//! no password (security rule C56).

use serde_json::json;
use support::{FakeWebhook, Log, TestConfig, TestServer, Verdict};

use crate::passwords::enter_password;

/// Returns the password as `email` for the name "with-name", and as `preferred_username` for any other name.
fn verdict_for(name: &str, password: &str) -> Verdict {
    let claims = match name {
        "with-name" => json!({ "preferred_username": "dee", "email": password, "email_verified": true }),
        _ => json!({ "preferred_username": password, "name": "A Person" }),
    };
    Verdict::Json(200, json!({ "subject": format!("u-{name}"), "claims": claims }))
}

async fn with_hook(config: fn(&mut TestConfig)) -> (TestServer, FakeWebhook) {
    let webhook = FakeWebhook::start(verdict_for).await;
    let server = TestServer::with(|settings: &mut TestConfig| {
        settings.add_webhook(webhook.url());
        settings.remove_provider("uni");
        config(settings);
    });
    (server.await, webhook)
}

const FIX: &str = "let the provider never return the password; a person whose password is also the value of a claim \
                   has to choose another";

// C56
#[tokio::test]
async fn each_refusal_for_a_claim_that_is_the_password_says_so() {
    let (log, (server, _webhook)) = (Log::open(), with_hook(|_| ()).await);
    for (name, password) in [("ada", "4711-horse"), ("bob", "4712-horse")] {
        let page = enter_password(&server.browser(), name, password).await;
        assert!(page.heading().ends_with("did not give us a name to use."), "{}", page.heading());
        let line = log.line(&page.reference_code());
        let detail = server.explain(&page.reference_code()).await.unwrap().detail.unwrap();
        for text in [&line, &detail] {
            assert!(text.contains("no text in preferred_username; the claims received: amr, name, sub"), "{text}");
            let words = "; left out, because it is the typed password: \"preferred_username\"; ";
            assert!(text.replace("\\\"", "\"").contains(&format!("{words}{FIX}")), "{text}");
        }
    }
    assert!(!log.text().contains("horse"), "{}", log.text());
}

// C56: the line names the account, so it does not name the claim
#[tokio::test]
async fn a_rule_that_needs_the_left_out_address_refuses_with_that_reason() {
    let hook = with_hook(|config| {
        config.app("notes").allow(&["email_domains = [\"example.org\"]"]);
    });
    let (log, (server, _webhook)) = (Log::open(), hook.await);
    let page = enter_password(&server.browser(), "with-name", "horse@example.org").await;
    assert!(page.heading().contains("You are signed in as dee"), "{}", page.heading());
    let detail = server.explain(&page.reference_code()).await.unwrap().detail.unwrap();
    assert!(detail.contains("needs a verified address at example.org; has none"), "{detail}");
    let words = format!("; a claim was left out, because it is the typed password; {FIX}");
    assert!(detail.ends_with(&words), "{detail}");
    assert!(log.line(&page.reference_code()).contains(&words) && !log.text().contains("horse"), "{}", log.text());
}
