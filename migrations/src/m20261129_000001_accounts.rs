//! Accounts, their groups, and the external identities that are linked to them.

pub const STATEMENTS: [&str; 4] = [
    // `username_folded` (NFKC and case folding) and `username_skeleton` (confusable characters, UTS #39) keep two
    // accounts from having the same name, or names that look the same. `password_generation` counts the passwords that
    // the account has had. It is here and not in `password`, so that it never starts again and the lock on this row
    // covers it.
    "CREATE TABLE account (
        id {text} NOT NULL PRIMARY KEY,
        username {text} NOT NULL,
        username_folded {text} NOT NULL UNIQUE,
        username_skeleton {text} NOT NULL UNIQUE,
        password_generation BIGINT NOT NULL DEFAULT 0,
        created_at BIGINT NOT NULL,
        disabled_by {text},
        disabled_at BIGINT
    )",
    "CREATE TABLE account_group (
        account_id {text} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
        name {text} NOT NULL,
        PRIMARY KEY (account_id, name)
    ) {without_rowid}",
    // `client_id`: our client at the provider, if the provider has clients.
    "CREATE TABLE identity (
        provider {text} NOT NULL,
        issuer {bytes} NOT NULL,
        subject {bytes} NOT NULL,
        account_id {text} NOT NULL REFERENCES account (id),
        client_id {text},
        created_at BIGINT NOT NULL,
        PRIMARY KEY (provider, issuer, subject)
    ) {without_rowid}",
    "CREATE INDEX identity_by_account ON identity (account_id)",
];
