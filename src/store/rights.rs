//! Checks what this process may do with the database, and locks a SQLite file for one server.

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

/// The lock that only one server can hold for a SQLite file. Commands don't need it.
#[derive(Debug)]
pub struct ServerLock {
    _lock: Option<File>,
}

/// How long a starting server waits for one that is stopping.
const LOCK_WAIT: Duration = Duration::from_secs(2);
const RETRY_PAUSE: Duration = Duration::from_millis(100);

impl Store {
    /// Checks that a start would succeed: this process may write, and create the tables that are missing. Changes
    /// nothing.
    ///
    /// # Errors
    /// When the schema is newer than this binary's or another program's, or this process lacks a right. The error
    /// names it.
    pub async fn check_start(&self, schema: Schema) -> Result<(), StoreError> {
        let location = &self.reader.location;
        let missing = match (location.as_ref(), self.is_up_to_date(schema)?) {
            (DatabaseLocation::File(path), _) => {
                let problem = access_problem(path).or_else(|| write_problem(&lock_path(path)));
                return problem.map_or(Ok(()), |problem| Err(StoreError::unwritable(location, &problem)));
            }
            (DatabaseLocation::Server(_), _) if self.reader.connection.is_read_only_server() => {
                return Err(StoreError::read_only(location));
            }
            (DatabaseLocation::Server(_), true) => self.table_problem().await?,
            (DatabaseLocation::Server(_), false) => self.schema_problem().await?,
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
    /// Locks a SQLite file for one server: each of two servers would assume that it knows all logins in flight. Several
    /// servers may share a PostgreSQL database, so this does not lock it.
    ///
    /// # Errors
    /// When another server uses the file, or the lock file can't be opened.
    pub async fn acquire(database: &Database) -> Result<Self, StoreError> {
        let Database::Sqlite { path, .. } = database else { return Ok(Self { _lock: None }) };
        let location = &Arc::new(DatabaseLocation::File(path.clone()));
        let lock_file = lock_path(path);
        let opened =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&lock_file);
        // The lock file may belong to another user, who ran the server before.
        let mut file = opened.map_err(|why| match write_problem(&lock_file) {
            Some(problem) => StoreError::unwritable(location, &problem),
            None => StoreError::io(location, why),
        })?;
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if begun.elapsed() < LOCK_WAIT => tokio::time::sleep(RETRY_PAUSE).await,
                Err(TryLockError::WouldBlock) => return Err(StoreError::served(location, holder(&mut file))),
                Err(TryLockError::Error(why)) => {
                    let lock = lock_file.display();
                    tracing::warn!(%lock, error = %why, "can't lock this file: a second server would go unnoticed");
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
    /// The server that uses the SQLite file now, if there is one. Always `None` on PostgreSQL, which several servers
    /// may share.
    #[must_use]
    pub fn running_server(&self) -> Option<Server> {
        let DatabaseLocation::File(path) = self.reader.location.as_ref() else { return None };
        let mut file = File::open(lock_path(path)).ok()?;
        // The lock is released at once. A server that starts meanwhile tries again.
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

/// A separate file: when a process closes any handle of the database's file, SQLite loses its locks on that file.
fn lock_path(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push("-server");
    name.into()
}
