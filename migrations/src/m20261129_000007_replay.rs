//! What may be used only once, remembered until it would have expired anyway.

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
    // No index but the primary key: keys of one kind sort by age, so what has expired is found at the front, and a
    // login writes one page less.
    "CREATE TABLE replay (
        key {bytes} NOT NULL PRIMARY KEY,
        first_used_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL
    ) {without_rowid}",
];
