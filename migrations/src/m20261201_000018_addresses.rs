//! E-mail addresses that an admin or an imported list gave an account, and whether anybody has signed in to an account.

use crate::m20261130_000009_linking::{day, same_profile_and_source};
use crate::m20261201_000012_session_rows::insert_session;
use crate::m20261201_000017_suspended_providers::provider_on;
use crate::returning_login::{account_unchanged, inserts, postgres_function, sqlite_trigger};

pub const STATEMENTS: [&str; 3] = [
    // `folded`: the domain in the one form of its spellings, ASCII letters in lower case. `source` is admin or import.
    "CREATE TABLE address (
        folded {text} NOT NULL,
        account_id {text} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
        source {text} NOT NULL,
        PRIMARY KEY (folded, account_id, source)
    ) {without_rowid}",
    "CREATE INDEX address_by_account ON address (account_id)",
    // 1: an admin or a list made the account, and nobody has signed in to it. 0 in accounts of older binaries.
    "ALTER TABLE account ADD COLUMN unclaimed BIGINT NOT NULL DEFAULT 0",
];

/// The first sign-in to an account ends in the transaction of several statements, which writes the column. So the
/// single statement only reads it, from a row that it reads anyway.
macro_rules! claimed {
    () => {
        "
            AND a.unclaimed = 0"
    };
}

pub const SQLITE: [&str; 2] = [
    "DROP TRIGGER returning_login_insert",
    sqlite_trigger!(
        day!(),
        concat!(same_profile_and_source!(), provider_on!(), claimed!()),
        insert_session!("lower(hex(randomblob(16)))")
    ),
];
pub const POSTGRES: [&str; 1] = [postgres_function!(
    day!(),
    concat!(same_profile_and_source!(), provider_on!(), claimed!()),
    insert_session!("replace(gen_random_uuid()::text, '-', '')")
)];
