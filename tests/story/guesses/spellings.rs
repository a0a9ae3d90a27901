//! Guesses at names that are spelt almost alike.

use support::Verdict;
use time::Duration;

use super::{VerdictFn, WEBHOOK_PASSWORD, WRONG_PASSWORD, network, webhook_alone};
use crate::passwords::{NOTES, PASSWORD, enter_password};

/// Two people whose names are alike: `ada` is one, and each other spelling is the other's.
fn similar_names(name: &str, password: &str) -> Verdict {
    match (name, password) {
        ("ada", PASSWORD) => Verdict::accepted("1"),
        (other, WEBHOOK_PASSWORD) if other != "ada" => Verdict::accepted("2"),
        _ => Verdict::refused(),
    }
}

fn similar_names_with_subject(name: &str, password: &str) -> Verdict {
    match (name, password) {
        ("ada", PASSWORD) => Verdict::accepted("1"),
        ("ada", _) => Verdict::refused_for("1"),
        _ => Verdict::accepted("2"),
    }
}

/// Spellings that one server or another takes for another name than `ada`.
const SPELLINGS: [&str; 8] = ["Ada", "ADA", "ada ", " ada", "ａｄａ", "a\u{ad}da", "ad\u{e1}", "ada\u{3000}"];

// C43
#[tokio::test]
async fn whoever_has_an_account_whose_name_is_spelt_otherwise_cannot_forgive_guesses() {
    for (verdict_for, known_here) in
        [(similar_names as VerdictFn, true), (similar_names, false), (similar_names_with_subject, true)]
    {
        let (server, webhook) = webhook_alone(verdict_for).await;
        let home = || server.browser().from_address("192.0.2.1");
        if known_here {
            enter_password(&home(), "ada", PASSWORD).await.token_at(NOTES);
        }
        let before = webhook.requests();
        let (mut guesses, mut yes) = (0, 0);
        for round in 0..40 {
            let (page, spelling) =
                (enter_password(&server.browser(), "ada", WRONG_PASSWORD).await, SPELLINGS[round % SPELLINGS.len()]);
            guesses += usize::from(page.status == 403);
            yes += usize::from(enter_password(&server.browser(), spelling, WEBHOOK_PASSWORD).await.status == 303);
        }
        assert_eq!(guesses, 5, "{known_here}");
        assert_eq!(webhook.requests() - before, guesses + yes);
        // They came in where they were known, and it is the guesses that wait.
        assert!(yes >= 8, "{yes}");
        assert_eq!(enter_password(&server.browser(), "ada", PASSWORD).await.status, 429);
        if known_here {
            enter_password(&home(), "ada", PASSWORD).await.token_at(NOTES);
        }
    }
}

// C43: a server that takes all spellings for one name
#[tokio::test]
async fn no_spelling_of_a_name_is_a_way_around_its_wait() {
    let (server, webhook) =
        webhook_alone(
            |_, password| if password == WEBHOOK_PASSWORD { Verdict::accepted("1") } else { Verdict::refused() },
        )
        .await;
    for number in 0..40 {
        let browser = server.browser().from_address(network(number));
        enter_password(&browser, SPELLINGS[number % SPELLINGS.len()], WRONG_PASSWORD).await;
    }
    assert_eq!(webhook.requests(), 5);
    server.advance_clock(Duration::minutes(15));
    // What their owner mistyped is forgiven with the same spelling.
    let roaming = |number| server.browser().from_address(network(number));
    for number in 50..60 {
        enter_password(&roaming(number), "Ada", WEBHOOK_PASSWORD).await.token_at(NOTES);
        assert_eq!(enter_password(&roaming(number + 20), "Ada", WRONG_PASSWORD).await.status, 403, "{number}");
        server.advance_clock(Duration::seconds(10));
    }
}

// C43
#[tokio::test]
async fn a_name_that_reads_like_another_account_s_subject_is_not_that_account() {
    let (server, _webhook) = webhook_alone(|name, password| match (name, password) {
        ("4711", PASSWORD) => Verdict::accepted("9"),
        (_, WEBHOOK_PASSWORD) => Verdict::accepted("4711"),
        ("4711", _) => Verdict::refused(),
        _ => Verdict::refused_for("4711"),
    })
    .await;
    for number in 0..6 {
        enter_password(&server.browser(), &format!("grace-{number}"), WRONG_PASSWORD).await;
        enter_password(&server.browser(), "4711", PASSWORD).await.token_at(NOTES);
    }
    assert_eq!(
        enter_password(&server.browser(), "grace-0", WEBHOOK_PASSWORD).await.status,
        429,
        "five guesses are five"
    );
}
