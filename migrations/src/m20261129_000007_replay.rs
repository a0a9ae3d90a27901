//! The keys of single-use items that were used, kept until the items expire.

pub const STATEMENTS: [&str; 1] = [
    // Only the primary key is indexed: keys of one kind sort by age, so expired rows come first, and a login writes one
    // page less.
    "CREATE TABLE replay (
        key {bytes} NOT NULL PRIMARY KEY,
        first_used_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL
    ) {without_rowid}",
];
