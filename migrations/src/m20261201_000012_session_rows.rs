//! Sessions get a public id, and what a person needs to recognise them: the beginning, the network and the browser.

use crate::m20261130_000009_linking::{day, same_profile_and_source};
use crate::returning_login::{POSTGRES_TRIGGER, account_unchanged, inserts, postgres_function, sqlite_trigger, view};

pub const STATEMENTS: [&str; 7] = [
    // The public id. It does not come from the id in the cookie. NULL until somebody lists the sessions, if an older
    // binary opened the session in a transaction of several statements.
    "ALTER TABLE session ADD COLUMN sid {text}",
    // When the login ended. NULL in sessions of older binaries: `data` has it.
    "ALTER TABLE session ADD COLUMN started_at BIGINT",
    // The network of the login: an IPv4 /24 or an IPv6 /64.
    "ALTER TABLE session ADD COLUMN network {text}",
    // The browser and the system of the login: `firefox/linux`.
    "ALTER TABLE session ADD COLUMN agent {text}",
    "CREATE UNIQUE INDEX session_by_sid ON session (sid)",
    "DROP VIEW returning_login",
    VIEW,
];

/// `session_sid` and `session_agent` are NULL in a login of an older binary.
const VIEW: &str = view!(
    ",
    CAST(NULL AS {bytes}) AS profile_digest,
    CAST(NULL AS TEXT) AS subject_source,
    CAST(NULL AS BIGINT) AS sign_in_day,
    CAST(NULL AS TEXT) AS session_sid,
    CAST(NULL AS TEXT) AS session_agent"
);

macro_rules! insert_session {
    ($fresh_sid:literal) => {
        concat!(
            "INSERT INTO session (id_hash, account_id, provider, data, expires_at, sid, started_at, network, agent)
            SELECT NEW.session_id_hash, NEW.account_id, NEW.provider, NEW.session_data, NEW.session_expires_at,
            COALESCE(NEW.session_sid, ",
            $fresh_sid,
            "), NEW.at, NEW.network, NEW.session_agent
            WHERE NEW.session_id_hash IS NOT NULL;"
        )
    };
}

pub const SQLITE: [&str; 2] = [
    "UPDATE session SET sid = lower(hex(randomblob(16)))",
    sqlite_trigger!(day!(), same_profile_and_source!(), insert_session!("lower(hex(randomblob(16)))")),
];
pub const POSTGRES: [&str; 3] = [
    "UPDATE session SET sid = replace(gen_random_uuid()::text, '-', '')",
    postgres_function!(
        day!(),
        same_profile_and_source!(),
        insert_session!("replace(gen_random_uuid()::text, '-', '')")
    ),
    POSTGRES_TRIGGER,
];

pub(crate) use insert_session;
