//! Suspended providers. A login at one of them does not end in the single statement.

use crate::m20261130_000009_linking::{day, same_profile_and_source};
use crate::m20261201_000012_session_rows::insert_session;
use crate::returning_login::{account_unchanged, inserts, postgres_function, sqlite_trigger};

pub const STATEMENTS: [&str; 1] = [
    // `suspended_by`: the admin. Few rows: each login reads the table.
    "CREATE TABLE suspended_provider (
        provider {text} NOT NULL PRIMARY KEY,
        suspended_by {text},
        suspended_at BIGINT NOT NULL,
        why {text}
    ) {without_rowid}",
];

macro_rules! provider_on {
    () => {
        "
            AND NOT EXISTS (SELECT 1 FROM suspended_provider p WHERE p.provider = NEW.provider)"
    };
}

pub const SQLITE: [&str; 2] = [
    "DROP TRIGGER returning_login_insert",
    sqlite_trigger!(
        day!(),
        concat!(same_profile_and_source!(), provider_on!()),
        insert_session!("lower(hex(randomblob(16)))")
    ),
];
pub const POSTGRES: [&str; 1] = [postgres_function!(
    day!(),
    concat!(same_profile_and_source!(), provider_on!()),
    insert_session!("replace(gen_random_uuid()::text, '-', '')")
)];

pub(crate) use provider_on;
