//! Sessions. A session is found by the hash of its id; only the browser has the id itself.

pub const STATEMENTS: [&str; 3] = [
    "CREATE TABLE session (
        id_hash {bytes} NOT NULL PRIMARY KEY,
        account_id {text} REFERENCES account (id) ON DELETE CASCADE,
        provider {text},
        data {bytes} NOT NULL,
        expires_at BIGINT NOT NULL
    ) {without_rowid}",
    "CREATE INDEX session_by_account ON session (account_id)",
    "CREATE INDEX session_by_expiry ON session (expires_at)",
];
