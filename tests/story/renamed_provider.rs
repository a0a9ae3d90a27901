//! Local accounts, after the id of their provider was changed in the config.

use support::{Log, TestServer};

use crate::passwords::{PASSWORD, enter_password, local_accounts_only};

async fn renamed() -> TestServer {
    let server = local_accounts_only().await;
    server.reconfigure(|config| _ = config.provider("local").set_text("id", "own"));
    server
}

#[tokio::test]
async fn a_right_password_leads_to_a_fix_that_works() {
    let (log, server) = (Log::open(), renamed().await);
    let page = enter_password(&server.browser(), "grace", PASSWORD).await;
    assert_eq!(page.status, 403);
    let line = log.line(&page.reference_code());
    let explained = server.explain(&page.reference_code()).await.unwrap();
    let account = explained.row.entry.account.unwrap();
    let fix = format!(
        "the password is right, but its account {account} is not linked to the provider own, perhaps because the \
         provider had another id before; give it its former id back, or link the account: vestibule user passwd \
         --by-id {account}"
    );
    assert!(line.contains("cause=\"identity_unknown\"") && line.contains(&fix), "{line}");
    assert!(line.contains(&format!("account=\"{account}\"")) && !line.contains("identity link"), "{line}");
    assert_eq!(explained.detail, Some(fix));

    server.reconfigure(|config| _ = config.provider("own").set_text("id", "local"));
    assert_eq!(enter_password(&server.browser(), "grace", PASSWORD).await.status, 303);
}

// C42
#[tokio::test]
async fn a_wrong_password_names_the_account_and_a_release_that_works() {
    let server = renamed().await;
    for _ in 0..5 {
        let page = enter_password(&server.browser(), "grace", "a wrong password").await;
        assert_eq!(page.status, 403);
        let explained = server.explain(&page.reference_code()).await.unwrap();
        assert!(explained.row.entry.account.is_some());
        assert_eq!(explained.detail.as_deref(), Some("the password is wrong"));
    }
    let page = enter_password(&server.browser(), "grace", "a wrong password").await;
    assert_eq!(page.status, 429);
    let detail = server.explain(&page.reference_code()).await.unwrap().detail.unwrap();
    assert!(detail.ends_with("; `vestibule user release Grace` ends the wait"), "{detail}");
}
