//! Guesses at a name that two providers know, and at a provider that fails.

use support::{Log, TestServer, Verdict};
use time::Duration;
use tokio::task::JoinSet;
use vestibule::upstream::Availability;

use super::{
    VerdictFn, WEBHOOK_PASSWORD, WRONG_PASSWORD, enter_password_at, network, webhook_alone, webhook_and_passwords,
};
use crate::passwords::{NOTES, PASSWORD, enter_password};

fn knows_grace(name: &str, password: &str) -> Verdict {
    match (name, password) {
        ("grace", WEBHOOK_PASSWORD) => Verdict::accepted("grace-at-the-hook"),
        ("grace", _) => Verdict::refused(),
        _ => Verdict::unknown(),
    }
}

// C43
#[tokio::test]
async fn a_success_at_one_provider_does_not_reset_guesses_at_another() {
    let (server, webhook) = webhook_and_passwords(knows_grace, "next").await;
    for _ in 0..30 {
        let browser = server.browser();
        for _ in 0..4 {
            enter_password(&browser, "grace", WRONG_PASSWORD).await;
        }
        enter_password(&browser, "grace", PASSWORD).await.token_at(NOTES);
    }
    assert_eq!(webhook.requests(), 5, "the other 145 tries do not reach the webhook");
    // The webhook's account is throttled, also for a start that names the webhook.
    let elsewhere = server.browser().from_address("203.0.113.7");
    let page = enter_password_at(&elsewhere, "hook", "grace", WEBHOOK_PASSWORD).await;
    assert_eq!((page.status.as_u16(), page.header("retry-after")), (429, "10"));
    assert_eq!(enter_password(&elsewhere, "grace", WEBHOOK_PASSWORD).await.status, 429);
    server.advance_clock(Duration::minutes(15));
    enter_password_at(&elsewhere, "hook", "grace", WEBHOOK_PASSWORD).await.token_at(NOTES);
}

// C42
#[tokio::test]
async fn the_right_password_of_a_disabled_account_is_answered_like_a_wrong_one() {
    fn knows_her_password(name: &str, password: &str) -> Verdict {
        if (name, password) == ("grace", PASSWORD) {
            Verdict::accepted("grace-at-the-hook")
        } else {
            Verdict::refused()
        }
    }
    let log = Log::open();
    let (server, webhook) = webhook_and_passwords(knows_her_password, "next").await;
    let at_the_hook = async |password: &str| enter_password_at(&server.browser(), "hook", "grace", password).await;
    at_the_hook(PASSWORD).await.token_at(NOTES);
    server.disable("grace-at-the-hook").await;
    let (right, wrong) = (at_the_hook(PASSWORD).await, at_the_hook(WRONG_PASSWORD).await);
    assert_eq!(right.status, 403);
    assert_eq!(right.without_reference_code(), wrong.without_reference_code());
    let line = log.line(&right.reference_code());
    assert!(line.contains("account_disabled") && line.contains("grace-at-the-hook was disabled by cli:root"), "{line}");
    let code = server.explain(&right.reference_code()).await.unwrap();
    assert_eq!(code.row.entry.cause.as_deref(), Some("account_disabled"));
    // A refusal of the webhook leads on to her local account.
    enter_password(&server.browser(), "grace", PASSWORD).await.token_at(NOTES);
    // C43: each of the three tries counts at the webhook.
    for _ in 0..2 {
        assert_eq!(at_the_hook(WRONG_PASSWORD).await.status, 403);
    }
    assert_eq!(at_the_hook(PASSWORD).await.status, 429);
    assert_eq!(webhook.requests(), 6);
}

// C43
#[tokio::test]
async fn simultaneous_guesses_count_at_one_provider_whatever_the_next_answers() {
    let (server, webhook) = webhook_and_passwords(knows_grace, "next").await;
    let page = server.browser().go("/auth/notes").await;
    let mut tasks = JoinSet::new();
    for number in 0..60 {
        let (browser, page) = (server.browser(), page.clone());
        let password = if number % 3 == 0 { PASSWORD } else { WRONG_PASSWORD };
        tasks.spawn(async move { browser.submit_password(&page, "grace", password).await.status.as_u16() });
    }
    let statuses = tasks.join_all().await;
    assert!(statuses.iter().all(|status| matches!(status, 303 | 403 | 429)), "{statuses:?}");
    assert!(webhook.requests() <= 5, "{}", webhook.requests());
}

// C43: a network is known for the account that signed in there, and for no other
#[tokio::test]
async fn a_success_at_one_provider_does_not_make_the_network_known_at_another() {
    let (server, _webhook) = webhook_and_passwords(knows_grace, "next").await;
    // Each from a network where Grace's local account signed in before.
    for number in 0..5 {
        let browser = server.browser().from_address(network(number));
        enter_password(&browser, "grace", PASSWORD).await.token_at(NOTES);
    }
    let page = enter_password_at(&server.browser().from_address("198.51.9.1"), "hook", "grace", WRONG_PASSWORD).await;
    assert_eq!(page.status, 429, "all five count as a stranger's tries");
}

// C43: a person's own sign-ins never lock them out
#[tokio::test]
async fn refusals_of_the_first_provider_never_lock_out_people_of_the_second() {
    let cases: [(VerdictFn, &'static str); 5] = [
        (knows_grace, "next"),
        (|_, _| Verdict::unknown(), "next"),
        (|_, _| Verdict::unknown(), "stop"),
        (|_, _| Verdict::Status(500), "next"),
        (|_, _| Verdict::Status(500), "stop"),
    ];
    for (number, (verdict_for, on_refused)) in cases.into_iter().enumerate() {
        let (server, _webhook) = webhook_and_passwords(verdict_for, on_refused).await;
        for _ in 0..12 {
            enter_password(&server.browser(), "grace", PASSWORD).await.token_at(NOTES);
            server.advance_clock(Duration::hours(5));
        }
        // Strangers do not lock them out of a known network either.
        for number in 0..8 {
            enter_password(&server.browser().from_address(network(number)), "grace", WRONG_PASSWORD).await;
        }
        assert_eq!(
            enter_password(&server.browser().from_address("203.0.113.7"), "grace", PASSWORD).await.status,
            429,
            "case {number}"
        );
        enter_password(&server.browser(), "grace", PASSWORD).await.token_at(NOTES);
    }
}

#[tokio::test]
async fn a_password_that_two_providers_refused_is_logged_with_both() {
    let log = Log::open();
    let (server, _webhook) = webhook_and_passwords(knows_grace, "next").await;
    let page = enter_password(&server.browser(), "grace", WRONG_PASSWORD).await;
    let line = log.line(&page.reference_code());
    assert!(line.contains("the password is wrong; not accepted at hook either"), "{line}");
    assert!(line.contains("provider=\"local\""), "{line}");
    let alone = enter_password_at(&server.browser(), "local", "grace", WRONG_PASSWORD).await;
    let line = log.line(&alone.reference_code());
    assert!(!line.contains("either"), "{line}");
}

// C42: a person of the second provider must not learn whether the first knows the name
#[tokio::test]
async fn the_first_provider_throttles_known_and_unknown_names_alike() {
    let mut results = Vec::new();
    for verdict_for in [knows_grace, |_: &str, _: &str| Verdict::unknown()] {
        let (server, _webhook) = webhook_and_passwords(verdict_for, "next").await;
        let mut statuses = Vec::new();
        for _ in 0..6 {
            enter_password(&server.browser(), "grace", PASSWORD).await.token_at(NOTES);
        }
        for password in [WRONG_PASSWORD, PASSWORD, WRONG_PASSWORD] {
            let page = enter_password(&server.browser(), "grace", password).await;
            statuses.push((page.status.as_u16(), page.header("retry-after").to_owned()));
        }
        results.push(statuses);
    }
    assert_eq!(results[0][0], (429, "10".to_owned()));
    assert_eq!(results[0], results[1]);
}

// C43: an error after the provider received the password
#[tokio::test]
async fn a_webhook_that_fails_on_wrong_passwords_is_throttled_like_any_other() {
    let (server, webhook) = webhook_alone(|name, password| match password {
        WEBHOOK_PASSWORD => Verdict::accepted(name),
        _ => Verdict::Status(500),
    })
    .await;
    let browser = server.browser();
    let mut statuses = Vec::new();
    for _ in 0..41 {
        statuses.push(enter_password(&browser, "grace", WRONG_PASSWORD).await.status.as_u16());
    }
    assert_eq!((&statuses[..5], &statuses[5..]), (&[503; 5][..], &[429; 36][..]));
    assert_eq!(enter_password(&browser, "grace", WEBHOOK_PASSWORD).await.status, 429);
    assert_eq!(webhook.requests(), 5);
    let live = server.broker.config();
    let availability = live.provider(&"hook".parse().unwrap()).unwrap().module.availability();
    assert!(
        !matches!(availability, Availability::Silent { .. }),
        "a failure with one person's password does not make the provider silent: {availability:?}"
    );
    enter_password(&browser, "hodge", WEBHOOK_PASSWORD).await.token_at(NOTES);
}

// C43
#[tokio::test]
async fn a_try_at_a_busy_webhook_counts_and_one_at_an_unreachable_webhook_does_not() {
    let (server, webhook) = webhook_alone(|_, _| Verdict::Status(429)).await;
    for _ in 0..9 {
        assert_eq!(enter_password(&server.browser(), "grace", WRONG_PASSWORD).await.status, 429);
    }
    assert_eq!(webhook.requests(), 5);
    let server = TestServer::with(|config| {
        config.add_webhook("http://127.0.0.1:9/");
        config.remove_provider("uni");
    })
    .await;
    for _ in 0..9 {
        assert_eq!(enter_password(&server.browser(), "grace", WRONG_PASSWORD).await.status, 503);
    }
}
