//! `vestibule user search`.

use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use super::DEE;
use super::installation::Installation;
use super::serving::{CONFIG, Server};

#[test]
fn an_operator_finds_an_account_and_reads_what_to_try_next() {
    let installation = Installation::new();
    let [provider, issuer, subject] = DEE;
    for (subject, name) in [(subject, "dee"), ("2", "deborah"), ("3", "della street")] {
        installation.stdout(&["identity", "link", provider, issuer, subject, name, "--new"]);
    }
    installation.stdout(&["user", "disable", "dee"]);
    let found = installation.stdout(&["user", "search", "DEE"]);
    assert!(found.contains("dee") && found.contains("disabled") && !found.contains("deborah"), "{found}");
    assert!(installation.stdout(&["user", "search", "della", "st"]).contains("della street"));
    let found = installation.json(&["user", "search", &format!("{provider}:{subject}")]);
    assert_eq!(
        (&found["accounts"][0]["username"], &found["accounts"][0]["matched"]["by"]),
        (&"dee".into(), &"subject".into())
    );
    assert_eq!((&found["complete"], &found["next"]), (&true.into(), &serde_json::Value::Null));

    // The printed command leads to the next page.
    let first = installation.stdout(&["user", "search", "de", "--limit", "2"]);
    let more = first.lines().find_map(|line| line.strip_prefix("More: vestibule ")).expect(&first);
    let next = installation.stdout(&more.split(' ').collect::<Vec<_>>());
    assert!(first.contains("deborah") && !first.contains("della") && next.contains("della street"), "{first}{next}");
    let other = installation.failure(&more.replace(" de ", " x ").split(' ').collect::<Vec<_>>());
    assert!(other.contains("another text"), "{other}");

    for (text, advice) in [
        ("orah", "try fewer letters"),
        ("x@example.org", "the beginning of an address"),
        ("uni:9", "identity list"),
        ("V-23456789", "vestibule explain"),
    ] {
        let nothing = installation.stdout(&["user", "search", text]);
        assert!(nothing.contains("No account found") && nothing.contains(advice), "{nothing}");
    }
    assert!(installation.failure(&["user", "search", " "]).contains("empty"));
}

/// Makes accounts, as a version made them that had no search.
async fn make_older_accounts(installation: &Installation) {
    let store = installation.store().await;
    let mut transaction = store.begin().await.unwrap();
    for number in 0..1_000 {
        transaction.make_account(&format!("person-{number:04}").parse().unwrap()).await.unwrap().unwrap();
    }
    transaction.commit().await.unwrap();
    store.close().await;
    let mut database = SqliteConnectOptions::new().filename(installation.path("vestibule.db")).connect().await.unwrap();
    let changes = "DELETE FROM search_terms; UPDATE account SET has_search_terms = 0";
    sqlx::raw_sql(changes).execute(&mut database).await.unwrap();
}

#[test]
fn a_killed_server_goes_on_with_the_search_terms_of_older_accounts() {
    let installation = Installation::with_config(CONFIG);
    tokio::runtime::Runtime::new().unwrap().block_on(make_older_accounts(&installation));
    assert!(installation.stdout(&["user", "search", "person"]).contains("may not be complete"));
    let search = ["user", "search", "person", "--limit", "1000"];
    for kill in [true, true, false] {
        let _server = Server::start(&installation);
        while !kill && installation.json(&search)["complete"] == false {
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    let found = installation.json(&search);
    assert_eq!((found["accounts"].as_array().unwrap().len(), &found["complete"]), (1_000, &true.into()));
    assert!(!installation.stdout(&["user", "search", "person-0999"]).contains("may not be complete"));
}
