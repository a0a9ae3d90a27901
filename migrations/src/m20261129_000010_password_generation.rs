//! The generation of an account's password, and the end of a known login that names the one it compared.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::dialect;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, &COLUMN).await?;
        match manager.get_database_backend() {
            DbBackend::Postgres => dialect::run(manager, &POSTGRES).await,
            _ => dialect::run(manager, &SQLITE).await,
        }
    }
}

/// It stands with the account, not with the password: so it never starts again when a password is removed and set again, and
/// the lock on the account's row covers it.
const COLUMN: [&str; 1] = ["ALTER TABLE account ADD COLUMN password_generation BIGINT NOT NULL DEFAULT 0"];

/// `seen`: the username and then the groups in the order of their bytes, each with its length in characters before it.
/// `password_generation`: that of the password which was compared; NULL where no local password was.
macro_rules! view {
    ($create:literal) => {
        concat!(
            $create,
            " known_login AS SELECT
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
                CAST(NULL AS TEXT) AS network,
                CAST(NULL AS TEXT) AS seen,
                CAST(NULL AS BIGINT) AS password_generation"
        )
    };
}

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

/// SQLite's part of it is read by whatever opens the file, and tools older than 3.44 know no `ORDER BY` in an aggregate.
macro_rules! still_as_seen {
    ($groups:literal) => {
        concat!(
            "1 FROM identity i JOIN account a ON a.id = i.account_id
            WHERE i.provider = NEW.provider AND i.issuer = NEW.issuer AND i.subject = NEW.subject
            AND i.account_id = NEW.account_id AND a.disabled_at IS NULL
            AND (NEW.password_generation IS NULL OR a.password_generation = NEW.password_generation)
            AND (NEW.seen IS NULL OR NEW.seen = length(a.username) || ':' || a.username || COALESCE((",
            $groups,
            "), ''))"
        )
    };
}

const SQLITE: [&str; 3] = [
    // Its trigger goes with it.
    "DROP VIEW known_login",
    view!("CREATE VIEW"),
    concat!(
        "CREATE TRIGGER known_login_written INSTEAD OF INSERT ON known_login BEGIN
        SELECT RAISE(ABORT, 'no longer as seen') WHERE NOT EXISTS (SELECT ",
        still_as_seen!(
            "SELECT group_concat(part, '') FROM (SELECT length(g.name) || ':' || g.name AS part
                FROM account_group g WHERE g.account_id = a.id ORDER BY g.name)"
        ),
        ");
        ",
        up_to_three_tables!(),
        "
    END",
    ),
];

const POSTGRES: [&str; 2] = [
    view!("CREATE OR REPLACE VIEW"),
    concat!(
        "CREATE OR REPLACE FUNCTION known_login_written() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM ",
        still_as_seen!(
            "SELECT string_agg(length(g.name) || ':' || g.name, '' ORDER BY g.name)
                FROM account_group g WHERE g.account_id = a.id"
        ),
        " FOR SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'no longer as seen' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        ",
        up_to_three_tables!(),
        "
        RETURN NEW;
    END $$",
    ),
];
