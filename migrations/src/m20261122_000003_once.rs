//! What may happen once: the logins that were spent, until they would have expired anyway.

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

const STATEMENTS: [&str; 2] = [
    "CREATE TABLE once (
        key {bytes} NOT NULL PRIMARY KEY,
        first_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL
    ) {without_rowid}",
    "CREATE INDEX once_by_expiry ON once (expires_at)",
];
