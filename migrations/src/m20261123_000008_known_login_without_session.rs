//! The end of a login of somebody known, as before; but one that leaves no session, or spends no login begun elsewhere,
//! leaves those columns empty.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::dialect;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        match manager.get_database_backend() {
            DbBackend::Postgres => dialect::run(manager, &POSTGRES).await,
            _ => dialect::run(manager, &SQLITE).await,
        }
    }
}

/// Refused, and nothing of it written, when the login was spent before or the tie is no longer what it was.
macro_rules! up_to_three_tables {
    () => {
        "INSERT INTO once (key, first_at, expires_at)
            SELECT NEW.once_key, NEW.at, NEW.spent_until WHERE NEW.once_key IS NOT NULL;
        DELETE FROM session WHERE id_hash = NEW.replaced;
        INSERT INTO session (id_hash, account_id, provider, data, expires_at)
            SELECT NEW.id_hash, NEW.account_id, NEW.provider, NEW.data, NEW.expires_at WHERE NEW.id_hash IS NOT NULL;
        INSERT INTO audit (at, last_at, event, app, provider, account_id, network)
            VALUES (NEW.at, NEW.at, 'signed_in', NEW.app, NEW.provider, NEW.account_id, NEW.network);"
    };
}

macro_rules! still_tied {
    () => {
        "1 FROM identity i JOIN account a ON a.id = i.account_id
            WHERE i.provider = NEW.provider AND i.issuer = NEW.issuer AND i.subject = NEW.subject
            AND i.account_id = NEW.account_id AND a.disabled_at IS NULL"
    };
}

const SQLITE: [&str; 2] = [
    "DROP TRIGGER IF EXISTS known_login_written",
    concat!(
        "CREATE TRIGGER known_login_written INSTEAD OF INSERT ON known_login BEGIN
        SELECT RAISE(ABORT, 'no longer tied') WHERE NOT EXISTS (SELECT ",
        still_tied!(),
        ");
        ",
        up_to_three_tables!(),
        "
    END",
    ),
];

const POSTGRES: [&str; 1] = [concat!(
    "CREATE OR REPLACE FUNCTION known_login_written() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM ",
    still_tied!(),
    " FOR SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'no longer tied' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        ",
    up_to_three_tables!(),
    "
        RETURN NEW;
    END $$",
)];
