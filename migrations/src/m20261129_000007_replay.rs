//! The keys of items that may be used only once, kept until the items would have expired.

pub const STATEMENTS: [&str; 1] = [
    // Only the primary key is indexed: keys of one kind sort by age, so expired rows come first, and a login writes one
    // page less.
    "CREATE TABLE replay (
        key {bytes} NOT NULL PRIMARY KEY,
        first_used_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL
    ) {without_rowid}",
];
