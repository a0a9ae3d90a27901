//! The end of a login of somebody known, written by one statement: an insert into this view writes three tables.
//!
//! Each statement is a trip to the database and back. A login that has nothing to ask while it writes makes one.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::dialect;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, &VIEW).await?;
        match manager.get_database_backend() {
            DbBackend::Postgres => dialect::run(manager, &POSTGRES).await,
            _ => dialect::run(manager, &SQLITE).await,
        }
    }
}

const VIEW: [&str; 2] = [
    "DROP VIEW IF EXISTS known_login",
    "CREATE VIEW known_login AS SELECT
        CAST(NULL AS {bytes}) AS once_key,
        CAST(NULL AS BIGINT) AS at,
        CAST(NULL AS BIGINT) AS spent_until,
        CAST(NULL AS TEXT) AS app,
        CAST(NULL AS TEXT) AS provider,
        CAST(NULL AS {bytes}) AS issuer,
        CAST(NULL AS {bytes}) AS subject,
        CAST(NULL AS TEXT) AS account_id,
        CAST(NULL AS {bytes}) AS replaced,
        CAST(NULL AS {bytes}) AS id_hash,
        CAST(NULL AS {bytes}) AS data,
        CAST(NULL AS BIGINT) AS expires_at,
        CAST(NULL AS TEXT) AS network",
];

/// Refused, and nothing of it written, when the login was spent before or the tie is no longer what it was.
macro_rules! three_tables {
    () => {
        "INSERT INTO once (key, first_at, expires_at) VALUES (NEW.once_key, NEW.at, NEW.spent_until);
        DELETE FROM session WHERE id_hash = NEW.replaced;
        INSERT INTO session (id_hash, account_id, provider, data, expires_at)
            VALUES (NEW.id_hash, NEW.account_id, NEW.provider, NEW.data, NEW.expires_at);
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

const SQLITE: [&str; 1] = [concat!(
    "CREATE TRIGGER known_login_written INSTEAD OF INSERT ON known_login BEGIN
        SELECT RAISE(ABORT, 'no longer tied') WHERE NOT EXISTS (SELECT ",
    still_tied!(),
    ");
        ",
    three_tables!(),
    "
    END",
)];

const POSTGRES: [&str; 2] = [
    concat!(
        "CREATE OR REPLACE FUNCTION known_login_written() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM ",
        still_tied!(),
        " FOR SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'no longer tied' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        ",
        three_tables!(),
        "
        RETURN NEW;
    END $$",
    ),
    "CREATE TRIGGER known_login_written INSTEAD OF INSERT ON known_login
        FOR EACH ROW EXECUTE FUNCTION known_login_written()",
];
