//! What this process may do with the database, and whether it is the only server on it.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use migrations::Schema;

use super::diagnosis::{not_ours, not_writable};
use super::{Database, Place, Store, StoreError};

/// A server has the file for itself for as long as it holds this. Commands don't need it.
#[derive(Debug)]
pub struct Alone {
    _lock: Option<File>,
}

/// How long a server that is just ending is waited for.
const ENDING: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(100);

impl Store {
    /// Whether we may do what the next start does: write, and make tables if some are missing. Only looks.
    ///
    /// # Errors
    /// What we may not do.
    pub async fn rights(&self, schema: &Schema) -> Result<(), StoreError> {
        let place = &self.reader.place;
        let missing = match (place.as_ref(), schema) {
            (Place::File(path), _) => not_ours(path).or_else(|| not_writable(&lock_beside(path))),
            (Place::Server(_), Schema::Behind) => self.no_schema_to_write().await?,
            (Place::Server(_), Schema::UpToDate | Schema::Ahead(_)) => self.tables_of_others().await?,
        };
        missing.map_or(Ok(()), |reason| Err(StoreError::forbidden(place, reason)))
    }

    async fn no_schema_to_write(&self) -> Result<Option<String>, StoreError> {
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

    async fn tables_of_others(&self) -> Result<Option<String>, StoreError> {
        let statement = "SELECT current_user::text, tablename::text FROM pg_tables \
                         WHERE schemaname = current_schema() AND tablename IN ('account', 'session', 'audit', 'replay') \
                         AND NOT has_table_privilege(quote_ident(schemaname) || '.' || quote_ident(tablename), 'INSERT')";
        let Some(row) = self.reader.one(statement, []).await? else { return Ok(None) };
        let (user, table): (String, String) = (row.get(0)?, row.get(1)?);
        Ok(Some(format!("{user} may not write to table {table}")))
    }
}

impl Alone {
    /// Takes the database for one server, if it is a file: two would each believe that they know all logins under way. On
    /// PostgreSQL, several may serve.
    ///
    /// # Errors
    /// When another server has it.
    pub async fn take(database: &Database) -> Result<Self, StoreError> {
        let Database::Sqlite { path, .. } = database else { return Ok(Self { _lock: None }) };
        let place = &Arc::new(Place::File(path.clone()));
        let beside = lock_beside(path);
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&beside);
        // After a server that ran as another user, this file belongs to that user.
        let mut file = opened.map_err(|why| match not_writable(&beside) {
            Some(reason) => StoreError::forbidden(place, reason),
            None => StoreError::io(place, why),
        })?;
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if begun.elapsed() < ENDING => tokio::time::sleep(PAUSE).await,
                Err(TryLockError::WouldBlock) => {
                    let mut text = String::new();
                    let _unread = file.read_to_string(&mut text);
                    return Err(StoreError::served(place, text.trim().parse().ok()));
                }
                Err(TryLockError::Error(why)) => {
                    let lock = beside.display();
                    tracing::warn!(%lock, %why, "this file can't be locked, so a second server would not be noticed");
                    return Ok(Self { _lock: None });
                }
            }
        }
        // For the message of another server alone.
        let _unwritten = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
        Ok(Self { _lock: Some(file) })
    }
}

/// A file of its own: SQLite loses its own locks when anybody in its process closes the database's file.
fn lock_beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push("-server");
    name.into()
}
