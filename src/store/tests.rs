//! Tests of the store with a failed commit, a cancelled read, a locked or replaced file, and a server that refuses us.

use std::time::Duration;

use sea_orm::{ConnectionTrait as _, DbBackend, Statement};

use super::{
    AuditEntry, AuditQuery, Database, Decide, EndingLogin, Event, ReplayKey, Ruling, SessionToOpen, SingleUse, Store,
    StoreErrorKind, UnlinkedRuling,
};
use crate::base::clock::Clock;
use crate::base::ids::LoginId;
use crate::signin::account::{Account, Profile};
use crate::signin::identify::{ExternalIdentity, IdentityKey, SettingsFingerprint};
use crate::signin::remembered_profile::{RememberedParts, RememberedProfile};

async fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&Database::file(folder.path().join("vestibule.db")), Clock::system()).await.unwrap();
    (folder, store)
}

#[tokio::test]
async fn a_transaction_that_could_not_end_does_not_affect_the_next_one() {
    let (_folder, store) = store().await;
    let transaction = store.begin().await.unwrap();
    // SQLite does this by itself if the disk is full at the commit.
    transaction.sql.connection.execute_unprepared("ROLLBACK").await.unwrap();
    transaction.commit().await.unwrap_err();
    drop(store.begin().await.unwrap());

    store.audit(&AuditEntry::new(store.clock.now(), Event::SignedIn)).await.unwrap();
    let written = store.audit_list(&AuditQuery { limit: 10, ..AuditQuery::default() }).await.unwrap();
    assert_eq!(written.len(), 1);
    store.prune(store.clock.now()).await.unwrap();
}

#[tokio::test]
async fn sqlx_logs_no_long_wait_for_a_connection() {
    let (_folder, store) = store().await;
    let pool = store.transactions.get_sqlite_connection_pool();
    assert_eq!(pool.options().get_acquire_slow_threshold(), Duration::MAX);
    assert_eq!(super::pool_options::pool_options::<sqlx::Postgres>().get_acquire_slow_threshold(), Duration::MAX);
}

#[tokio::test]
async fn a_cancelled_read_does_not_delay_other_reads() {
    const ENDLESS: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT 1 FROM n) SELECT max(i) FROM n";
    let (_folder, store) = store().await;
    let endless = store.reader.connection.query_one_raw(Statement::from_string(DbBackend::Sqlite, ENDLESS));
    tokio::time::timeout(Duration::from_millis(100), endless).await.unwrap_err();
    let all = AuditQuery { limit: 10, ..AuditQuery::default() };
    tokio::time::timeout(Duration::from_mins(1), store.audit_list(&all)).await.unwrap().unwrap();
}

#[tokio::test]
async fn waiting_logins_fail_together_when_the_file_is_locked() {
    let (_folder, store) = store().await;
    let database = Database::file(store.location().to_string());
    let other = Store::open(&database, Clock::system()).await.unwrap();
    // The first makes the account, and the second leaves it in the cache.
    end_a_login(&store).await.unwrap();
    end_a_login(&store).await.unwrap();
    let _holder = other.begin().await.unwrap();
    let begun = std::time::Instant::now();
    let mut logins = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let store = store.clone();
        logins.spawn(async move { end_a_login(&store).await.unwrap_err() });
    }
    for why in logins.join_all().await {
        assert_eq!(why.kind(), &StoreErrorKind::Locked);
    }
    // One after the other they would take forty times as long as one.
    assert!(begun.elapsed() < 10 * super::open::BUSY_TIMEOUT, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_file_that_was_deleted_or_replaced_under_the_server_is_noticed() {
    let (folder, store) = store().await;
    store.readiness().await.unwrap();
    let (path, away) = (folder.path().join("vestibule.db"), folder.path().join("away.db"));
    std::fs::rename(&path, &away).unwrap();
    store.health().await.unwrap();
    for put_back in [false, true] {
        if put_back {
            std::fs::write(&path, "another").unwrap();
        }
        let why = store.readiness().await.unwrap_err();
        assert_eq!(why.kind(), &StoreErrorKind::Replaced);
        assert!(why.to_string().contains("was deleted or replaced while this server has it open"), "{why}");
    }
    std::fs::rename(&away, &path).unwrap();
    store.readiness().await.unwrap();
}

/// A server that answers each connection with one error.
async fn refusing_server(error: &'static [u8]) -> (String, tokio::task::JoinHandle<()>) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("postgres://dee:hunter2@{}/notes?sslmode=disable", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _request = stream.read(&mut [0; 1_024]).await;
            let length = u32::try_from(error.len() + 4).unwrap().to_be_bytes();
            let _written = stream.write_all(&[b"E", &length[..], error].concat()).await;
        }
    });
    (url, serving)
}

#[tokio::test]
async fn each_refusal_of_a_connection_by_postgresql_has_its_own_fix() {
    let latin_1 = b"SFATAL\0VFATAL\0C28P01\0MPasswort-Authentifizierung f\xfcr Benutzer fehlgeschlagen\0\0";
    let no_connect = b"SFATAL\0VFATAL\0C42501\0Mpermission denied for database \"notes\"\0\0";
    for (error, kind, fix) in [
        (
            &latin_1[..],
            StoreErrorKind::LoginRefusedUnreadably,
            "gives the reason in an encoding that is not UTF-8; look in the server's log, or set lc_messages = 'C' in \
             postgresql.conf so that this log can show the reason: most likely the user, the password or the \
             database's name in `url` under [database] is wrong, the server is still starting, or it has no \
             connection left",
        ),
        (
            &no_connect[..],
            StoreErrorKind::ConnectDenied,
            "GRANT CONNECT ON DATABASE name TO user, with both names from `url`",
        ),
    ] {
        let (url, serving) = refusing_server(error).await;
        let database = Database::Postgres(crate::base::secret::Secret::new(url));
        let why = Store::open(&database, Clock::system()).await.unwrap_err();
        assert_eq!(why.kind(), &kind);
        let message = why.to_string();
        assert!(message.ends_with(fix) && !message.contains("hunter2"), "{message}");
        serving.abort();
    }
}

/// Ends a login of the one identity.
async fn end_a_login(store: &Store) -> Result<(), super::StoreError> {
    let now = store.clock.now();
    let login = EndingLogin {
        app: Some(&"notes".parse().unwrap()),
        identity: &ExternalIdentity::new(identity(), serde_json::Map::new()),
        profile: &Profile::default(),
        remembered: &RememberedProfile::of(&Profile::default(), RememberedParts { name: true, email: true }),
        settings: &SettingsFingerprint::default(),
        subject_source: "sub",
        client_id: None,
        reauthenticated: false,
        network: None,
        now,
        single_use: Some(SingleUse { key: ReplayKey::Login(LoginId::fresh(now)), expires_at: now }),
        answer: None,
        session: Some(SessionToOpen { expires_at: now, replaces: None, agent: None }),
        authoritative_address: None,
    };
    store.end_login(&login, &AdmitEverybody).await.map(|_| ())
}

fn identity() -> IdentityKey {
    IdentityKey { provider: "uni".parse().unwrap(), issuer: "https://sso.example.edu".into(), subject: "1".into() }
}

struct AdmitEverybody;

impl Decide for AdmitEverybody {
    type Grant = ();
    type Refusal = ();

    fn unlinked(&self) -> Result<UnlinkedRuling, ()> {
        Ok(UnlinkedRuling::Provision("dee".parse().unwrap()))
    }

    fn linked(&self, _: Account) -> Ruling<(), ()> {
        Ruling::Grant(())
    }
}
