//! The database schema, one file per topic. Migrations can't be undone.
//!
//! Times are whole microseconds since 1970-01-01T00:00:00Z. Values that must be compared byte for byte are stored as
//! bytes, so that no collation changes the result.

mod migration;
mod returning_login;
mod m20261129_000001_accounts;
mod m20261129_000002_sessions;
mod m20261129_000003_passwords;
mod m20261129_000004_login_throttle;
mod m20261129_000005_audit;
mod m20261129_000006_signing_keys;
mod m20261129_000007_replay;
mod m20261129_000008_returning_login;
mod m20261130_000009_linking;
mod m20261201_000010_link_requests;
mod m20261201_000011_audit_personal;
mod m20261201_000012_session_rows;
mod m20261201_000013_access_requests;
mod m20261201_000014_roles;
mod m20261201_000015_search_terms;
mod m20261201_000017_suspended_providers;
mod m20261201_000018_addresses;
mod m20261201_000019_operations;
mod m20261201_000026_session_index;

pub use sea_orm_migration::{MigrationTrait, MigratorTrait};

use migration::Migration;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

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
const ALL: [Migration; 19] = [
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
    Migration {
        name: "m20261130_000009_linking",
        both: &m20261130_000009_linking::STATEMENTS,
        sqlite: &m20261130_000009_linking::SQLITE,
        postgres: &m20261130_000009_linking::POSTGRES,
    },
    for_both("m20261201_000010_link_requests", &m20261201_000010_link_requests::STATEMENTS),
    for_both("m20261201_000011_audit_personal", &m20261201_000011_audit_personal::STATEMENTS),
    Migration {
        name: "m20261201_000012_session_rows",
        both: &m20261201_000012_session_rows::STATEMENTS,
        sqlite: &m20261201_000012_session_rows::SQLITE,
        postgres: &m20261201_000012_session_rows::POSTGRES,
    },
    for_both("m20261201_000013_access_requests", &m20261201_000013_access_requests::STATEMENTS),
    for_both("m20261201_000014_roles", &m20261201_000014_roles::STATEMENTS),
    for_both("m20261201_000015_search_terms", &m20261201_000015_search_terms::STATEMENTS),
    Migration {
        name: "m20261201_000017_suspended_providers",
        both: &m20261201_000017_suspended_providers::STATEMENTS,
        sqlite: &m20261201_000017_suspended_providers::SQLITE,
        postgres: &m20261201_000017_suspended_providers::POSTGRES,
    },
    Migration {
        name: "m20261201_000018_addresses",
        both: &m20261201_000018_addresses::STATEMENTS,
        sqlite: &m20261201_000018_addresses::SQLITE,
        postgres: &m20261201_000018_addresses::POSTGRES,
    },
    for_both("m20261201_000019_operations", &m20261201_000019_operations::STATEMENTS),
    for_both("m20261201_000026_session_index", &m20261201_000026_session_index::STATEMENTS),
];

const fn for_both(name: &'static str, both: &'static [&'static str]) -> Migration {
    Migration { name, both, sqlite: &[], postgres: &[] }
}

/// The table in which a database remembers its migrations.
const MIGRATIONS: &str = "seaql_migrations";

/// The schema of a database, compared with the one that this binary knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schema {
    UpToDate,
    /// Some or all migrations are missing.
    Behind,
    /// A newer binary changed the schema: the first of its migrations that this one does not know.
    Ahead(String),
    /// Another program made tables, indexes or views with names that the missing migrations need: these names.
    Occupied(String),
}

/// The newest migration of a database. `None` if it has no schema yet.
///
/// # Errors
/// When the database fails.
pub async fn newest(db: &impl ConnectionTrait) -> Result<Option<String>, DbErr> {
    let exists = existing(db).await?.iter().any(|name| name == MIGRATIONS);
    if exists { Ok(applied(db).await?.pop()) } else { Ok(None) }
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
pub async fn compare(db: &impl ConnectionTrait) -> Result<Schema, DbErr> {
    // In this order: what another instance creates meanwhile is then among the applied migrations.
    let existing = existing(db).await?;
    let exists = |name: &str| existing.iter().any(|existing| existing == name);
    let applied = if exists(MIGRATIONS) { applied(db).await? } else { Vec::new() };
    let is_applied = |migration: &Migration| applied.iter().any(|version| version == migration.name);
    let unknown = applied.iter().find(|version| ALL.iter().all(|migration| migration.name != version.as_str()));
    if let Some(version) = unknown {
        // Programs that use the same library keep their migrations in a table of the same name.
        let ours = ALL.iter().any(is_applied);
        return Ok(if ours { Schema::Ahead(version.clone()) } else { Schema::Occupied(MIGRATIONS.to_owned()) });
    }
    let missing: Vec<_> = ALL.iter().filter(|migration| !is_applied(migration)).collect();
    let created = missing.iter().flat_map(|migration| migration.created());
    let occupied: Vec<_> = created.filter(|name| exists(name)).collect();
    Ok(if missing.is_empty() {
        Schema::UpToDate
    } else if occupied.is_empty() {
        Schema::Behind
    } else {
        Schema::Occupied(occupied.join(", "))
    })
}

/// Those of our tables, indexes and views that exist. Another program may have created them, or another user: finding
/// them needs no rights on them.
async fn existing(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let names: Vec<_> = ALL.iter().flat_map(Migration::created).chain([MIGRATIONS]).collect();
    let names = format!("('{}')", names.join("', '"));
    let backend = db.get_database_backend();
    let statement = match backend {
        // Names of tables are also names of types.
        DbBackend::Postgres => format!(
            "SELECT relname::text FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace \
             WHERE nspname = current_schema() AND relname IN {names} \
             UNION SELECT typname::text FROM pg_type JOIN pg_namespace n ON n.oid = typnamespace \
             WHERE nspname = current_schema() AND typname IN {names}"
        ),
        // SQLite ignores the case of names. Triggers have names of their own.
        _ => format!("SELECT lower(name) FROM sqlite_master WHERE type <> 'trigger' AND lower(name) IN {names}"),
    };
    let rows = db.query_all_raw(Statement::from_string(backend, statement)).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}
