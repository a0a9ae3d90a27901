//! Accounts, their groups, and the external identities that are tied to them.

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

const STATEMENTS: [&str; 4] = [
    // `folded` is the name under NFKC and case folding: what makes two names the same name.
    "CREATE TABLE account (
        id {text} NOT NULL PRIMARY KEY,
        username {text} NOT NULL,
        folded {text} NOT NULL UNIQUE,
        created_at BIGINT NOT NULL,
        disabled_by {text},
        disabled_at BIGINT
    )",
    "CREATE TABLE account_group (
        account_id {text} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
        name {text} NOT NULL,
        PRIMARY KEY (account_id, name)
    ) {without_rowid}",
    // `client_id`: the client of ours at the provider through which the identity came, where one did.
    "CREATE TABLE identity (
        provider {text} NOT NULL,
        issuer {bytes} NOT NULL,
        subject {bytes} NOT NULL,
        account_id {text} NOT NULL REFERENCES account (id),
        client_id {text},
        created_at BIGINT NOT NULL,
        PRIMARY KEY (provider, issuer, subject)
    ) {without_rowid}",
    "CREATE INDEX identity_of_account ON identity (account_id)",
];
