//! Checks what this process may do with the database.

use migrations::Schema;

use super::diagnosis::{access_problem, write_problem};
use super::server_lock::lock_path;
use super::{DatabaseLocation, Store, StoreError};

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
