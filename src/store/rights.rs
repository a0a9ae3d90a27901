//! What this process is allowed to do with the database, and the lock that lets one server work with a file.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use migrations::Schema;

use super::diagnosis::{access_problem, write_problem};
use super::{Database, DatabaseLocation, Store, StoreError};

/// The lock of the one server that works with a file. Commands don't need it.
#[derive(Debug)]
pub struct ServerLock {
    _lock: Option<File>,
}

/// How long a start waits for a server that is just ending.
const LOCK_WAIT: Duration = Duration::from_secs(2);
const RETRY_PAUSE: Duration = Duration::from_millis(100);

impl Store {
    /// Whether a start would succeed: whether this process may write, and make the tables that are missing. Changes
    /// nothing.
    ///
    /// # Errors
    /// What this process may not do.
    pub async fn check_rights(&self, schema: &Schema) -> Result<(), StoreError> {
        let location = &self.reader.location;
        let missing = match (location.as_ref(), schema) {
            (DatabaseLocation::File(path), _) => access_problem(path).or_else(|| write_problem(&lock_path(path))),
            (DatabaseLocation::Server(_), Schema::Behind) => self.schema_problem().await?,
            (DatabaseLocation::Server(_), Schema::UpToDate | Schema::Ahead(_)) => self.table_problem().await?,
        };
        missing.map_or(Ok(()), |reason| Err(StoreError::forbidden(location, reason)))
    }

    async fn schema_problem(&self) -> Result<Option<String>, StoreError> {
        let statement = "SELECT current_user::text, current_schema()::text, \
                         COALESCE(has_schema_privilege(current_schema(), 'CREATE'), false)";
        let Some(row) = self.reader.one(statement, []).await? else { return Ok(None) };
        let (user, schema, may): (String, Option<String>, bool) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(match schema {
            Some(schema) if !may => Some(format!("{user} may not create tables in schema {schema}")),
            Some(_) => None,
            None => Some(format!("{user} may use no schema of its search_path")),
        })
    }

    async fn table_problem(&self) -> Result<Option<String>, StoreError> {
        let statement = "SELECT current_user::text, tablename::text FROM pg_tables \
                         WHERE schemaname = current_schema() AND tablename IN ('account', 'session', 'audit', \
                         'replay') AND NOT has_table_privilege(quote_ident(schemaname) || '.' || \
                         quote_ident(tablename), 'INSERT')";
        let Some(row) = self.reader.one(statement, []).await? else { return Ok(None) };
        let (user, table): (String, String) = (row.get(0)?, row.get(1)?);
        Ok(Some(format!("{user} may not write to table {table}")))
    }
}

impl ServerLock {
    /// Locks the database for one server, if it is a file: each of two servers would believe that it knows all logins
    /// in flight. Several servers may share a PostgreSQL database.
    ///
    /// # Errors
    /// When another server has it.
    pub async fn acquire(database: &Database) -> Result<Self, StoreError> {
        let Database::Sqlite { path, .. } = database else { return Ok(Self { _lock: None }) };
        let location = &Arc::new(DatabaseLocation::File(path.clone()));
        let beside = lock_path(path);
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&beside);
        // The file belongs to the user that ran the server before.
        let mut file = opened.map_err(|why| match write_problem(&beside) {
            Some(reason) => StoreError::forbidden(location, reason),
            None => StoreError::io(location, why),
        })?;
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if begun.elapsed() < LOCK_WAIT => tokio::time::sleep(RETRY_PAUSE).await,
                Err(TryLockError::WouldBlock) => return Err(StoreError::served(location, holder(&mut file))),
                Err(TryLockError::Error(why)) => {
                    let lock = beside.display();
                    tracing::warn!(%lock, error = %why, "can't lock this file, so a second server would go unnoticed");
                    return Ok(Self { _lock: None });
                }
            }
        }
        // The next server names this process in its message.
        let _unwritten = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
        Ok(Self { _lock: Some(file) })
    }
}

impl Store {
    /// The server that works with the database's file now, if there is one. Several may share a PostgreSQL database,
    /// so this knows of none there.
    #[must_use]
    pub fn running_server(&self) -> Option<Server> {
        let DatabaseLocation::File(path) = self.reader.location.as_ref() else { return None };
        let mut file = File::open(lock_path(path)).ok()?;
        // Given back at once. A server that starts meanwhile tries again.
        match file.try_lock_shared() {
            Ok(()) | Err(TryLockError::Error(_)) => None,
            Err(TryLockError::WouldBlock) => Some(Server { process: holder(&mut file) }),
        }
    }
}

/// A running server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Server {
    /// Its process id, if the lock file names it.
    pub process: Option<u32>,
}

/// The process that the lock file names.
fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    let _unread = file.read_to_string(&mut text);
    text.trim().parse().ok()
}

/// A file of its own. If a process closes any handle of the database's file, SQLite loses its locks on it.
fn lock_path(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push("-server");
    name.into()
}
