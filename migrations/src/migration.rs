//! One migration: a name and its statements.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// Statements that run in this order, under a name that the database remembers. In a statement, `{bytes}`, `{text}`,
/// `{number}` and `{without_rowid}` are replaced by SQL of the database in use. `{text}` compares and sorts by bytes.
pub struct Migration {
    pub name: &'static str,
    /// For both databases.
    pub both: &'static [&'static str],
    /// Run after `both`, for one of the databases.
    pub sqlite: &'static [&'static str],
    pub postgres: &'static [&'static str],
}

impl Migration {
    /// The names of the tables, indexes and views that it creates. None may exist before. Views that it replaces are
    /// not among them.
    pub fn created(&self) -> impl Iterator<Item = &'static str> {
        const KINDS: [&str; 4] = ["CREATE TABLE ", "CREATE INDEX ", "CREATE UNIQUE INDEX ", "CREATE VIEW "];
        self.both.iter().filter_map(|statement| {
            let rest = KINDS.into_iter().find_map(|kind| statement.strip_prefix(kind))?;
            let name = rest.split_whitespace().next()?;
            let is_replaced = self.both.iter().any(|other| other.strip_prefix("DROP VIEW ") == Some(name));
            (!is_replaced).then_some(name)
        })
    }
}

impl MigrationName for Migration {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (own, [bytes, text, number, without_rowid]) = match manager.get_database_backend() {
            DbBackend::Postgres => {
                (self.postgres, ["BYTEA", "TEXT COLLATE \"C\"", "BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY", ""])
            }
            _ => (self.sqlite, ["BLOB", "TEXT", "INTEGER PRIMARY KEY", "WITHOUT ROWID"]),
        };
        for statement in self.both.iter().chain(own) {
            let statement = statement
                .replace("{bytes}", bytes)
                .replace("{text}", text)
                .replace("{number}", number)
                .replace("{without_rowid}", without_rowid);
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        Ok(())
    }
}
