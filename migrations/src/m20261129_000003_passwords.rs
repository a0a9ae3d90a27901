//! Local passwords, as hashes. Each hash says how it was made.

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

const STATEMENTS: [&str; 1] = ["CREATE TABLE password (
        account_id {text} NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
        hash {text} NOT NULL,
        changed_at BIGINT NOT NULL
    ) {without_rowid}"];
