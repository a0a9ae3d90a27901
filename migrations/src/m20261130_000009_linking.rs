//! Versions of accounts; and for each identity, how it was linked, and what its provider said at the last sign-in.

use crate::returning_login::{
    POSTGRES_TRIGGER, account_unchanged, inserts, postgres_function, session_without_sid, sqlite_trigger, view,
};

pub const STATEMENTS: [&str; 10] = [
    // Rises with each change of the account, its groups, identities or password.
    "ALTER TABLE account ADD COLUMN version BIGINT NOT NULL DEFAULT 1",
    // How it is known that the identity belongs to the account. `before`: it was linked before this column was there.
    "ALTER TABLE identity ADD COLUMN proof {text} NOT NULL DEFAULT 'before'",
    // The admin who linked it; NULL if a person did.
    "ALTER TABLE identity ADD COLUMN linked_by {text}",
    // The network of the person who linked it.
    "ALTER TABLE identity ADD COLUMN linked_from {text}",
    // The claim, member or attribute that gave the subject. NULL: an older binary did not say.
    "ALTER TABLE identity ADD COLUMN subject_source {text}",
    // JSON, as far as `remember` under [admin] allows.
    "ALTER TABLE identity ADD COLUMN profile {text}",
    // 16 bytes. A login with another digest writes the profile again.
    "ALTER TABLE identity ADD COLUMN profile_digest {bytes}",
    // The day of the last sign-in, counted from 1970-01-01 UTC.
    "ALTER TABLE identity ADD COLUMN last_sign_in BIGINT",
    "DROP VIEW returning_login",
    VIEW,
];

/// `profile_digest` and `subject_source` are NULL in a login of an older binary. Then they are not compared.
/// `sign_in_day` is NULL if the day is written already.
const VIEW: &str = view!(
    ",
    CAST(NULL AS {bytes}) AS profile_digest,
    CAST(NULL AS TEXT) AS subject_source,
    CAST(NULL AS BIGINT) AS sign_in_day"
);

/// The day is written once. On PostgreSQL this is the first statement: a row that is locked for sharing and then
/// written could cause a deadlock of two logins.
macro_rules! day {
    () => {
        "UPDATE identity SET last_sign_in = NEW.sign_in_day
            WHERE NEW.sign_in_day IS NOT NULL
            AND provider = NEW.provider AND issuer = NEW.issuer AND subject = NEW.subject
            AND last_sign_in < NEW.sign_in_day;
        "
    };
}

macro_rules! same_profile_and_source {
    () => {
        "
            AND (NEW.profile_digest IS NULL OR i.profile_digest = NEW.profile_digest)
            AND (NEW.subject_source IS NULL OR i.subject_source = NEW.subject_source)"
    };
}

pub const SQLITE: [&str; 1] = [sqlite_trigger!(day!(), same_profile_and_source!(), session_without_sid!())];
pub const POSTGRES: [&str; 2] =
    [postgres_function!(day!(), same_profile_and_source!(), session_without_sid!()), POSTGRES_TRIGGER];

pub(crate) use {day, same_profile_and_source};
