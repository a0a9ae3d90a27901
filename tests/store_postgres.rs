//! The store on PostgreSQL: needs `VESTIBULE_TEST_POSTGRES`, the URL of a server where databases may be made.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

// So marked, clippy knows it for tests, helpers and all.
#[cfg(test)]
#[path = "store/suite/mod.rs"]
mod suite;

use url::Url;
use vestibule::base::clock::Clock;
use vestibule::base::ids::LoginId;
use vestibule::base::secret::Secret;
use vestibule::store::{Database, Store, StoreError, Trouble};

suite::every_sentence!(empty);

/// An empty database of its own on the server.
async fn empty() -> suite::Bench {
    let url = server();
    let name = format!("vestibule_test_{}", LoginId::fresh(Clock::system().now()));
    at(&url, &format!("CREATE DATABASE {name}")).await;
    let mut own = url.clone();
    own.set_path(&name);
    let rest = async move { at(&url, &format!("DROP DATABASE {name} WITH (FORCE)")).await };
    suite::Bench::on(Database::Postgres(Secret::new(own.into())), Box::pin(rest)).await
}

fn server() -> Url {
    let url = std::env::var("VESTIBULE_TEST_POSTGRES");
    url.expect("VESTIBULE_TEST_POSTGRES is the URL of a server where databases may be made").parse().unwrap()
}

async fn at(server: &Url, statement: &str) {
    let pool = sqlx::PgPool::connect(server.as_str()).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(statement.to_owned())).execute(&pool).await.unwrap();
    pool.close().await;
}

async fn refused(url: &str) -> StoreError {
    Store::open(&Database::Postgres(Secret::new(url.to_owned())), Clock::system()).await.unwrap_err()
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_named_without_the_password() {
    let gone = refused("postgres://dee:hunter2@127.0.0.1:1/vestibule").await;
    assert_eq!(gone.trouble(), &Trouble::Gone);
    let shown = format!("{gone} {gone:?}");
    assert!(shown.contains("127.0.0.1:1/vestibule") && !shown.contains("hunter2"), "{shown}");
}

#[tokio::test]
async fn a_database_that_is_not_there_is_named() {
    let mut url = server();
    url.set_path("no_such_database");
    let gone = refused(url.as_str()).await;
    assert_eq!((gone.trouble(), gone.code()), (&Trouble::Gone, Some("3D000")));
}

#[tokio::test]
async fn a_database_that_has_no_place_for_every_name_is_refused() {
    let mut url = server();
    let name = format!("vestibule_test_{}", LoginId::fresh(Clock::system().now()));
    at(&url, &format!("CREATE DATABASE {name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")).await;
    url.set_path(&name);
    let narrow = refused(url.as_str()).await;
    at(&server(), &format!("DROP DATABASE {name} WITH (FORCE)")).await;
    assert_eq!(narrow.trouble(), &Trouble::Encoding { found: "SQL_ASCII".into() });
    assert!(narrow.to_string().contains("keeps text as SQL_ASCII, not as UTF8; make another"), "{narrow}");
}

#[tokio::test]
async fn a_wrong_password_is_named_and_not_shown() {
    let mut url = server();
    url.set_password(Some("hunter2")).unwrap();
    let forbidden = refused(url.as_str()).await;
    assert_eq!((forbidden.trouble(), forbidden.code()), (&Trouble::Forbidden, Some("28P01")));
    assert!(!format!("{forbidden} {forbidden:?}").contains("hunter2"));
}
