//! The audit log, and the reference codes that lead to its rows.

pub const STATEMENTS: [&str; 5] = [
    // `account_id` is not a foreign key: a removed account's rows stay. Refusals with the same `coalescing_key`
    // (minute, network and kind) are one row with a count.
    "CREATE TABLE audit (
        id {number},
        first_at BIGINT NOT NULL,
        last_at BIGINT NOT NULL,
        count BIGINT NOT NULL DEFAULT 1,
        event {text} NOT NULL,
        actor {text},
        app {text},
        provider {text},
        account_id {text},
        cause {text},
        detail {text},
        network {text},
        coalescing_key {bytes}
    )",
    // Few indexes, because each login writes a page for each of them. Ids grow with time, so the time needs no index.
    // Most rows have no coalescing key, so they are not in that index.
    "CREATE UNIQUE INDEX audit_by_coalescing_key ON audit (coalescing_key) WHERE coalescing_key IS NOT NULL",
    "CREATE INDEX audit_by_account ON audit (account_id, id)",
    // Refusals that are counted in one row may differ in their details: each code has its own.
    "CREATE TABLE reference_code (
        code {text} NOT NULL PRIMARY KEY,
        audit_id BIGINT NOT NULL REFERENCES audit (id) ON DELETE CASCADE,
        at BIGINT NOT NULL,
        detail {text}
    ) {without_rowid}",
    "CREATE INDEX reference_code_by_audit ON reference_code (audit_id)",
];
