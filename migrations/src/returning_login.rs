//! The text of the view `returning_login` and its triggers. Several migrations create it: each one
//! after the first adds columns.
//!
//! Each statement is a round trip to the database. Both SQLite and PostgreSQL can check and write several tables in one
//! statement with a view that has an `INSTEAD OF` trigger. SQLite has no `WITH … INSERT`.

/// The view holds no data. It only declares the columns of an insert, and `$more` of them.
///
/// - `replay_key` and `replay_expires_at`: NULL for a sign-in without a callback.
/// - `session_…`: NULL for a sign-in that opens no session. `replaced_session` is the hash of the session that ends.
/// - `account_snapshot`: the account that the rules decided about: the username, and then the groups in byte order,
///   each after its length in characters.
/// - `password_generation`: the generation of the local password that was compared; NULL if none was compared.
macro_rules! view {
    ($more:literal) => {
        concat!(
            "CREATE VIEW returning_login AS SELECT
    CAST(NULL AS BIGINT) AS at,
    CAST(NULL AS {bytes}) AS replay_key,
    CAST(NULL AS BIGINT) AS replay_expires_at,
    CAST(NULL AS TEXT) AS provider,
    CAST(NULL AS {bytes}) AS issuer,
    CAST(NULL AS {bytes}) AS subject,
    CAST(NULL AS TEXT) AS account_id,
    CAST(NULL AS TEXT) AS account_snapshot,
    CAST(NULL AS BIGINT) AS password_generation,
    CAST(NULL AS {bytes}) AS replaced_session,
    CAST(NULL AS {bytes}) AS session_id_hash,
    CAST(NULL AS {bytes}) AS session_data,
    CAST(NULL AS BIGINT) AS session_expires_at,
    CAST(NULL AS TEXT) AS app,
    CAST(NULL AS TEXT) AS network",
            $more
        )
    };
}

/// What the login relied on (security rule C25): the identity is linked to this account, the account is not disabled,
/// and it has the same password, name and groups as when the rules decided. `$groups`: the SQL of each database that
/// joins the groups. `$more`: further conditions.
macro_rules! account_unchanged {
    ($groups:literal, $more:expr) => {
        concat!(
            "1 FROM identity i JOIN account a ON a.id = i.account_id
            WHERE i.provider = NEW.provider AND i.issuer = NEW.issuer AND i.subject = NEW.subject
            AND i.account_id = NEW.account_id AND a.disabled_at IS NULL
            AND (NEW.password_generation IS NULL OR a.password_generation = NEW.password_generation)
            AND NEW.account_snapshot = length(a.username) || ':' || a.username || COALESCE((",
            $groups,
            "), '')",
            $more
        )
    };
}

/// If the replay key exists already, the insert fails as a conflict, and nothing is written (C3). `$session`: the
/// statement that opens the session.
macro_rules! inserts {
    ($session:expr) => {
        concat!(
            "INSERT INTO replay (key, first_used_at, expires_at)
            SELECT NEW.replay_key, NEW.at, NEW.replay_expires_at WHERE NEW.replay_key IS NOT NULL;
        DELETE FROM session WHERE id_hash = NEW.replaced_session;
        ",
            $session,
            "
        INSERT INTO audit (first_at, last_at, event, app, provider, account_id, network)
            VALUES (NEW.at, NEW.at, 'signed_in', NEW.app, NEW.provider, NEW.account_id, NEW.network);"
        )
    };
}

/// Opens the session in a database whose sessions have no public id yet.
macro_rules! session_without_sid {
    () => {
        "INSERT INTO session (id_hash, account_id, provider, data, expires_at)
            SELECT NEW.session_id_hash, NEW.account_id, NEW.provider, NEW.session_data, NEW.session_expires_at
            WHERE NEW.session_id_hash IS NOT NULL;"
    };
}

/// `$first`: statements before the check. `$more`: further conditions of the check. `$session`: see [`inserts`].
///
/// A subquery sorts the groups: `sqlite3` tools before 3.44 don't know `ORDER BY` within an aggregate.
macro_rules! sqlite_trigger {
    ($first:expr, $more:expr, $session:expr) => {
        concat!(
            "CREATE TRIGGER returning_login_insert INSTEAD OF INSERT ON returning_login BEGIN
        ",
            $first,
            "SELECT RAISE(ABORT, 'no longer as decided') WHERE NOT EXISTS (SELECT ",
            account_unchanged!(
                "SELECT group_concat(part, '') FROM (SELECT length(g.name) || ':' || g.name AS part
                FROM account_group g WHERE g.account_id = a.id ORDER BY g.name)",
                $more
            ),
            ");
        ",
            inserts!($session),
            "
    END",
        )
    };
}

/// As [`sqlite_trigger`]. The row locks keep the link and the account as they are until the login commits. SQLite has
/// one writer at a time.
macro_rules! postgres_function {
    ($first:expr, $more:expr, $session:expr) => {
        concat!(
            "CREATE OR REPLACE FUNCTION returning_login_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        ",
            $first,
            "PERFORM ",
            account_unchanged!(
                "SELECT string_agg(length(g.name) || ':' || g.name, '' ORDER BY g.name)
                FROM account_group g WHERE g.account_id = a.id",
                $more
            ),
            " FOR SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'no longer as decided' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        ",
            inserts!($session),
            "
        RETURN NEW;
    END $$",
        )
    };
}

pub const POSTGRES_TRIGGER: &str = "CREATE TRIGGER returning_login_insert INSTEAD OF INSERT ON returning_login
        FOR EACH ROW EXECUTE FUNCTION returning_login_insert()";

pub(crate) use {account_unchanged, inserts, postgres_function, session_without_sid, sqlite_trigger, view};
