//! Runs statements and reads rows. Parameters are `$1`, `$2`, …, which both databases understand.

use std::sync::Arc;

use sea_orm::{ConnectionTrait, QueryResult, Statement, TryGetable, Value};
use time::OffsetDateTime;

use super::error::StoreError;
use super::location::DatabaseLocation;

/// A connection that runs statements, and where the data is, for error messages.
#[derive(Clone, Debug)]
pub(super) struct Sql<C> {
    pub connection: C,
    pub location: Arc<DatabaseLocation>,
}

impl<C: ConnectionTrait> Sql<C> {
    /// Runs a statement. Returns how many rows it changed.
    pub async fn run(
        &self,
        statement: &'static str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<u64, StoreError> {
        let done = self.connection.execute_raw(self.statement(statement, values)).await;
        done.map(|done| done.rows_affected()).map_err(|why| StoreError::new(&self.location, why))
    }

    pub async fn one(
        &self,
        statement: &'static str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Option<Row>, StoreError> {
        let row = self.connection.query_one_raw(self.statement(statement, values)).await;
        let row = row.map_err(|why| StoreError::new(&self.location, why))?;
        Ok(row.map(|row| Row { row, location: Arc::clone(&self.location) }))
    }

    pub async fn all(
        &self,
        statement: &'static str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<Row>, StoreError> {
        let rows = self.connection.query_all_raw(self.statement(statement, values)).await;
        let rows = rows.map_err(|why| StoreError::new(&self.location, why))?;
        Ok(rows.into_iter().map(|row| Row { row, location: Arc::clone(&self.location) }).collect())
    }

    fn statement(&self, statement: &'static str, values: impl IntoIterator<Item = Value>) -> Statement {
        #[cfg(test)]
        {
            STATEMENTS.set(STATEMENTS.get() + 1);
            if std::any::type_name::<C>() == std::any::type_name::<sea_orm::DatabaseTransaction>() {
                IN_TRANSACTIONS.set(IN_TRANSACTIONS.get() + 1);
            }
        }
        Statement::from_sql_and_values(self.connection.get_database_backend(), statement, values)
    }
}

#[cfg(test)]
thread_local! {
    static STATEMENTS: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
    static IN_TRANSACTIONS: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

/// How many statements this thread has run, for a test that runs on one thread.
#[cfg(test)]
pub(crate) fn statements_of_this_thread() -> u32 {
    STATEMENTS.get()
}

/// As [`statements_of_this_thread`], but only those in transactions of several statements.
#[cfg(test)]
pub(crate) fn transaction_statements_of_this_thread() -> u32 {
    IN_TRANSACTIONS.get()
}

/// One row of a result.
pub(super) struct Row {
    row: QueryResult,
    location: Arc<DatabaseLocation>,
}

impl Row {
    pub fn get<T: TryGetable>(&self, column: usize) -> Result<T, StoreError> {
        self.row.try_get_by_index(column).map_err(|why| StoreError::new(&self.location, why))
    }

    /// A column that holds one of our own types as text.
    pub fn parsed<T: std::str::FromStr>(&self, column: usize) -> Result<T, StoreError> {
        self.get::<String>(column)?.parse().map_err(|_| self.damaged(std::any::type_name::<T>()))
    }

    pub fn parsed_if_any<T: std::str::FromStr>(&self, column: usize) -> Result<Option<T>, StoreError> {
        let text: Option<String> = self.get(column)?;
        text.map(|text| text.parse().map_err(|_| self.damaged(std::any::type_name::<T>()))).transpose()
    }

    pub fn text(&self, column: usize) -> Result<String, StoreError> {
        String::from_utf8(self.get(column)?).map_err(|_| self.damaged("text"))
    }

    pub fn time(&self, column: usize) -> Result<OffsetDateTime, StoreError> {
        self.get(column).map(moment)
    }

    pub fn time_if_any(&self, column: usize) -> Result<Option<OffsetDateTime>, StoreError> {
        Ok(self.get::<Option<i64>>(column)?.map(moment))
    }

    pub fn damaged(&self, what: &'static str) -> StoreError {
        StoreError::damaged(&self.location, what)
    }
}

/// Days in the database are counted from 1970-01-01 UTC.
pub(super) fn day_of(at: OffsetDateTime) -> i64 {
    at.unix_timestamp().div_euclid(SECONDS_OF_A_DAY)
}

pub(super) const SECONDS_OF_A_DAY: i64 = 24 * 60 * 60;

/// Times in the database are whole microseconds since 1970.
pub(super) fn micros(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX)
}

fn moment(micros: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
