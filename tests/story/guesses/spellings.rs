//! Guesses at names whose spellings are almost alike.

use support::Verdict;
use time::Duration;

use super::{VerdictFn, WEBHOOK_PASSWORD, WRONG_PASSWORD, network, webhook_alone};
use crate::passwords::{NOTES, PASSWORD, enter_password};

/// Two people with similar names: `ada` is the first, and every other spelling is the second.
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

/// Spellings that some servers treat as `ada` and others as another name.
const SPELLINGS: [&str; 8] = ["Ada", "ADA", "ada ", " ada", "ａｄａ", "a\u{ad}da", "ad\u{e1}", "ada\u{3000}"];

// C43
#[tokio::test]
async fn a_sign_in_under_another_spelling_does_not_reset_guesses() {
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
        // The second person still signs in from a known network; only the guesses are throttled.
        assert!(yes >= 8, "{yes}");
        assert_eq!(enter_password(&server.browser(), "ada", PASSWORD).await.status, 429);
        if known_here {
            enter_password(&home(), "ada", PASSWORD).await.token_at(NOTES);
        }
    }
}

// C43: a server that treats all spellings as one name
#[tokio::test]
async fn no_spelling_of_a_name_bypasses_its_throttle() {
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
    // A right password resets the owner's own mistakes under the same spelling.
    let roaming = |number| server.browser().from_address(network(number));
    for number in 50..60 {
        enter_password(&roaming(number), "Ada", WEBHOOK_PASSWORD).await.token_at(NOTES);
        assert_eq!(enter_password(&roaming(number + 20), "Ada", WRONG_PASSWORD).await.status, 403, "{number}");
        server.advance_clock(Duration::seconds(10));
    }
}

// C43
#[tokio::test]
async fn a_name_equal_to_another_accounts_subject_is_not_that_account() {
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
        "the sixth guess is throttled"
    );
}
