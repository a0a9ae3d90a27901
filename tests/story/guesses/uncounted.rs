//! Guesses while the database can be read but not written.

use support::{Log, Verdict};

use super::{WEBHOOK_PASSWORD, WRONG_PASSWORD, network, webhook_alone};
use crate::database_probe::DatabaseProbe;
use crate::passwords::enter_password;

fn only_grace(_: &str, password: &str) -> Verdict {
    if password == WEBHOOK_PASSWORD { Verdict::accepted("4711") } else { Verdict::refused() }
}

// C42, C43
#[tokio::test]
async fn while_failures_cannot_be_counted_no_password_is_handed_out_and_right_and_wrong_look_alike() {
    let (server, webhook) = webhook_alone(only_grace).await;
    let mut database = DatabaseProbe::open(&server.database()).await;
    database.fail_throttle_and_sessions().await;
    let guess = async |number: usize, password: &str| {
        let browser = server.browser().from_address(network(number));
        let page = enter_password(&browser, "grace", password).await;
        (page.status.as_u16(), page.heading())
    };
    let first = guess(0, WRONG_PASSWORD).await;
    assert_eq!(first.0, 503);
    let asked = webhook.requests();
    for number in 1..20 {
        let password = if number % 2 == 0 { WEBHOOK_PASSWORD } else { WRONG_PASSWORD };
        assert_eq!(guess(number, password).await, first);
    }
    assert_eq!(webhook.requests(), asked, "the hook gets no password");
    database.restore_throttle_and_sessions().await;
    let back = enter_password(&server.browser().from_address(network(20)), "grace", WEBHOOK_PASSWORD).await;
    assert_eq!(back.status, 303);
}

// C43
#[tokio::test]
async fn a_refusal_that_the_databases_error_replaces_is_logged_and_audited_later() {
    let log = Log::open();
    let (server, _webhook) = webhook_alone(only_grace).await;
    let mut database = DatabaseProbe::open(&server.database()).await;
    database.fail_throttle_and_sessions().await;
    let page = enter_password(&server.browser().from_address(network(0)), "grace", WRONG_PASSWORD).await;
    assert_eq!(page.status, 503);
    assert!(log.line(&page.reference_code()).contains("cause=\"store_unavailable\""), "{}", log.text());
    let text = log.text();
    let refused: Vec<_> = text.lines().filter(|line| line.contains("cause=\"password_refused\"")).collect();
    assert!(refused.len() == 1 && refused[0].contains("provider=\"hook\""), "{text}");
    assert!(server.audit().await.is_empty(), "no statement more than for a right password");
    server.broker.write_coalesced_audit().await.unwrap();
    let rows = server.audit().await;
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!((row.entry.cause.as_deref(), row.count), (Some("password_refused"), 1));
}
