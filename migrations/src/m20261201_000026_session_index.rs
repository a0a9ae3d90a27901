//! Sessions are found by their account and then by their public id.

pub const STATEMENTS: [&str; 1] = [
    // An account has few sessions, and the id has 80 random bits. The index cost each login a page.
    "DROP INDEX session_by_sid",
];
