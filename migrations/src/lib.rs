//! The database schema, one file per topic. Migrations can't be undone.
//!
//! Times are whole microseconds since 1970-01-01T00:00:00Z. Values that must be compared byte for byte are stored as
//! bytes, so that no collation changes the result.

mod migration;
mod m20261129_000001_accounts;
mod m20261129_000002_sessions;
mod m20261129_000003_passwords;
mod m20261129_000004_login_throttle;
mod m20261129_000005_audit;
mod m20261129_000006_signing_keys;
mod m20261129_000007_replay;
mod m20261129_000008_returning_login;

pub use sea_orm_migration::{MigrationTrait, MigratorTrait};

use migration::Migration;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr, Statement};
use sea_orm_migration::{IntoSchemaManagerConnection, SchemaManager};

/// Every migration that this binary knows, oldest first.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let migrations = ALL.into_iter().map(|migration| Box::new(migration) as Box<dyn MigrationTrait>);
        migrations.collect()
    }
}

/// Oldest first. A name never changes: databases remember it.
const ALL: [Migration; 8] = [
    for_both("m20261129_000001_accounts", &m20261129_000001_accounts::STATEMENTS),
    for_both("m20261129_000002_sessions", &m20261129_000002_sessions::STATEMENTS),
    for_both("m20261129_000003_passwords", &m20261129_000003_passwords::STATEMENTS),
    for_both("m20261129_000004_login_throttle", &m20261129_000004_login_throttle::STATEMENTS),
    for_both("m20261129_000005_audit", &m20261129_000005_audit::STATEMENTS),
    for_both("m20261129_000006_signing_keys", &m20261129_000006_signing_keys::STATEMENTS),
    for_both("m20261129_000007_replay", &m20261129_000007_replay::STATEMENTS),
    Migration {
        name: "m20261129_000008_returning_login",
        both: &[m20261129_000008_returning_login::VIEW],
        sqlite: &m20261129_000008_returning_login::SQLITE,
        postgres: &m20261129_000008_returning_login::POSTGRES,
    },
];

const fn for_both(name: &'static str, both: &'static [&'static str]) -> Migration {
    Migration { name, both, sqlite: &[], postgres: &[] }
}

/// The schema of a database, compared with the one that this binary knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schema {
    UpToDate,
    /// Some or all migrations are missing.
    Behind,
    /// A newer binary changed the schema: the first of its migrations that this one does not know.
    Ahead(String),
}

/// The newest migration of a database. `None` if it has no schema yet.
///
/// # Errors
/// When the database fails.
pub async fn newest<'c, C>(db: &'c C) -> Result<Option<String>, DbErr>
where
    C: ConnectionTrait,
    &'c C: IntoSchemaManagerConnection<'c>,
{
    if !SchemaManager::new(db).has_table("seaql_migrations").await? {
        return Ok(None);
    }
    Ok(applied(db).await?.pop())
}

/// The names of the migrations that were applied, oldest first.
async fn applied(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let statement = "SELECT version FROM seaql_migrations ORDER BY version";
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), statement)).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// Compares the database's schema with the one that this binary knows. Writes nothing.
///
/// # Errors
/// When the database fails.
pub async fn compare<'c, C>(db: &'c C) -> Result<Schema, DbErr>
where
    C: ConnectionTrait,
    &'c C: IntoSchemaManagerConnection<'c>,
{
    if !SchemaManager::new(db).has_table("seaql_migrations").await? {
        return Ok(Schema::Behind);
    }
    let applied = applied(db).await?;
    let known = Migrator::migrations();
    let unknown = applied.iter().find(|version| !known.iter().any(|migration| migration.name() == version.as_str()));
    Ok(match unknown {
        Some(version) => Schema::Ahead(version.clone()),
        None if applied.len() == known.len() => Schema::UpToDate,
        None => Schema::Behind,
    })
}
