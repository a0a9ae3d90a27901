//! A PostgreSQL server that accepts few connections, or no writes.

use std::time::Duration;

use tokio::task::JoinSet;
use url::Url;
use vestibule::base::clock::Clock;
use vestibule::base::ids::LoginId;
use vestibule::base::secret::Secret;
use vestibule::store::{Database, Store, StoreErrorKind};

use super::{empty, refused, run_sql, server};

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_of_connections_below_our_own_is_named_and_refuses_nobody_while_one_connection_is_free() {
    let fixture = empty().await;
    let Database::Postgres(own) = &fixture.database else { panic!("a server") };
    let role = format!("limited_{}", LoginId::fresh(Clock::system().now()));
    run_sql(&server(), &format!("CREATE ROLE {role} LOGIN PASSWORD 'hunter2' CONNECTION LIMIT 3")).await;
    fixture.run_sql(&format!("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")).await;
    let mut url: Url = own.expose().parse().unwrap();
    url.set_username(&role).unwrap();
    url.set_password(Some("hunter2")).unwrap();
    let database = Database::Postgres(Secret::new(url.into()));
    let store = Store::open(&database, fixture.clock()).await.unwrap();
    store.health().await.unwrap();
    let mut users = JoinSet::new();
    for _ in 0..30 {
        let store = store.clone();
        users.spawn(async move {
            let transaction = store.begin().await.unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
            transaction.commit().await.unwrap();
        });
    }
    users.join_all().await;

    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(store.begin().await.unwrap());
    }
    let (used_up, second) = tokio::join!(store.health(), Store::open_read_only(&database, Clock::system()));
    for why in [used_up.unwrap_err(), second.unwrap_err()] {
        assert_eq!((why.kind(), why.code()), (&StoreErrorKind::TooManyConnections, Some("53300")));
        let named = format!("accepts no more connections: too many connections for role \"{role}\", code 53300; raise");
        assert!(why.to_string().contains(&named), "{why}");
    }
    drop(held);
    store.close().await;
    fixture.clean_up().await;
    run_sql(&server(), &format!("DROP ROLE {role}")).await;
}

#[tokio::test]
async fn a_read_only_server_is_named_by_check_and_at_the_start() {
    let fixture = empty().await;
    let Database::Postgres(own) = &fixture.database else { panic!("a server") };
    let path = own.expose().parse::<Url>().unwrap().path().to_owned();
    let name = path.trim_start_matches('/');
    let read_only = async |value: &str| {
        run_sql(&server(), &format!("ALTER DATABASE {name} SET default_transaction_read_only = {value}")).await;
    };
    read_only("on").await;
    let fix = "let `url` under [database] name the primary server and not a standby, or reset \
               default_transaction_read_only";
    let check = async || {
        let (store, schema) = Store::open_read_only(&fixture.database, Clock::system()).await.unwrap().unwrap();
        let why = store.check_start(schema).await.unwrap_err();
        store.close().await;
        why
    };
    let why = check().await;
    assert_eq!(why.kind(), &StoreErrorKind::ReadOnly);
    assert!(why.to_string().contains(&format!("{path} is read-only; {fix}")), "{why}");
    // There are no tables yet.
    read_only("off").await;
    for statement in ["DROP SCHEMA public CASCADE", "CREATE SCHEMA public"] {
        run_sql(&own.expose().parse().unwrap(), statement).await;
    }
    read_only("on").await;
    assert_eq!(check().await.kind(), &StoreErrorKind::ReadOnly);
    let why = refused(own.expose()).await;
    assert_eq!((why.kind(), why.code()), (&StoreErrorKind::ReadOnly, Some("25006")));
    assert!(why.to_string().contains(fix) && !why.to_string().contains("GRANT"), "{why}");
    fixture.clean_up().await;
}
