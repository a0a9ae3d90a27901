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

const STATEMENTS: [&str; 1] = [
    // No index but the key: keys sort by age, so what ran out is found at the front, and a login writes one page less.
    "CREATE TABLE once (
        key {bytes} NOT NULL PRIMARY KEY,
        first_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL
    ) {without_rowid}",
];
