//! Copies SQLite's log into its file, beside whoever writes.

use sea_orm::ConnectionTrait as _;

use super::{Store, StoreError};

impl Store {
    /// Brings to disk what was written since the last time, and copies it from the log into the file; a server does that by
    /// itself. Call it every second or so: left to the writer, which does it when the log has grown long, it holds everybody
    /// up who signs in meanwhile.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn checkpoint(&self) -> Result<(), StoreError> {
        if !self.writer.on.has_written() {
            return Ok(());
        }
        // Waits for nobody, and nobody for it: what is written while it runs is left for the next time.
        let copied = self.reader.on.execute_unprepared("PRAGMA wal_checkpoint(PASSIVE)").await;
        copied.map(|_| ()).map_err(|why| StoreError::new(&self.reader.place, why))
    }
}
