//! The audit, and the reference codes that lead to its rows.

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

const STATEMENTS: [&str; 5] = [
    // No foreign key to the account: what happened stays told. `bucket` names the minute, the network and the kind of
    // a refusal, so that a thousand of the same are one row with a count.
    "CREATE TABLE audit (
        id {number},
        at BIGINT NOT NULL,
        last_at BIGINT NOT NULL,
        event {text} NOT NULL,
        actor {text},
        app {text},
        provider {text},
        account_id {text},
        cause {text},
        detail {text},
        network {text},
        count BIGINT NOT NULL DEFAULT 1,
        bucket {bytes}
    )",
    // Few indexes: a login writes a page for each. Ids grow with time; most rows have no bucket.
    "CREATE UNIQUE INDEX audit_in_bucket ON audit (bucket) WHERE bucket IS NOT NULL",
    "CREATE INDEX audit_of_account ON audit (account_id, id)",
    // Refusals counted in one row may differ in their facts: each code keeps its own.
    "CREATE TABLE audit_code (
        code {text} NOT NULL PRIMARY KEY,
        audit_id BIGINT NOT NULL REFERENCES audit (id) ON DELETE CASCADE,
        at BIGINT NOT NULL,
        detail {text}
    ) {without_rowid}",
    "CREATE INDEX audit_code_of_audit ON audit_code (audit_id)",
];
