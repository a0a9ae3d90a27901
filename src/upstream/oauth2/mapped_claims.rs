//! The claims that only the config sets.

/// Claims that only the mapping sets: other code trusts them.
pub const MAPPED_CLAIMS: [&str; 12] = [
    "acr",
    "amr",
    "aud",
    "auth_time",
    "email",
    "email_verified",
    "exp",
    "iss",
    "name",
    "preferred_username",
    "sid",
    "sub",
];
