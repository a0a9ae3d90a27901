//! The schema of the database: compares it with ours, and runs the missing migrations.

use migrations::{Migrator, MigratorTrait as _, Schema};

use super::open::Lock;
use super::{Store, StoreError};

/// The upgrade of a schema that was older than this binary's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upgrade {
    /// The newest migration before the upgrade.
    pub from: String,
    /// The newest migration after the upgrade.
    pub to: String,
}

impl Store {
    /// Runs the missing migrations in one transaction: if the process is killed, the schema does not change. Returns
    /// the upgrade of an older schema, but `None` for a new database.
    pub(super) async fn bring_up_to_date(&self) -> Result<Option<Upgrade>, StoreError> {
        if self.is_up_to_date(self.schema().await?)? {
            return Ok(None);
        }
        let failed = |why| StoreError::new(&self.writer.location, why);
        let transaction = self.begin().await?;
        transaction.lock(Lock::Schema).await?;
        let connection = &transaction.sql.connection;
        // Another instance may have changed the schema before this one got the lock.
        if self.is_up_to_date(migrations::compare(connection).await.map_err(failed)?)? {
            return Ok(None);
        }
        let from = migrations::newest(connection).await.map_err(failed)?;
        Migrator::up(connection, None).await.map_err(failed)?;
        let to = migrations::newest(connection).await.map_err(failed)?;
        transaction.commit().await?;
        Ok(from.zip(to).map(|(from, to)| Upgrade { from, to }))
    }

    pub(super) async fn schema(&self) -> Result<Schema, StoreError> {
        let compared = migrations::compare(&self.transactions).await;
        compared.map_err(|why| StoreError::new(&self.reader.location, why))
    }

    /// Whether the schema is this binary's own. `false`: the next start brings it up to date.
    ///
    /// # Errors
    /// When the schema is newer than this binary's, or another program's.
    pub fn is_up_to_date(&self, schema: Schema) -> Result<bool, StoreError> {
        match schema {
            Schema::UpToDate => Ok(true),
            Schema::Behind => Ok(false),
            Schema::Ahead(found) => Err(StoreError::newer(&self.reader.location, found)),
            Schema::Occupied(names) => Err(StoreError::occupied(&self.reader.location, names)),
        }
    }
}
