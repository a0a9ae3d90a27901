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

pub use sea_orm_migration::{MigrationTrait, MigratorTrait};

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
        ]
    }
}
