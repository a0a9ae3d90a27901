//! Guesses at one account under many names, and at one name that two people share.

use support::{Log, Page, Verdict};
use time::Duration;
use tokio::task::JoinSet;

use super::{VerdictFn, WEBHOOK_PASSWORD, WRONG_PASSWORD, network, webhook_alone};
use crate::passwords::{NOTES, PASSWORD, enter_password};

/// One account with many names; each refusal reveals its subject.
fn many_names(_: &str, password: &str) -> Verdict {
    match password {
        WEBHOOK_PASSWORD => Verdict::accepted("4711"),
        _ => Verdict::refused_for("4711"),
    }
}

// C42, C43
#[tokio::test]
async fn all_names_of_an_account_share_one_count_once_the_provider_reveals_their_owner() {
    let (server, webhook) = webhook_alone(many_names).await;
    for name in ["grace", "grace@example.org", "DOM\\grace", "g.hopper", "0042"] {
        assert_eq!(enter_password(&server.browser(), name, WRONG_PASSWORD).await.status, 403, "{name}");
    }
    for (name, password) in [("hopper", WRONG_PASSWORD), ("grace.h", WEBHOOK_PASSWORD)] {
        assert_eq!(enter_password(&server.browser(), name, password).await.status, 403, "{name}");
    }
    let before = webhook.requests();
    for name in ["grace", "g.hopper", "0042"] {
        let page = enter_password(&server.browser(), name, WEBHOOK_PASSWORD).await;
        assert_eq!((page.status.as_u16(), page.header("retry-after")), (429, "10"), "{name}");
    }
    assert_eq!(webhook.requests(), before, "a name whose account is known is throttled without asking the webhook");
    assert!(server.audit().await.iter().all(|row| row.entry.account.is_none()), "nobody got an account");
    server.advance_clock(Duration::seconds(10));
    enter_password(&server.browser(), "another.name", WEBHOOK_PASSWORD).await.token_at(NOTES);
}

// C42: while an account is throttled, an unused name of it reveals nothing about a password, now or later
#[tokio::test]
async fn right_and_wrong_passwords_look_alike_under_a_new_name_of_a_throttled_account() {
    let silent: VerdictFn =
        |_, password| if password == WEBHOOK_PASSWORD { Verdict::accepted("4711") } else { Verdict::refused() };
    for verdict_for in [silent, many_names] {
        let (log, (server, webhook)) = (Log::open(), webhook_alone(verdict_for).await);
        // Grace's own sign-in, and then guesses at her usual name from elsewhere.
        let home = || server.browser().from_address("192.0.2.1");
        enter_password(&home(), "grace", WEBHOOK_PASSWORD).await.token_at(NOTES);
        for _ in 0..5 {
            assert_eq!(enter_password(&server.browser(), "grace", WRONG_PASSWORD).await.status, 403);
        }
        assert_eq!(
            enter_password(&server.browser(), "grace", WEBHOOK_PASSWORD).await.status,
            429,
            "her usual name is throttled"
        );
        let mut seen = Vec::new();
        for (name, password) in [("g.hopper", WRONG_PASSWORD), ("h.hopper", WEBHOOK_PASSWORD)] {
            let mut pages = Vec::new();
            let browser = server.browser();
            for password in [password, WRONG_PASSWORD, password, WRONG_PASSWORD, password, password] {
                pages.push(enter_password(&browser, name, password).await);
            }
            let statuses: Vec<_> = pages.iter().map(|page| page.status.as_u16()).collect();
            assert_eq!(statuses, [403, 403, 403, 403, 403, 429], "{name}");
            let hide = |page: &Page| {
                let (status, headers, body) = page.without_reference_code();
                (status, headers, body.replace(name, "NAME"))
            };
            seen.push(pages.iter().map(hide).collect::<Vec<_>>());
            let line = log.line(&pages[0].reference_code());
            assert_eq!(line.contains("the account has to wait"), password == WEBHOOK_PASSWORD, "{line}");
        }
        assert_eq!(seen[0], seen[1]);
        assert_eq!(webhook.requests(), 6 + 10);
        // Her home network is known, so guesses from elsewhere do not throttle her there.
        enter_password(&home(), "grace", WEBHOOK_PASSWORD).await.token_at(NOTES);
        server.advance_clock(Duration::minutes(15));
        enter_password(&server.browser(), "h.hopper", WEBHOOK_PASSWORD).await.token_at(NOTES);
    }
}

// C43: two people share a name, and the webhook distinguishes them by their passwords
#[tokio::test]
async fn a_right_password_does_not_reset_the_count_of_a_name_that_two_people_share() {
    let (server, webhook) = webhook_alone(|_, password| match password {
        WEBHOOK_PASSWORD => Verdict::accepted("1"),
        PASSWORD => Verdict::accepted("2"),
        _ => Verdict::refused(),
    })
    .await;
    enter_password(&server.browser().from_address("192.0.2.1"), "family", WEBHOOK_PASSWORD).await.token_at(NOTES);
    let mut guesses = 0;
    for _ in 0..20 {
        for _ in 0..2 {
            enter_password(&server.browser(), "family", PASSWORD).await;
        }
        guesses += usize::from(enter_password(&server.browser(), "family", WRONG_PASSWORD).await.status == 403);
    }
    assert_eq!(guesses, 5);
    assert!(webhook.requests() < 20, "{}", webhook.requests());
}

// C43
#[tokio::test]
async fn many_names_of_one_account_at_once_do_not_bypass_the_throttle() {
    let (server, _webhook) = webhook_alone(many_names).await;
    let page = server.browser().go("/auth/notes").await;
    let mut tasks = JoinSet::new();
    for number in 0..40 {
        let (browser, page) = (server.browser().from_address(network(number)), page.clone());
        let name = format!("name-{number}");
        tasks.spawn(async move { browser.submit_password(&page, &name, WRONG_PASSWORD).await.status.as_u16() });
    }
    let statuses = tasks.join_all().await;
    assert!(statuses.iter().all(|status| matches!(status, 403 | 429)), "{statuses:?}");
    for number in 0..40 {
        let page = enter_password(
            &server.browser().from_address(network(number)),
            &format!("name-{number}"),
            WEBHOOK_PASSWORD,
        )
        .await;
        assert!(matches!(page.status.as_u16(), 403 | 429), "{number}: {}", page.status);
    }
}

// C56
#[tokio::test]
async fn the_log_names_the_subject_of_a_wrong_password_if_the_provider_reveals_it() {
    let (log, (server, _webhook)) = (Log::open(), webhook_alone(many_names).await);
    let page = enter_password(&server.browser(), "grace", WRONG_PASSWORD).await;
    let expected = "the password is wrong; the provider calls them '4711'; they have no account here";
    assert!(log.line(&page.reference_code()).contains(expected), "{}", log.line(&page.reference_code()));
    assert_eq!(server.explain(&page.reference_code()).await.unwrap().detail.as_deref(), Some(expected));
    assert!(!log.text().contains("grace"), "never what was typed");
    for _ in 0..4 {
        enter_password(&server.browser(), "grace", WRONG_PASSWORD).await;
    }
    let waits = "`vestibule user release --name=4711` ends the wait";
    for (name, status, expected) in [("grace", 429, waits), ("g.hopper", 403, "vestibule user release USERNAME")] {
        let page = enter_password(&server.browser(), name, WEBHOOK_PASSWORD).await;
        assert_eq!(page.status, status);
        assert!(log.line(&page.reference_code()).contains(expected), "{}", log.line(&page.reference_code()));
    }
    assert!(server.release_name("4711", "hook").await > 0);
    enter_password(&server.browser(), "grace", WEBHOOK_PASSWORD).await.token_at(NOTES);
}

// The webhook does not say whose password is wrong, but its earlier answer did.
#[tokio::test]
async fn the_audit_names_the_account_of_a_wrong_password_if_an_earlier_answer_revealed_it() {
    let silent: VerdictFn =
        |_, password| if password == WEBHOOK_PASSWORD { Verdict::accepted("4711") } else { Verdict::refused() };
    let (server, _webhook) = webhook_alone(silent).await;
    enter_password(&server.browser(), "grace", WEBHOOK_PASSWORD).await.token_at(NOTES);
    let account = server.audit().await.into_iter().find_map(|row| row.entry.account);
    assert!(account.is_some());
    for (name, expected) in [("grace", account), ("hodge", None)] {
        let page = enter_password(&server.browser(), name, WRONG_PASSWORD).await;
        let entry = server.explain(&page.reference_code()).await.unwrap().row.entry;
        assert_eq!(entry.account, expected, "{name}");
    }
}

// C43: failures count for typed names, too, but no log shows these names
#[tokio::test]
async fn the_command_in_the_log_ends_the_wait_of_an_account_under_each_of_its_names() {
    let (log, (server, _webhook)) = (Log::open(), webhook_alone(many_names).await);
    let known = server.browser().from_address("203.0.113.7");
    enter_password(&known, "grace", WEBHOOK_PASSWORD).await.token_at(NOTES);
    let command = async |name: &str| {
        let page = enter_password(&server.browser(), name, WEBHOOK_PASSWORD).await;
        assert_eq!(page.status, 429, "{name}");
        let line = log.line(&page.reference_code());
        let (_, command) = line.split_once("`vestibule user release ").unwrap_or_else(|| panic!("{line}"));
        command.split_once('`').unwrap().0.to_owned()
    };
    for _ in 0..5 {
        enter_password(&server.browser(), "g.hopper", WRONG_PASSWORD).await;
    }
    let account = command("g.hopper").await;
    assert_ne!(account, "g.hopper");
    server.release(&account, "hook").await;
    enter_password(&server.browser(), "g.hopper", WEBHOOK_PASSWORD).await.token_at(NOTES);
    for _ in 0..5 {
        enter_password(&server.browser(), "0042", WRONG_PASSWORD).await;
    }
    assert_eq!(command("0042").await, account);
    assert!(server.release_name("0042", "hook").await > 0, "the name releases its account, too");
    enter_password(&server.browser(), "0042", WEBHOOK_PASSWORD).await.token_at(NOTES);
}

// C56: a hook that mixes its arguments up
#[tokio::test]
async fn a_typed_password_in_the_words_of_a_hook_is_neither_logged_nor_audited() {
    let log = Log::open();
    let (server, _webhook) = webhook_alone(|_, password| {
        let mut answer = serde_json::json!({ "refused": "wrong", "subject": format!("x:{password}") });
        answer[password] = 1.into();
        Verdict::Json(403, answer)
    })
    .await;
    for password in ["Hunter22-secret+pw", "another secret \u{e4}"] {
        let page = enter_password(&server.browser(), "grace", password).await;
        assert_eq!(page.status, 403);
        assert!(log.line(&page.reference_code()).contains("password_refused"));
    }
    let told = format!("{} {:?}", log.text(), server.audit().await);
    assert!(told.contains("what the person typed"), "{told}");
    assert!(!told.contains("Hunter22") && !told.contains("another secret"), "{told}");
}

// C56: the log lists the names of the claims that came.
#[tokio::test]
async fn a_typed_password_in_the_name_of_a_claim_is_not_logged_if_the_person_gets_no_username() {
    let log = Log::open();
    let (server, _webhook) = webhook_alone(|_, password| {
        let claims = serde_json::json!({ format!("for {}", password.to_uppercase()): 1 });
        Verdict::Json(200, serde_json::json!({ "subject": "4711", "claims": claims }))
    })
    .await;
    let page = enter_password(&server.browser(), "grace", "Hunter22-secret+pw").await;
    let line = log.line(&page.reference_code());
    assert!(
        line.contains("the claims received: amr, (left out: this message contains what the person typed), "),
        "{line}"
    );
    let told = format!("{} {:?}", log.text(), server.audit().await);
    assert!(!told.to_lowercase().contains("hunter22"), "{told}");
}
