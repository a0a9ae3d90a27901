//! Passwords of our own, and the tries that went wrong.

use sea_orm_migration::prelude::*;

use crate::dialect;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, &STATEMENTS).await
    }
}

const STATEMENTS: [&str; 3] = [
    // Each hash says in itself how it was made. Gone with its account.
    "CREATE TABLE password (
        account_id {text} NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
        hash {text} NOT NULL,
        changed_at BIGINT NOT NULL
    ) {without_rowid}",
    // `mark` names an account or a network to whoever holds the master key, and to nobody else.
    "CREATE TABLE tries (
        mark {bytes} NOT NULL PRIMARY KEY,
        failures BIGINT NOT NULL,
        last_at BIGINT NOT NULL
    ) {without_rowid}",
    "CREATE INDEX tries_by_age ON tries (last_at)",
];
