//! The few words of the schema in which SQLite and PostgreSQL differ.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// Runs statements written for both databases: `{bytes}`, `{text}`, `{number}` and `{without_rowid}` stand for the
/// words of each. `{text}` compares and sorts by bytes.
pub async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    let [bytes, text, number, without_rowid] = match manager.get_database_backend() {
        DbBackend::Postgres => ["BYTEA", "TEXT COLLATE \"C\"", "BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY", ""],
        _ => ["BLOB", "TEXT", "INTEGER PRIMARY KEY", "WITHOUT ROWID"],
    };
    for statement in statements {
        let statement = statement
            .replace("{bytes}", bytes)
            .replace("{text}", text)
            .replace("{number}", number)
            .replace("{without_rowid}", without_rowid);
        manager.get_connection().execute_unprepared(&statement).await?;
    }
    Ok(())
}
