//! The store on PostgreSQL. Needs `TEST_POSTGRES`, the URL of a server where the tests may create databases.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a panic fails the test")]

// `cfg(test)` tells clippy that its helpers are test code.
#[cfg(test)]
mod lock_order;
#[cfg(test)]
mod merge_locks;
#[cfg(test)]
mod server_limits;
#[cfg(test)]
mod silent_server;
#[cfg(test)]
mod suite;

use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use url::Url;
use vestibule::base::clock::Clock;
use vestibule::base::ids::LoginId;
use vestibule::base::secret::Secret;
use vestibule::store::{Database, FailureCount, Store, StoreError, StoreErrorKind};

suite::conformance_tests!(empty);

/// A new, empty database on the server.
async fn empty() -> suite::Fixture {
    let url = server();
    let name = format!("vestibule_test_{}", LoginId::fresh(Clock::system().now()));
    run_sql(&url, &format!("CREATE DATABASE {name}")).await;
    let mut own = url.clone();
    own.set_path(&name);
    let cleanup = async move { run_sql(&url, &format!("DROP DATABASE {name} WITH (FORCE)")).await };
    suite::Fixture::open(Database::Postgres(Secret::new(own.into())), Box::pin(cleanup)).await
}

fn server() -> Url {
    let url = std::env::var("TEST_POSTGRES");
    url.expect("TEST_POSTGRES must be the URL of a server where the tests may create databases").parse().unwrap()
}

async fn run_sql(server: &Url, statement: &str) {
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
    assert_eq!(gone.kind(), &StoreErrorKind::Unreachable);
    let shown = format!("{gone} {gone:?}");
    assert!(shown.contains("127.0.0.1:1/vestibule") && !shown.contains("hunter2"), "{shown}");
}

#[tokio::test]
async fn a_missing_database_is_reported() {
    let mut url = server();
    url.set_path("no_such_database");
    let gone = refused(url.as_str()).await;
    assert_eq!((gone.kind(), gone.code()), (&StoreErrorKind::Missing, Some("3D000")));
}

#[tokio::test]
async fn a_database_without_utf8_is_refused() {
    let mut url = server();
    let name = format!("vestibule_test_{}", LoginId::fresh(Clock::system().now()));
    run_sql(&url, &format!("CREATE DATABASE {name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")).await;
    url.set_path(&name);
    let narrow = refused(url.as_str()).await;
    run_sql(&server(), &format!("DROP DATABASE {name} WITH (FORCE)")).await;
    assert_eq!(narrow.kind(), &StoreErrorKind::Encoding { found: "SQL_ASCII".into() });
    assert!(narrow.to_string().contains("stores text as SQL_ASCII, not as UTF8; make another"), "{narrow}");
}

#[tokio::test]
async fn a_wrong_password_is_reported_and_not_shown() {
    let mut url = server();
    url.set_password(Some("hunter2")).unwrap();
    let forbidden = refused(url.as_str()).await;
    assert_eq!((forbidden.kind(), forbidden.code()), (&StoreErrorKind::LoginRefused, Some("28P01")));
    assert!(!format!("{forbidden} {forbidden:?}").contains("hunter2"));
}

/// A TCP proxy before the server. A test may stop it.
struct TcpProxy {
    port: u16,
    task: Option<JoinHandle<()>>,
}

/// Where the proxy forwards connections.
#[derive(Clone, Copy)]
enum ProxyTarget {
    Server,
    Silence,
}

impl TcpProxy {
    async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        Self { port, task: Some(tokio::spawn(forward(listener, ProxyTarget::Server))) }
    }

    /// Ends all connections and stops listening.
    async fn stop(&mut self) {
        let task = self.task.take().unwrap();
        task.abort();
        let _ended = task.await;
    }

    async fn restart(&mut self, target: ProxyTarget) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        self.task = Some(tokio::spawn(forward(listener, target)));
    }
}

async fn forward(listener: TcpListener, target: ProxyTarget) {
    let server = server();
    let to = format!("{}:{}", server.host_str().unwrap(), server.port().unwrap_or(5432));
    // Dropping the set with this task ends the connections.
    let mut connections = JoinSet::new();
    loop {
        let (mut near, _) = listener.accept().await.unwrap();
        let to = to.clone();
        connections.spawn(async move {
            match target {
                ProxyTarget::Server => {
                    let mut far = TcpStream::connect(to).await.unwrap();
                    let _ended = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                }
                ProxyTarget::Silence => std::future::pending().await,
            }
        });
    }
}

/// Reads and writes, as requests do.
///
/// If the store waited for its pool until the timeout, the error would be [`StoreErrorKind::Busy`]: the timeout of the
/// pool is longer than that of the server's probe, even on a slow machine.
async fn read_and_write(store: &Store) -> Result<(), StoreError> {
    let (read, written) = tokio::join!(store.health(), async { store.begin().await?.commit().await });
    read.and(written)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_server_is_reported_quickly_and_used_again_once_it_is_back() {
    let fixture = empty().await;
    let Database::Postgres(own) = &fixture.database else { panic!("a server") };
    let mut proxy = TcpProxy::start().await;
    let mut url: Url = own.expose().parse().unwrap();
    url.set_port(Some(proxy.port)).unwrap();
    let store = Store::open(&Database::Postgres(Secret::new(url.into())), fixture.clock()).await.unwrap();
    read_and_write(&store).await.unwrap();

    proxy.stop().await;
    for _ in 0..30 {
        // The first attempt may still use a connection that has just ended. No error comes from the pool's timeout.
        let why = read_and_write(&store).await.unwrap_err();
        assert_eq!(why.kind(), &StoreErrorKind::Unreachable, "{why}");
    }
    assert!(read_and_write(&store).await.unwrap_err().to_string().contains("cannot be reached: Connection refused"));
    proxy.restart(ProxyTarget::Server).await;
    // Longer than the store trusts its last probe of the server.
    tokio::time::sleep(Duration::from_millis(250)).await;
    // While a slow probe runs, other callers get the last result.
    let mut found = read_and_write(&store).await;
    for _ in 0..50 {
        let Err(why) = &found else { break };
        assert_eq!(why.kind(), &StoreErrorKind::Unreachable, "{why}");
        found = read_and_write(&store).await;
    }
    found.unwrap();

    // As if its machine had left the network.
    proxy.stop().await;
    proxy.restart(ProxyTarget::Silence).await;
    for _ in 0..6 {
        assert_eq!(read_and_write(&store).await.unwrap_err().kind(), &StoreErrorKind::Unreachable);
    }
    store.close().await;
    fixture.clean_up().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_succeed_after_the_server_ended_all_connections() {
    let fixture = empty().await;
    let dee = fixture.account("1", "dee").await;
    let read_and_write_thrice = || async {
        tokio::join!(read_and_write(&fixture.store), read_and_write(&fixture.store), read_and_write(&fixture.store))
    };
    let (one, two, three) = read_and_write_thrice().await;
    one.and(two).and(three).unwrap();
    for _ in 0..3 {
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
        fixture.run_sql(end).await;
        let (one, two, three) = read_and_write_thrice().await;
        one.and(two).and(three).unwrap();
        assert_eq!(fixture.store.account(&dee.id).await.unwrap().as_ref(), Some(&dee));
    }
    fixture.clean_up().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exhausted_pool_is_reported_as_busy_and_not_as_unreachable() {
    let fixture = empty().await;
    let mut held = Vec::new();
    for _ in 0..16 {
        held.push(fixture.store.begin().await.unwrap());
    }
    let store = Arc::new(fixture.store.clone());
    let waiting = tokio::spawn(async move { store.health().await });
    tokio::time::sleep(Duration::from_millis(1500)).await;
    held.pop();
    waiting.await.unwrap().unwrap();
    held.push(fixture.store.begin().await.unwrap());
    let busy = fixture.store.health().await.unwrap_err();
    assert_eq!(busy.kind(), &StoreErrorKind::Busy);
    assert!(
        busy.to_string().ends_with(
            "is busy: all our connections to it were in use for too long; look in \
                                        pg_stat_activity for what they wait for"
        ),
        "{busy}"
    );
    drop(held);
    fixture.clean_up().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_that_another_transaction_holds_are_reported_as_locked() {
    let fixture = empty().await;
    let Database::Postgres(own) = &fixture.database else { panic!("a server") };
    let pool = sqlx::PgPool::connect(own.expose()).await.unwrap();
    let mut holder = pool.begin().await.unwrap();
    sqlx::query("LOCK TABLE account, login_throttle IN ACCESS EXCLUSIVE MODE").execute(&mut *holder).await.unwrap();
    let dee = "dee".parse().unwrap();
    let failure = [FailureCount::of_no_account([1; 32])];
    let (account, counted) = tokio::join!(
        fixture.store.account_by_name(&dee),
        fixture.store.count_failure(&failure, time::Duration::days(1), fixture.now())
    );
    for why in [account.unwrap_err(), counted.unwrap_err()] {
        assert_eq!((why.kind(), why.code()), (&StoreErrorKind::Locked, Some("55P03")), "{why}");
        assert!(why.to_string().contains("look in pg_stat_activity and pg_locks for what locks its tables"), "{why}");
    }
    holder.rollback().await.unwrap();
    fixture.account("1", "dee").await;
    pool.close().await;
    fixture.clean_up().await;
}

#[tokio::test]
async fn missing_rights_on_tables_are_reported_by_check_and_at_the_start() {
    let fixture = empty().await;
    let Database::Postgres(own) = &fixture.database else { panic!("a server") };
    let role = format!("lean_{}", LoginId::fresh(Clock::system().now()));
    run_sql(&server(), &format!("CREATE ROLE {role} LOGIN PASSWORD 'hunter2'")).await;
    let mut url: Url = own.expose().parse().unwrap();
    url.set_username(&role).unwrap();
    url.set_password(Some("hunter2")).unwrap();
    let database = Database::Postgres(Secret::new(url.clone().into()));

    // Another role owns the tables.
    let refused_by = refused(url.as_str()).await;
    assert_eq!((refused_by.kind(), refused_by.code()), (&StoreErrorKind::PermissionDenied, Some("42501")));
    fixture.run_sql(&format!("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")).await;
    let (store, schema) = Store::open_read_only(&database, Clock::system()).await.unwrap().unwrap();
    let message = store.check_start(schema).await.unwrap_err().to_string();
    assert!(message.contains(&format!("can't be used by this process: {role} may not write to table ")), "{message}");
    store.close().await;

    // There are no tables yet.
    fixture.run_sql("DROP SCHEMA public CASCADE").await;
    fixture.run_sql("CREATE SCHEMA public").await;
    for (grant, reason) in [
        ("REVOKE ALL ON SCHEMA public FROM PUBLIC", format!("{role} may use no schema of its search_path")),
        (&format!("GRANT USAGE ON SCHEMA public TO {role}"), format!("{role} may not create tables in schema public")),
    ] {
        fixture.run_sql(grant).await;
        let (store, schema) = Store::open_read_only(&database, Clock::system()).await.unwrap().unwrap();
        let message = store.check_start(schema).await.unwrap_err().to_string();
        assert!(message.contains(&reason) && message.contains("GRANT USAGE, CREATE ON SCHEMA public TO"), "{message}");
        store.close().await;
        let message = refused(url.as_str()).await;
        assert_eq!(message.kind(), &StoreErrorKind::PermissionDenied, "{message}");
        assert!(message.to_string().contains("GRANT USAGE, CREATE ON SCHEMA public TO"), "{message}");
    }
    fixture.run_sql(&format!("GRANT CREATE ON SCHEMA public TO {role}")).await;
    let (store, schema) = Store::open_read_only(&database, Clock::system()).await.unwrap().unwrap();
    store.check_start(schema).await.unwrap();
    store.close().await;
    Store::open(&database, Clock::system()).await.unwrap().close().await;
    fixture.clean_up().await;
    run_sql(&server(), &format!("DROP ROLE {role}")).await;
}

#[tokio::test]
async fn a_database_with_tables_of_another_program_is_refused_and_one_with_other_tables_is_used() {
    let fixture = empty().await;
    let Database::Postgres(own) = &fixture.database else { panic!("a server") };
    for (create, names) in [
        ("CREATE TABLE account (x integer)", "account"),
        ("CREATE TYPE session AS ENUM ('open')", "session"),
        ("CREATE TABLE notes (x integer)", ""),
    ] {
        fixture.run_sql("DROP SCHEMA public CASCADE").await;
        fixture.run_sql("CREATE SCHEMA public").await;
        fixture.run_sql(create).await;
        let (store, schema) = Store::open_read_only(&fixture.database, Clock::system()).await.unwrap().unwrap();
        let checked = store.check_start(schema).await;
        store.close().await;
        if names.is_empty() {
            checked.unwrap();
            Store::open(&fixture.database, Clock::system()).await.unwrap().close().await;
            continue;
        }
        for refused in [checked.unwrap_err(), refused(own.expose()).await] {
            assert_eq!(refused.kind(), &StoreErrorKind::Occupied { names: names.into() }, "{refused}");
            assert!(refused.to_string().ends_with("; name another database in `url` under [database]"), "{refused}");
        }
    }
    fixture.clean_up().await;
}

#[tokio::test]
async fn a_read_only_store_refuses_every_write() {
    let fixture = empty().await;
    let (store, _) = Store::open_read_only(&fixture.database, fixture.clock()).await.unwrap().unwrap();
    let refused = store
        .count_failure(&[FailureCount::of_no_account([1; 32])], time::Duration::days(1), fixture.now())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Some("25006"), "{refused}");
    assert_eq!(store.readiness().await.unwrap_err().kind(), &StoreErrorKind::ReadOnly);
    fixture.store.readiness().await.unwrap();
    store.close().await;
    fixture.clean_up().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_waited_for_a_newer_versions_upgrade_is_refused() {
    let fixture = empty().await;
    fixture.run_sql("DELETE FROM seaql_migrations WHERE version LIKE '%_000008_%'").await;
    fixture.run_sql("DROP VIEW returning_login").await;
    let Database::Postgres(own) = &fixture.database else { panic!("a server") };
    let pool = sqlx::PgPool::connect(own.expose()).await.unwrap();
    let mut newer = pool.begin().await.unwrap();
    let version = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29990101_000001_later', 1)";
    sqlx::query("SELECT pg_advisory_xact_lock(94855750746113)").execute(&mut *newer).await.unwrap();
    sqlx::query(version).execute(&mut *newer).await.unwrap();
    let (database, clock) = (fixture.database.clone(), fixture.clock());
    let start = tokio::spawn(async move { Store::open(&database, clock).await });
    let waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted \
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    while sqlx::query_scalar::<_, i64>(waits).fetch_one(&pool).await.unwrap() == 0 {
        assert!(!start.is_finished(), "the start should wait");
        tokio::task::yield_now().await;
    }
    newer.commit().await.unwrap();
    let refused = start.await.unwrap().unwrap_err();
    assert_eq!(refused.kind(), &StoreErrorKind::NewerSchema { found: "m29990101_000001_later".into() }, "{refused}");
    pool.close().await;
    fixture.clean_up().await;
}
