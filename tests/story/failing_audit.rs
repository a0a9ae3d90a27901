//! The audit can't be written: refusals are kept, and a right password whose result is not written counts as a failure.

use reqwest::Client;
use serde_json::json;
use support::provider::Answer;
use support::{FormOrigin, Log, TestConfig};
use vestibule::store::Event;

use crate::database_probe::DatabaseProbe;
use crate::passwords::{PASSWORD, enter_password, with_grace};

const UNWRITTEN: &str = "a refusal could not be written to the audit log";
const NEW: &str = "seven purple elephants dance";

fn with_authserver(config: &mut TestConfig) {
    config.add_passwords();
    config.app("galene").set("authserver", "[\"local\"]");
}

#[tokio::test]
async fn a_refusal_whose_row_cannot_be_written_is_shown_logged_once_and_written_later() {
    let (log, server) = (Log::open(), with_grace(TestConfig::add_passwords).await);
    let mut database = DatabaseProbe::open(&server.database()).await;
    server.behave(|uni| uni.answer = Answer::Denied("no".into()));
    let browser = server.browser();
    let callback = browser.callback_url("/auth/notes?provider=uni").await;
    database.fail_audit().await;
    let denied = browser.go(&callback).await;
    let heading = "You did not finish signing in with Example University.";
    assert_eq!((denied.status.as_u16(), denied.heading().as_str()), (400, heading));
    let wrong = enter_password(&server.browser(), "grace", "a wrong password").await;
    assert_eq!(wrong.status, 403);
    for page in [&denied, &wrong] {
        let (text, code) = (log.text(), page.reference_code());
        let unwritten: Vec<_> = text.lines().filter(|line| line.contains(&code) && line.contains(UNWRITTEN)).collect();
        assert!(unwritten.len() == 1 && unwritten[0].contains("store_unavailable"), "{text}");
    }
    let refusals = async || {
        let rows = server.audit().await.into_iter().filter(|row| row.entry.event == Event::Refused);
        rows.map(|row| (row.entry.cause.unwrap(), row.count)).collect::<std::collections::BTreeSet<_>>()
    };
    assert!(refusals().await.is_empty());
    assert!(server.broker.write_coalesced_audit().await.is_err());
    database.restore_audit().await;
    for _ in 0..2 {
        server.broker.write_coalesced_audit().await.unwrap();
        let expected = [("password_refused".to_owned(), 1), ("provider_denied".to_owned(), 1)];
        assert_eq!(refusals().await, expected.into());
    }
}

// C43
#[tokio::test]
async fn a_right_password_counts_as_a_failure_if_its_result_cannot_be_written() {
    let server = with_grace(with_authserver).await;
    let mut database = DatabaseProbe::open(&server.database()).await;
    let (browser, client) = (server.browser(), Client::builder().no_proxy().build().unwrap());
    for name in ["tom", "ida"] {
        server.add_user(name, PASSWORD).await;
    }
    let form = async || enter_password(&browser, "grace", PASSWORD).await.status.as_u16();
    let token = async || {
        let location = "https://galene.example.org:8443/group/maths/";
        let body = json!({ "location": location, "username": "tom", "password": PASSWORD }).to_string();
        let request = client.post(format!("{}/auth/galene", server.base)).body(body);
        request.header("content-type", "application/json").send().await.unwrap().status().as_u16()
    };
    let change = async || {
        let fields = [("username", "ida"), ("old", PASSWORD), ("new", NEW), ("again", NEW)];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        browser.post("/account/password", &fields, FormOrigin::OurPage).await.status.as_u16()
    };
    database.fail_audit().await;
    for _ in 0..5 {
        assert_eq!((form().await, token().await, change().await), (503, 503, 503));
    }
    database.restore_audit().await;
    assert_eq!((form().await, token().await, change().await), (429, 429, 429));
    server.advance_clock(time::Duration::minutes(1));
    assert_eq!((form().await, token().await, change().await), (303, 200, 303));
}
