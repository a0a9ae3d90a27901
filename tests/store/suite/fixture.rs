//! A database for each test, a clock that the test sets, and short constructors for identities and names.

use std::pin::Pin;
use std::time::Duration;

use support::TestClock;
use time::OffsetDateTime;
use time::macros::datetime;
use vestibule::base::clock::Clock;
use vestibule::base::ids::{Issuer, Subject};
use vestibule::base::username::Username;
use vestibule::signin::account::{Account, Profile};
use vestibule::signin::identify::{IdentityKey, ProviderSession, SettingsFingerprint};
use vestibule::signin::link::LinkProof;
use vestibule::store::{Database, NewLink, Provisioned, SessionLogin, Store};

const NOON: OffsetDateTime = datetime!(2026-11-22 12:00 UTC);

pub const FOUNDING: NewLink<'static> = NewLink::of(LinkProof::Founding);
pub const BY_ADMIN: NewLink<'static> = NewLink::of(LinkProof::Admin);

pub struct Fixture {
    pub store: Store,
    pub database: Database,
    clock: TestClock,
    /// Removes the database after the test.
    cleanup: Cleanup,
}

pub type Cleanup = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Fixture {
    /// Opens an empty database; `cleanup` removes it.
    pub async fn open(database: Database, cleanup: Cleanup) -> Self {
        let clock = TestClock::stopped_at(NOON);
        let store = Store::open(&database, clock.clock()).await.unwrap();
        Self { store, database, clock, cleanup }
    }

    /// The same database, opened a second time.
    pub async fn reopen(&self) -> Store {
        Store::open(&self.database, self.clock()).await.unwrap()
    }

    pub fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    pub fn clock(&self) -> Clock {
        self.clock.clock()
    }

    pub fn advance_clock(&self, time: Duration) {
        self.clock.advance(time.try_into().unwrap());
    }

    /// Runs a statement on a connection outside the store.
    pub async fn run_sql(&self, statement: &str) {
        let statement = sqlx::AssertSqlSafe(statement.to_owned());
        match &self.database {
            Database::Sqlite { path, .. } => {
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
                let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
                sqlx::query(statement).execute(&pool).await.unwrap();
                pool.close().await;
            }
            Database::Postgres(url) => {
                let pool = sqlx::PgPool::connect(url.expose()).await.unwrap();
                sqlx::query(statement).execute(&pool).await.unwrap();
                pool.close().await;
            }
        }
    }

    /// The address of the database, as a library knows it.
    pub fn url(&self) -> String {
        match &self.database {
            Database::Sqlite { path, .. } => format!("sqlite://{}", path.display()),
            Database::Postgres(url) => url.expose().clone(),
        }
    }

    /// Drops all tables and views.
    pub async fn drop_schema(&self) {
        self.run_sql("DROP VIEW returning_login").await;
        for table in [
            "login_throttle",
            "password",
            "reference_code",
            "audit",
            "session",
            "account_group",
            "identity",
            "link_request",
            "access_request",
            "search_terms",
            "role",
            "admin_invitation",
            "address",
            "operation_item",
            "operation",
            "account",
            "replay",
            "signing_key",
            "suspended_provider",
            "seaql_migrations",
        ] {
            self.run_sql(&format!("DROP TABLE {table}")).await;
        }
    }

    pub async fn clean_up(self) {
        self.cleanup.await;
    }

    /// Makes an account for a new identity.
    pub async fn account(&self, subject: &str, wished: &str) -> Account {
        let mut login = self.store.begin().await.unwrap();
        let made = login
            .provision(&key(subject), &name(wished), NewLink { client_id: Some("vestibule"), ..FOUNDING })
            .await
            .unwrap();
        login.commit().await.unwrap();
        match made {
            Provisioned::Made { account, .. } => account,
            other => panic!("{other:?}"),
        }
    }

    pub fn signed_in(&self, account: &Account, subject: &str) -> SessionLogin {
        SessionLogin {
            account: account.id.clone(),
            provider: "uni".parse().unwrap(),
            issuer: ISSUER.into(),
            subject: subject.into(),
            profile: Profile::default(),
            settings: SettingsFingerprint::default(),
            auth_time: Some(self.now()),
            started_at: self.now(),
            provider_session: ProviderSession::default(),
            reauthenticated: false,
        }
    }
}

pub const ISSUER: &str = "https://sso.example.edu";

pub fn key(subject: &str) -> IdentityKey {
    key_at(ISSUER, subject)
}

pub fn key_at(issuer: &str, subject: &str) -> IdentityKey {
    IdentityKey { provider: "uni".parse().unwrap(), issuer: Issuer::from(issuer), subject: Subject::from(subject) }
}

pub fn name(text: &str) -> Username {
    text.parse().unwrap()
}

pub const MINUTE: Duration = Duration::from_mins(1);
pub const HOUR: Duration = Duration::from_hours(1);
