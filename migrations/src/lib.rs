//! The schema, one file a migration, forward only.
//!
//! Times are whole microseconds since 1970-01-01T00:00:00Z. What must be compared byte for byte is kept as bytes, so
//! that no collation of either database has a say in it.

mod dialect;
mod m20261122_000001_accounts;
mod m20261122_000002_sessions;
mod m20261122_000003_once;
mod m20261122_000004_audit;
mod m20261122_000005_signing_keys;
mod m20261122_000006_known_login;
mod m20261123_000007_passwords;
mod m20261123_000008_known_login_without_session;
mod m20261123_000009_known_login_as_seen;
mod m20261129_000010_password_generation;
mod m20261129_000012_account_skeleton;

pub use sea_orm_migration::{MigrationTrait, MigratorTrait};

use sea_orm_migration::SchemaManager;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, Statement};

/// Every migration that this binary knows, oldest first.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_accounts::Migration),
            Box::new(m20261122_000002_sessions::Migration),
            Box::new(m20261122_000003_once::Migration),
            Box::new(m20261122_000004_audit::Migration),
            Box::new(m20261122_000005_signing_keys::Migration),
            Box::new(m20261122_000006_known_login::Migration),
            Box::new(m20261123_000007_passwords::Migration),
            Box::new(m20261123_000008_known_login_without_session::Migration),
            Box::new(m20261123_000009_known_login_as_seen::Migration),
            Box::new(m20261129_000010_password_generation::Migration),
            Box::new(m20261129_000012_account_skeleton::Migration),
        ]
    }
}

/// What a database has seen, beside what this binary knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schema {
    UpToDate,
    /// Some or all migrations are missing.
    Behind,
    /// A newer binary has been here: the first of its migrations that this one does not know.
    Ahead(String),
}

/// Compares, and writes nothing.
///
/// # Errors
/// When the database fails.
pub async fn compare(db: &DatabaseConnection) -> Result<Schema, DbErr> {
    if !SchemaManager::new(db).has_table("seaql_migrations").await? {
        return Ok(Schema::Behind);
    }
    let statement = "SELECT version FROM seaql_migrations ORDER BY version";
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), statement)).await?;
    let applied = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<Vec<String>, DbErr>>()?;
    let known = Migrator::migrations();
    let unknown = applied.iter().find(|version| !known.iter().any(|migration| migration.name() == version.as_str()));
    Ok(match unknown {
        Some(version) => Schema::Ahead(version.clone()),
        None if applied.len() == known.len() => Schema::UpToDate,
        None => Schema::Behind,
    })
}
