//! The audit log keeps personal values apart from the rest, so that they can be erased and the rows stay.
//!
//! All columns are nullable: an older instance that still runs writes rows without them.

pub const STATEMENTS: [&str; 7] = [
    // The account of the person who performed the operation, if they have one.
    "ALTER TABLE audit ADD COLUMN actor_account {text}",
    // The id of what the operation is about, if that is not the account: a signing key's id, a group.
    "ALTER TABLE audit ADD COLUMN target {text}",
    // JSON: a random salt, and the personal values of `detail` by their names. NULL: there are none, or they were
    // erased.
    "ALTER TABLE audit ADD COLUMN personal {text}",
    // SHA-256 of `personal`, or of an empty text. It stays when the values are erased; without the salt, it tells
    // nothing about them. NULL: an older version wrote the row, and `detail` is its whole text.
    "ALTER TABLE audit ADD COLUMN personal_digest {bytes}",
    "ALTER TABLE reference_code ADD COLUMN personal {text}",
    "ALTER TABLE reference_code ADD COLUMN personal_digest {bytes}",
    // Sign-ins have no actor, so they are not in this index.
    "CREATE INDEX audit_by_actor ON audit (actor_account) WHERE actor_account IS NOT NULL",
];
