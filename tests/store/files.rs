//! Tests that only SQLite needs: file modes, locks, checkpoints, and a killed process.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use vestibule::base::clock::Clock;
use vestibule::base::ids::LoginId;
use vestibule::store::{Database, SessionOrigin, SpendOutcome, Store, StoreError, StoreErrorKind};

use super::suite::{FOUNDING, Fixture, HOUR, key, name, single_use};

/// An empty database in a folder of its own.
pub async fn empty() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::file(folder.path().join("vestibule.db"));
    Fixture::open(database, Box::pin(async move { folder.close().unwrap() })).await
}

#[tokio::test]
async fn only_the_owner_can_read_a_new_database() {
    let fixture = empty().await;
    fixture.account("1", "dee").await;
    let Database::Sqlite { path, .. } = &fixture.database else { panic!("a file") };
    for file in std::fs::read_dir(path.parent().unwrap()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{}", file.path().display());
    }
}

// C37
#[tokio::test]
async fn the_database_file_contains_no_session_id() {
    let fixture = empty().await;
    let dee = fixture.account("1", "dee").await;
    let mut login = fixture.store.begin().await.unwrap();
    let id = login
        .open_session(&fixture.signed_in(&dee, "1"), fixture.now() + HOUR, SessionOrigin::default())
        .await
        .unwrap();
    login.commit().await.unwrap();
    let Database::Sqlite { path, .. } = &fixture.database else { panic!("a file") };
    let mut held = Vec::new();
    for file in std::fs::read_dir(path.parent().unwrap()).unwrap() {
        held.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    let contains = |bytes: &[u8]| held.windows(bytes.len()).any(|window| window == bytes);
    assert!(contains(dee.id.as_str().as_bytes()));
    assert!(!contains(id.to_string().as_bytes()) && !contains(&id.0.to_be_bytes()) && !contains(&id.0.to_le_bytes()));
}

async fn refused(path: &Path) -> StoreError {
    Store::open(&Database::file(path.to_owned()), Clock::system()).await.unwrap_err()
}

#[tokio::test]
async fn an_error_on_opening_a_database_says_where_and_why() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("no-such-folder/vestibule.db");
    let gone = refused(&nowhere).await;
    assert_eq!(gone.kind(), &StoreErrorKind::Unreachable);
    assert!(gone.to_string().contains(nowhere.to_str().unwrap()), "{gone}");

    let picture = folder.path().join("picture.db");
    std::fs::write(&picture, vec![7; 8_192]).unwrap();
    let damaged = refused(&picture).await;
    assert!(matches!(damaged.kind(), StoreErrorKind::Damaged { .. }), "{damaged}");
    assert_eq!(damaged.code(), Some("26"));
}

/// A file in which another program ran these statements.
async fn made_by_another_program(folder: &Path, statements: &str) -> PathBuf {
    let path = folder.join("theirs.db");
    let _none_yet = std::fs::remove_file(&path);
    let mut theirs = SqliteConnectOptions::new().filename(&path).create_if_missing(true).connect().await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(statements.to_owned())).execute(&mut theirs).await.unwrap();
    theirs.close().await.unwrap();
    path
}

#[tokio::test]
async fn a_file_with_tables_of_another_program_is_refused_and_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    for (statements, names) in [
        ("CREATE TABLE account (x); CREATE VIEW Session AS SELECT 1", "account, session"),
        ("CREATE TABLE t (x); CREATE INDEX audit_by_account ON t (x)", "audit_by_account"),
        (
            "CREATE TABLE seaql_migrations (version TEXT, applied_at BIGINT); \
             INSERT INTO seaql_migrations VALUES ('m20200101_theirs', 1)",
            "seaql_migrations",
        ),
    ] {
        let path = made_by_another_program(folder.path(), statements).await;
        let before = std::fs::read(&path).unwrap();
        let refused = refused(&path).await;
        assert_eq!(refused.kind(), &StoreErrorKind::Occupied { names: names.into() }, "{refused}");
        let path = path.display();
        let message = format!(
            "the database {path} holds tables of another program ({names}); name another file in `url` under [database]"
        );
        assert_eq!(refused.to_string(), message);
        assert!(std::fs::read(path.to_string()).unwrap() == before, "the file changed");
    }
}

#[tokio::test]
async fn a_file_with_other_tables_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let path =
        made_by_another_program(folder.path(), "CREATE TABLE notes (account); CREATE INDEX n ON notes (account)").await;
    for _start in ["first", "second"] {
        Store::open(&Database::file(path.clone()), Clock::system()).await.unwrap().close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_another_process_holds_is_reported_as_locked() {
    let fixture = empty().await;
    let other = fixture.reopen().await;
    let holder = other.begin().await.unwrap();
    let locked = fixture.store.begin().await.unwrap_err();
    assert_eq!(locked.kind(), &StoreErrorKind::Locked);
    // Reads still work.
    fixture.store.health().await.unwrap();
    drop(holder);
    fixture.account("1", "dee").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn single_statements_take_turns_with_committed_and_dropped_transactions() {
    let fixture = empty().await;
    let dee = fixture.account("1", "dee").await;
    let mut tasks = tokio::task::JoinSet::new();
    for turn in 0..60 {
        let (store, signed_in, end) = (fixture.store.clone(), fixture.signed_in(&dee, "1"), fixture.now() + HOUR);
        tasks.spawn(async move {
            let mut login = store.begin().await.unwrap();
            let id = login.open_session(&signed_in, end, SessionOrigin::default()).await.unwrap();
            if turn % 3 == 0 {
                drop(login);
            } else {
                login.commit().await.unwrap();
            }
            store.end_session(id).await.unwrap()
        });
    }
    let ended = tasks.join_all().await.into_iter().filter(|was_there| *was_there).count();
    assert_eq!(ended, 40, "dropped transactions leave no session");
}

#[tokio::test]
async fn a_closed_store_reports_unreachable() {
    let fixture = empty().await;
    fixture.store.close().await;
    let now = fixture.now();
    assert_eq!(fixture.store.prune(now).await.unwrap_err().kind(), &StoreErrorKind::Unreachable);
    assert_eq!(fixture.store.begin().await.unwrap_err().kind(), &StoreErrorKind::Unreachable);
}

/// Whether the database file without its WAL holds this account.
async fn is_in_database_file(fixture: &Fixture, username: &str) -> bool {
    let copy = path(fixture).with_file_name("copy.db");
    std::fs::copy(path(fixture), &copy).unwrap();
    let store = Store::open(&Database::file(copy), Clock::system()).await.unwrap();
    let found = store.account_by_name(&name(username)).await.unwrap();
    store.close().await;
    found.is_some()
}

fn path(fixture: &Fixture) -> &Path {
    let Database::Sqlite { path, .. } = &fixture.database else { panic!("a file") };
    path
}

#[tokio::test]
async fn a_checkpoint_moves_writes_from_the_wal_into_the_file() {
    let fixture = empty().await;
    fixture.account("1", "dee").await;
    assert!(!is_in_database_file(&fixture, "dee").await);
    fixture.store.checkpoint().await.unwrap();
    assert!(is_in_database_file(&fixture, "dee").await);
}

#[tokio::test]
async fn a_checkpoint_blocked_by_a_backup_is_completed_later() {
    let fixture = empty().await;
    let mut backup = SqliteConnectOptions::new().filename(path(&fixture)).connect().await.unwrap();
    sqlx::raw_sql("BEGIN; SELECT id FROM account").execute(&mut backup).await.unwrap();
    fixture.account("1", "dee").await;
    fixture.store.checkpoint().await.unwrap();
    backup.close().await.unwrap();
    fixture.store.checkpoint().await.unwrap();
    assert!(is_in_database_file(&fixture, "dee").await);
}

#[tokio::test]
async fn a_wal_that_a_backup_made_long_shrinks_after_it() {
    const MIB: u64 = 1 << 20;
    let fixture = empty().await;
    let long = || std::fs::metadata(path(&fixture).with_file_name("vestibule.db-wal")).unwrap().len();
    let mut backup = SqliteConnectOptions::new().filename(path(&fixture)).connect().await.unwrap();
    sqlx::raw_sql("BEGIN; SELECT id FROM account").execute(&mut backup).await.unwrap();
    fixture.run_sql("CREATE TABLE much AS SELECT zeroblob(80 << 20) AS bytes").await;
    assert!(long() > 80 * MIB);
    backup.close().await.unwrap();
    fixture.account("1", "dee").await;
    fixture.store.checkpoint().await.unwrap();
    fixture.account("2", "kim").await;
    assert!(long() <= 64 * MIB, "{} MiB", long() / MIB);
}

#[tokio::test]
async fn a_checkpoint_during_a_transaction_is_completed_by_the_next() {
    let fixture = empty().await;
    let mut login = fixture.store.begin().await.unwrap();
    login.provision(&key("1"), &name("dee"), FOUNDING).await.unwrap();
    fixture.store.checkpoint().await.unwrap();
    login.commit().await.unwrap();
    fixture.store.checkpoint().await.unwrap();
    assert!(is_in_database_file(&fixture, "dee").await);
}

#[tokio::test]
async fn a_command_beside_the_server_checkpoints_its_writes() {
    let fixture = empty().await;
    let command = fixture.reopen().await;
    let mut change = command.begin().await.unwrap();
    change.provision(&key("1"), &name("dee"), FOUNDING).await.unwrap();
    change.commit().await.unwrap();
    command.close().await;
    assert!(is_in_database_file(&fixture, "dee").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_during_a_login_leaves_a_usable_database() {
    if let Some(path) = std::env::var_os(KILLED) {
        return a_login_that_never_ends(Path::new(&path)).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let (path, ready) = (folder.path().join("vestibule.db"), folder.path().join("ready"));
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "files::a_process_killed_during_a_login_leaves_a_usable_database"])
        .env(KILLED, &path)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_mins(2);
    while !ready.exists() {
        assert!(Instant::now() < deadline, "the other process did not reach its login within two minutes");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();

    let store = Store::open(&Database::file(path), Clock::system()).await.unwrap();
    assert!(store.account_by_name(&name("finished")).await.unwrap().is_some());
    assert_eq!(store.account_by_name(&name("half-way")).await.unwrap(), None);
    let mut login = store.begin().await.unwrap();
    let now = Clock::system().now();
    assert_eq!(login.spend(single_use(LoginId::fresh(now), now + HOUR)).await.unwrap(), SpendOutcome::First);
    login.provision(&key("half-way"), &name("half-way"), FOUNDING).await.unwrap();
    login.commit().await.unwrap();
}

/// The variable with the database path, set in the process that the test kills.
const KILLED: &str = "VESTIBULE_TEST_KILLED";

/// The work of the process that the test above kills.
async fn a_login_that_never_ends(path: &Path) {
    let store = Store::open(&Database::file(path), Clock::system()).await.unwrap();
    let mut login = store.begin().await.unwrap();
    login.provision(&key("finished"), &name("finished"), FOUNDING).await.unwrap();
    login.commit().await.unwrap();
    let mut login = store.begin().await.unwrap();
    login.provision(&key("half-way"), &name("half-way"), FOUNDING).await.unwrap();
    std::fs::write(path.with_file_name("ready"), "").unwrap();
    std::future::pending::<()>().await;
    drop(login);
}
