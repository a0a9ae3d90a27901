//! The store on PostgreSQL: needs `TEST_POSTGRES`, the URL of a server where databases may be made.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

// So marked, clippy knows it for tests, helpers and all.
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
    let url = std::env::var("TEST_POSTGRES");
    url.expect("TEST_POSTGRES is the URL of a server where databases may be made").parse().unwrap()
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
    assert_eq!((gone.trouble(), gone.code()), (&Trouble::Missing, Some("3D000")));
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
    assert_eq!((forbidden.trouble(), forbidden.code()), (&Trouble::Refused, Some("28P01")));
    assert!(!format!("{forbidden} {forbidden:?}").contains("hunter2"));
}

/// A wire to the server that can be cut.
struct Wire {
    port: u16,
    at: Option<JoinHandle<()>>,
}

/// What whoever connects to the wire meets.
#[derive(Clone, Copy)]
enum Meets {
    TheServer,
    Silence,
}

impl Wire {
    async fn to_the_server() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        Self { port, at: Some(tokio::spawn(pass_on(listener, Meets::TheServer))) }
    }

    /// All its connections end, and nobody listens any more.
    async fn cut(&mut self) {
        let at = self.at.take().unwrap();
        at.abort();
        let _ended = at.await;
    }

    async fn fix(&mut self, meets: Meets) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        self.at = Some(tokio::spawn(pass_on(listener, meets)));
    }
}

async fn pass_on(listener: TcpListener, meets: Meets) {
    let server = server();
    let to = format!("{}:{}", server.host_str().unwrap(), server.port().unwrap_or(5432));
    // Dropped, and so ended, with this task.
    let mut passing = JoinSet::new();
    loop {
        let (mut near, _) = listener.accept().await.unwrap();
        let to = to.clone();
        passing.spawn(async move {
            match meets {
                Meets::TheServer => {
                    let mut far = TcpStream::connect(to).await.unwrap();
                    let _ended = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                }
                Meets::Silence => std::future::pending().await,
            }
        });
    }
}

/// Asks as a request does that reads, and as one that writes.
///
/// Where the store waited for its pool until the end, the error would be [`Trouble::Busy`]: the pool gives up later
/// than the probe of the server, however slow the machine is.
async fn ask(store: &Store) -> Result<(), StoreError> {
    let (read, written) = tokio::join!(store.health(), async { store.begin().await?.commit().await });
    read.and(written)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_goes_away_is_told_soon_as_away_and_found_again_at_once() {
    let bench = empty().await;
    let Database::Postgres(own) = &bench.database else { panic!("a server") };
    let mut wire = Wire::to_the_server().await;
    let mut url: Url = own.expose().parse().unwrap();
    url.set_port(Some(wire.port)).unwrap();
    let store = Store::open(&Database::Postgres(Secret::new(url.into())), bench.clock()).await.unwrap();
    ask(&store).await.unwrap();

    wire.cut().await;
    for _ in 0..30 {
        // The first may still hold a connection that has just ended. No answer comes of waiting for the pool.
        let why = ask(&store).await.unwrap_err();
        assert_eq!(why.trouble(), &Trouble::Gone, "{why}");
    }
    assert!(ask(&store).await.unwrap_err().to_string().contains("cannot be reached: Connection refused"));
    wire.fix(Meets::TheServer).await;
    // As long as what was learnt of the server counts.
    tokio::time::sleep(Duration::from_millis(250)).await;
    // While a slow probe runs, the caller beside it gets the last result.
    let mut found = ask(&store).await;
    for _ in 0..50 {
        let Err(why) = &found else { break };
        assert_eq!(why.trouble(), &Trouble::Gone, "{why}");
        found = ask(&store).await;
    }
    found.unwrap();

    // As when its machine is gone from the network.
    wire.cut().await;
    wire.fix(Meets::Silence).await;
    for _ in 0..6 {
        assert_eq!(ask(&store).await.unwrap_err().trouble(), &Trouble::Gone);
    }
    store.close().await;
    bench.clear_away().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_all_connections_were_ended_by_the_server_the_next_statements_go_well() {
    let bench = empty().await;
    let dee = bench.account("1", "dee").await;
    let crowd = || async { tokio::join!(ask(&bench.store), ask(&bench.store), ask(&bench.store)) };
    let (one, two, three) = crowd().await;
    one.and(two).and(three).unwrap();
    for _ in 0..3 {
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
        bench.behind_its_back(end).await;
        let (one, two, three) = crowd().await;
        one.and(two).and(three).unwrap();
        assert_eq!(bench.store.account(&dee.id).await.unwrap().as_ref(), Some(&dee));
    }
    bench.clear_away().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_all_in_use_are_told_as_busy_and_not_as_away() {
    let bench = empty().await;
    let mut held = Vec::new();
    for _ in 0..16 {
        held.push(bench.store.begin().await.unwrap());
    }
    let store = Arc::new(bench.store.clone());
    let waiting = tokio::spawn(async move { store.health().await });
    tokio::time::sleep(Duration::from_millis(1500)).await;
    held.pop();
    waiting.await.unwrap().unwrap();
    held.push(bench.store.begin().await.unwrap());
    let busy = bench.store.health().await.unwrap_err();
    assert_eq!(busy.trouble(), &Trouble::Busy);
    assert!(
        busy.to_string().ends_with(
            "is busy: all our connections to it were in use for too long; look in \
                                        pg_stat_activity for what they wait for"
        ),
        "{busy}"
    );
    drop(held);
    bench.clear_away().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_that_somebody_else_holds_are_told_as_locked() {
    let bench = empty().await;
    let Database::Postgres(own) = &bench.database else { panic!("a server") };
    let pool = sqlx::PgPool::connect(own.expose()).await.unwrap();
    let mut holder = pool.begin().await.unwrap();
    sqlx::query("LOCK TABLE account, login_throttle IN ACCESS EXCLUSIVE MODE").execute(&mut *holder).await.unwrap();
    let dee = "dee".parse().unwrap();
    let (account, counted) = tokio::join!(
        bench.store.account_by_name(&dee),
        bench.store.count_failure(&[[1; 32]], time::Duration::days(1), bench.now())
    );
    for why in [account.unwrap_err(), counted.unwrap_err()] {
        assert_eq!((why.trouble(), why.code()), (&Trouble::Locked, Some("55P03")), "{why}");
        assert!(why.to_string().contains("look in pg_stat_activity and pg_locks for what holds its tables"), "{why}");
    }
    holder.rollback().await.unwrap();
    bench.account("1", "dee").await;
    pool.close().await;
    bench.clear_away().await;
}

#[tokio::test]
async fn a_user_who_may_not_make_tables_is_told_so_before_the_start_and_at_it() {
    let bench = empty().await;
    let Database::Postgres(own) = &bench.database else { panic!("a server") };
    let lean = format!("lean_{}", LoginId::fresh(Clock::system().now()));
    at(&server(), &format!("CREATE ROLE {lean} LOGIN PASSWORD 'hunter2'")).await;
    let mut url: Url = own.expose().parse().unwrap();
    url.set_username(&lean).unwrap();
    url.set_password(Some("hunter2")).unwrap();
    let database = Database::Postgres(Secret::new(url.clone().into()));

    // The tables are another's.
    let refused_by = refused(url.as_str()).await;
    assert_eq!((refused_by.trouble(), refused_by.code()), (&Trouble::Forbidden, Some("42501")));
    bench.behind_its_back(&format!("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {lean}")).await;
    let (store, schema) = Store::look(&database, Clock::system()).await.unwrap().unwrap();
    let told = store.rights(&schema).await.unwrap_err().to_string();
    assert!(told.contains(&format!("may not be used by us: {lean} may not write to table ")), "{told}");
    store.close().await;

    // There are none yet.
    bench.behind_its_back("DROP SCHEMA public CASCADE").await;
    bench.behind_its_back("CREATE SCHEMA public").await;
    for (grant, reason) in [
        ("REVOKE ALL ON SCHEMA public FROM PUBLIC", format!("{lean} may use no schema of its search_path")),
        (&format!("GRANT USAGE ON SCHEMA public TO {lean}"), format!("{lean} may not create tables in schema public")),
    ] {
        bench.behind_its_back(grant).await;
        let (store, schema) = Store::look(&database, Clock::system()).await.unwrap().unwrap();
        let told = store.rights(&schema).await.unwrap_err().to_string();
        assert!(told.contains(&reason) && told.contains("GRANT USAGE, CREATE ON SCHEMA public TO"), "{told}");
        store.close().await;
        let told = refused(url.as_str()).await;
        assert_eq!(told.trouble(), &Trouble::Forbidden, "{told}");
        assert!(told.to_string().contains("GRANT USAGE, CREATE ON SCHEMA public TO"), "{told}");
    }
    bench.behind_its_back(&format!("GRANT CREATE ON SCHEMA public TO {lean}")).await;
    let (store, schema) = Store::look(&database, Clock::system()).await.unwrap().unwrap();
    store.rights(&schema).await.unwrap();
    store.close().await;
    Store::open(&database, Clock::system()).await.unwrap().close().await;
    bench.clear_away().await;
    at(&server(), &format!("DROP ROLE {lean}")).await;
}

#[tokio::test]
async fn looking_writes_nothing_whatever_is_asked() {
    let bench = empty().await;
    let (store, _) = Store::look(&bench.database, bench.clock()).await.unwrap().unwrap();
    let refused = store.forgive_all().await.unwrap_err();
    assert_eq!(refused.code(), Some("25006"), "{refused}");
    store.close().await;
    bench.clear_away().await;
}
