//! What may be used only once, remembered until it would have expired anyway.

pub const STATEMENTS: [&str; 1] = [
    // No index but the primary key: keys of one kind sort by age, so what has expired is found at the front, and a
    // login writes one page less.
    "CREATE TABLE replay (
        key {bytes} NOT NULL PRIMARY KEY,
        first_used_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL
    ) {without_rowid}",
];
