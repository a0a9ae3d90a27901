//! What an account's name looks like, whatever its letters: no two accounts look alike.

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
    // The store fills it for accounts that exist. NULL: an older account looked like this one before that was forbidden.
    "ALTER TABLE account ADD COLUMN skeleton {text}",
    "CREATE UNIQUE INDEX account_skeleton ON account (skeleton)",
];
