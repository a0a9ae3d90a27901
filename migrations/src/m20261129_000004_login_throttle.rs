//! The login throttle: failed sign-in attempts, and networks from which somebody signed in.

pub const STATEMENTS: [&str; 2] = [
    // `key` stands for a name, an account, a network, or one of them at another: only the master key tells which. A row
    // with no failures is a known network.
    "CREATE TABLE login_throttle (
        key {bytes} NOT NULL PRIMARY KEY,
        failures BIGINT NOT NULL,
        last_at BIGINT NOT NULL
    ) {without_rowid}",
    "CREATE INDEX login_throttle_by_age ON login_throttle (last_at)",
];
