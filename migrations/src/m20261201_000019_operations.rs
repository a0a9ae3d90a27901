//! Operations on two accounts that can be undone: what each one moved.

pub const STATEMENTS: [&str; 4] = [
    // `kind` is merge. `account_from` is closed by it, and its identities moved to `account_into`.
    "CREATE TABLE operation (
        id {text} NOT NULL PRIMARY KEY,
        kind {text} NOT NULL,
        account_from {text} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
        account_into {text} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
        made_by {text},
        made_at BIGINT NOT NULL,
        undo_until BIGINT NOT NULL,
        undone_by {text},
        undone_at BIGINT
    ) {without_rowid}",
    // An account is merged into one other account at most.
    "CREATE UNIQUE INDEX operation_by_source ON operation (account_from) WHERE undone_at IS NULL",
    "CREATE INDEX operation_by_target ON operation (account_into)",
    // What `account_into` got. `kind` is identity, with `provider`, `issuer` and `subject`; or group or address, with
    // `name`; an address has its `source`.
    "CREATE TABLE operation_item (
        operation_id {text} NOT NULL REFERENCES operation (id) ON DELETE CASCADE,
        number BIGINT NOT NULL,
        kind {text} NOT NULL,
        provider {text},
        issuer {bytes},
        subject {bytes},
        name {text},
        source {text},
        PRIMARY KEY (operation_id, number)
    ) {without_rowid}",
];
