//! Sessions. A session is found by the hash of its id; the id itself is in the browser alone.

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
    "CREATE TABLE session (
        id_hash {bytes} NOT NULL PRIMARY KEY,
        account_id {text} REFERENCES account (id) ON DELETE CASCADE,
        provider {text},
        data {bytes} NOT NULL,
        expires_at BIGINT NOT NULL
    ) {without_rowid}",
    "CREATE INDEX session_by_account ON session (account_id)",
    "CREATE INDEX session_by_expiry ON session (expires_at)",
];
