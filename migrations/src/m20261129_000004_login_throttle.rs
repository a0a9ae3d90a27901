//! The login throttle: counts of failed sign-in attempts, and the networks from which each person signed in.

pub const STATEMENTS: [&str; 2] = [
    // `key` is a MAC of a name, an account, a server or a network, or of one of the first three with a network. Without
    // the master key, it does not show which. A row without failures is a known network. `account` is the key of the
    // account that the last of these attempts led to, if it was known.
    "CREATE TABLE login_throttle (
        key {bytes} NOT NULL PRIMARY KEY,
        failures BIGINT NOT NULL,
        last_at BIGINT NOT NULL,
        account {bytes}
    ) {without_rowid}",
    "CREATE INDEX login_throttle_by_age ON login_throttle (last_at)",
];
