//! Local passwords, as hashes. Each hash contains its algorithm and parameters.

pub const STATEMENTS: [&str; 1] = ["CREATE TABLE password (
        account_id {text} NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
        hash {text} NOT NULL,
        changed_at BIGINT NOT NULL
    ) {without_rowid}"];
