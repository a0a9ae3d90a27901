//! Opens the database: its connections, and the migrations of its schema.

use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use migrations::Schema;
use sea_orm::{ConnectionTrait as _, DatabaseConnection};
use sea_orm::{SqlxPostgresConnector, SqlxSqliteConnector};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

use super::connections::Connections;
use super::diagnosis::access_problem;
use super::location::{FileId, target_without_folder};
use super::pool_options::pool_options;
use super::postgres_address::{connect_options, location_of, names_no_user};
use super::postgres_pool::{AccessMode, PostgresPool};
use super::sql::Sql;
use super::sqlite_pool::SqlitePool;
use super::{DatabaseLocation, Store, StoreError, SuspensionCache};
use crate::base::clock::Clock;
use crate::base::secret::Secret;
use crate::config::Synchronous;

/// Which database to open.
#[derive(Debug, Clone)]
pub enum Database {
    /// A SQLite file. It is created if it does not exist.
    Sqlite { path: PathBuf, synchronous: Synchronous },
    /// A `postgres://` address.
    Postgres(Secret<String>),
}

impl Database {
    /// A file, with the default durability.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::Sqlite { path: path.into(), synchronous: Synchronous::default() }
    }
}

/// How long a statement waits for a lock. A caller waits twice as long for a connection.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const READERS: u32 = 4;
/// How long SQLite's idle connection for transactions stays open. It costs a thread and a page cache.
const IDLE: Duration = Duration::from_mins(1);
/// The length of the write-ahead log at which SQLite copies it into the file by itself, in pages: 16 MiB. A long log
/// saves writes, because most pages change many times.
const CHECKPOINT: &str = "4000";
/// The size to which SQLite shortens the log after a long backup, in bytes: 64 MiB. While a backup runs, the log can
/// only grow.
const LOG: &str = "67108864";

impl Store {
    /// Opens the database and brings its schema up to date.
    ///
    /// # Errors
    /// When it cannot be reached or used, or its schema is newer than this binary's.
    pub async fn open(database: &Database, clock: Clock) -> Result<Self, StoreError> {
        let store = match database {
            Database::Sqlite { path, synchronous } => {
                // Before opening, because that changes the file of another program: its journal becomes a WAL.
                if let Some((existing, schema)) = Self::open_read_only(database, clock.clone()).await? {
                    existing.close().await;
                    existing.is_up_to_date(schema)?;
                }
                open_file(path, *synchronous, clock).await?
            }
            Database::Postgres(url) => open_server(url, AccessMode::Start, clock).await?,
        };
        let upgraded = store.bring_up_to_date().await?.map(Arc::new);
        Ok(Self { upgraded, ..store })
    }

    /// Opens an existing database, and compares its schema with ours. Creates no file and runs no migration. `None`:
    /// the file does not exist yet. A file with another schema is only opened for reading.
    ///
    /// # Errors
    /// When it cannot be reached or used.
    pub async fn open_existing(database: &Database, clock: Clock) -> Result<Option<(Self, Schema)>, StoreError> {
        match database {
            Database::Sqlite { path, synchronous } => {
                let found = Self::open_read_only(database, clock.clone()).await?;
                let Some((existing, Schema::UpToDate)) = found else { return Ok(found) };
                existing.close().await;
                Ok(Some((open_file(path, *synchronous, clock).await?, Schema::UpToDate)))
            }
            Database::Postgres(url) => {
                let store = open_server(url, AccessMode::ReadWrite, clock).await?;
                let schema = store.schema().await?;
                Ok(Some((store, schema)))
            }
        }
    }

    /// Opens the database for reading. Creates no file and runs no migration. `None`: the file does not exist yet.
    ///
    /// # Errors
    /// When it cannot be reached or used.
    pub async fn open_read_only(database: &Database, clock: Clock) -> Result<Option<(Self, Schema)>, StoreError> {
        let store = match database {
            Database::Sqlite { path, .. } if exists(path)? => open_file_read_only(path, clock).await?,
            Database::Sqlite { path, .. } => {
                // Fails if the first start could not create the file.
                let location = Arc::new(DatabaseLocation::File(path.clone()));
                check_access(&location, path)?;
                if let Some(target) = target_without_folder(path) {
                    return Err(StoreError::dangling(&location, &target));
                }
                return Ok(None);
            }
            Database::Postgres(url) => open_server(url, AccessMode::ReadOnly, clock).await?,
        };
        let schema = store.schema().await?;
        Ok(Some((store, schema)))
    }
}

/// Work that only one instance may do at a time.
#[derive(Debug, Clone, Copy)]
pub(super) enum Lock {
    Schema,
    Keys,
}

impl super::Transaction {
    /// Waits until no other transaction holds this lock, and holds it until this one ends.
    ///
    /// SQLite needs no lock: it runs one writing transaction at a time.
    pub(super) async fn lock(&self, lock: Lock) -> Result<(), StoreError> {
        if self.sql.connection.get_database_backend() == sea_orm::DbBackend::Postgres {
            // Another instance's migration or key rotation may take longer than a sign-in should.
            self.sql.run("SET LOCAL lock_timeout = '1min'", []).await?;
            // Arbitrary numbers that no other program uses in this database: "VEST" and the kind of lock.
            let number: i64 = 0x5645_5354_0000
                + match lock {
                    Lock::Schema => 1,
                    Lock::Keys => 2,
                };
            self.sql.one("SELECT 1 FROM (SELECT pg_advisory_xact_lock($1)) AS lock", [number.into()]).await?;
        }
        Ok(())
    }
}

/// # Errors
/// When this process may not look into the folder.
fn exists(path: &Path) -> Result<bool, StoreError> {
    path.try_exists().map_err(|why| StoreError::io(&Arc::new(DatabaseLocation::File(path.to_owned())), why))
}

async fn open_file(path: &Path, synchronous: Synchronous, clock: Clock) -> Result<Store, StoreError> {
    let location = Arc::new(DatabaseLocation::File(path.to_owned()));
    create_private(path).map_err(|why| StoreError::io(&location, why))?;
    check_access(&location, path)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(match synchronous {
            Synchronous::Normal => SqliteSynchronous::Normal,
            Synchronous::Full => SqliteSynchronous::Full,
        })
        .foreign_keys(true)
        .pragma("wal_autocheckpoint", CHECKPOINT)
        .pragma("journal_size_limit", LOG)
        .busy_timeout(BUSY_TIMEOUT)
        .disable_statement_logging();
    let writer = SqlitePool::new(options.clone(), 1, 2 * BUSY_TIMEOUT);
    writer.open().await.map_err(|why| StoreError::unopened(&location, why))?;
    let file = FileId::of(path).map(Arc::new);
    let transactions = pool_options().max_connections(1).min_connections(0).idle_timeout(IDLE);
    let transactions = transactions.test_before_acquire(false).acquire_timeout(2 * BUSY_TIMEOUT);
    let transactions =
        transactions.after_release(|connection, _| Box::pin(has_ended(connection))).connect_lazy_with(options.clone());
    let reader = SqlitePool::new(options.pragma("query_only", "on"), READERS, 2 * BUSY_TIMEOUT);
    Ok(Store {
        writer: Sql { connection: Connections::Sqlite(writer), location: Arc::clone(&location) },
        transactions: SqlxSqliteConnector::from_sqlx_sqlite_pool(transactions),
        reader: Sql { connection: Connections::Sqlite(reader), location },
        login_ends: Arc::default(),
        suspensions: SuspensionCache::default(),
        upgraded: None,
        file,
        clock,
    })
}

/// Whether the last transaction of a connection has ended. On a full disk SQLite may neither commit nor roll back. The
/// next transaction on that connection would join the open one, report success, and be lost.
async fn has_ended(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    // Waits for a rollback that may be queued.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

/// Opens a file for reading. The file handle is writable: otherwise SQLite could not remove its side files at the end.
async fn open_file_read_only(path: &Path, clock: Clock) -> Result<Store, StoreError> {
    let location = Arc::new(DatabaseLocation::File(path.to_owned()));
    check_access(&location, path)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("query_only", "on")
        .disable_statement_logging();
    let pool = pool_options().max_connections(1).acquire_timeout(2 * BUSY_TIMEOUT).connect_with(options).await;
    let connection =
        SqlxSqliteConnector::from_sqlx_sqlite_pool(pool.map_err(|why| StoreError::unopened(&location, why))?);
    Ok(pooled(Connections::ReadOnly(connection.clone()), connection, location, clock))
}

/// Checks access before SQLite opens the file: next to a read-only file, SQLite would create read-only side files.
fn check_access(location: &Arc<DatabaseLocation>, path: &Path) -> Result<(), StoreError> {
    access_problem(path).map_or(Ok(()), |problem| Err(StoreError::unwritable(location, &problem)))
}

/// Creates a file that only its owner may read. SQLite gives its side files the same mode.
fn create_private(path: &Path) -> std::io::Result<()> {
    match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(why) if why.kind() != std::io::ErrorKind::AlreadyExists => Err(why),
        // A link to a file that does not exist yet. SQLite does not make that file.
        Err(_) if !path.exists() => {
            let target = std::fs::OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
            target.map(drop)
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

async fn open_server(url: &Secret<String>, mode: AccessMode, clock: Clock) -> Result<Store, StoreError> {
    let unread = Arc::new(DatabaseLocation::Server("in [database] url".into()));
    let options = connect_options(url.expose()).map_err(|why| StoreError::unopened(&unread, why))?;
    // We store no fractions, and poolers refuse startup parameters that they don't know.
    let options = options.application_name("vestibule").extra_float_digits(None).disable_statement_logging();
    let location = Arc::new(DatabaseLocation::Server(location_of(&options)));
    if names_no_user(url.expose(), std::env::var("PGUSER").ok().as_deref()) {
        return Err(StoreError::without_user(&location));
    }
    let server = PostgresPool::open(options, &location, 2 * BUSY_TIMEOUT, mode).await?;
    if server.traits.encoding != "UTF8" {
        return Err(StoreError::encoding(&location, server.traits.encoding.clone()));
    }
    let transactions = SqlxPostgresConnector::from_sqlx_postgres_pool(server.pool().clone());
    Ok(pooled(Connections::Postgres(server), transactions, location, clock))
}

/// A store whose reads, writes and transactions share one pool.
fn pooled(
    connection: Connections,
    transactions: DatabaseConnection,
    location: Arc<DatabaseLocation>,
    clock: Clock,
) -> Store {
    let writer = Sql { connection, location };
    Store {
        reader: writer.clone(),
        writer,
        transactions,
        login_ends: Arc::default(),
        suspensions: SuspensionCache::default(),
        upgraded: None,
        file: None,
        clock,
    }
}
