//! Guesses at names that are spelt almost alike.

use support::Verdict;
use time::Duration;

use super::{AT_THE_HOOK, Judge, WRONG, network, webhook_alone};
use crate::passwords::{NOTES, PASSWORD, type_at};

/// Two people whose names are alike: `ada` is one, and each other spelling is the other's.
fn two_of_one_name(name: &str, password: &str) -> Verdict {
    match (name, password) {
        ("ada", PASSWORD) => Verdict::yes("1"),
        (other, AT_THE_HOOK) if other != "ada" => Verdict::yes("2"),
        _ => Verdict::refused(),
    }
}

fn two_of_one_name_told(name: &str, password: &str) -> Verdict {
    match (name, password) {
        ("ada", PASSWORD) => Verdict::yes("1"),
        ("ada", _) => Verdict::refused_for("1"),
        _ => Verdict::yes("2"),
    }
}

/// Spellings that one server or another takes for another name than `ada`.
const SPELLINGS: [&str; 8] = ["Ada", "ADA", "ada ", " ada", "ａｄａ", "a\u{ad}da", "ad\u{e1}", "ada\u{3000}"];

// C43
#[tokio::test]
async fn whoever_has_an_account_whose_name_is_spelt_otherwise_cannot_forgive_guesses() {
    for (judge, known_here) in
        [(two_of_one_name as Judge, true), (two_of_one_name, false), (two_of_one_name_told, true)]
    {
        let (server, webhook) = webhook_alone(judge).await;
        let home = || server.browser().at("192.0.2.1");
        if known_here {
            type_at(&home(), "ada", PASSWORD).await.token_at(NOTES);
        }
        let before = webhook.requests();
        let (mut guesses, mut yes) = (0, 0);
        for round in 0..40 {
            let (page, spelling) = (type_at(&server.browser(), "ada", WRONG).await, SPELLINGS[round % SPELLINGS.len()]);
            guesses += usize::from(page.status == 403);
            yes += usize::from(type_at(&server.browser(), spelling, AT_THE_HOOK).await.status == 303);
        }
        assert_eq!(guesses, 5, "{known_here}");
        assert_eq!(webhook.requests() - before, guesses + yes);
        // They came in where they were known, and it is the guesses that wait.
        assert!(yes >= 8, "{yes}");
        assert_eq!(type_at(&server.browser(), "ada", PASSWORD).await.status, 429);
        if known_here {
            type_at(&home(), "ada", PASSWORD).await.token_at(NOTES);
        }
    }
}

// C43: a server that takes all spellings for one name
#[tokio::test]
async fn no_spelling_of_a_name_is_a_way_around_its_wait() {
    let (server, webhook) =
        webhook_alone(|_, password| if password == AT_THE_HOOK { Verdict::yes("1") } else { Verdict::refused() }).await;
    for number in 0..40 {
        let browser = server.browser().at(network(number));
        type_at(&browser, SPELLINGS[number % SPELLINGS.len()], WRONG).await;
    }
    assert_eq!(webhook.requests(), 5);
    server.wait(Duration::minutes(15));
    // What their owner mistyped is forgiven with the same spelling.
    let roaming = |number| server.browser().at(network(number));
    for number in 50..60 {
        type_at(&roaming(number), "Ada", AT_THE_HOOK).await.token_at(NOTES);
        assert_eq!(type_at(&roaming(number + 20), "Ada", WRONG).await.status, 403, "{number}");
        server.wait(Duration::seconds(10));
    }
}

// C43
#[tokio::test]
async fn a_name_that_reads_like_another_account_s_subject_is_not_that_account() {
    let (server, _webhook) = webhook_alone(|name, password| match (name, password) {
        ("4711", PASSWORD) => Verdict::yes("9"),
        (_, AT_THE_HOOK) => Verdict::yes("4711"),
        ("4711", _) => Verdict::refused(),
        _ => Verdict::refused_for("4711"),
    })
    .await;
    for number in 0..6 {
        type_at(&server.browser(), &format!("grace-{number}"), WRONG).await;
        type_at(&server.browser(), "4711", PASSWORD).await.token_at(NOTES);
    }
    assert_eq!(type_at(&server.browser(), "grace-0", AT_THE_HOOK).await.status, 429, "five guesses are five");
}
