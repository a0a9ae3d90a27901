//! The keys that sign our tokens. The private halves are encrypted.

pub const STATEMENTS: [&str; 1] = [
    // `public_jwk` is JSON. `sealed_private_jwk` is encrypted under the master key, and bound to the `kid`.
    "CREATE TABLE signing_key (
        kid {text} NOT NULL PRIMARY KEY,
        algorithm {text} NOT NULL,
        public_jwk {text} NOT NULL,
        sealed_private_jwk {bytes} NOT NULL,
        published_at BIGINT NOT NULL,
        active_at BIGINT NOT NULL,
        retired_at BIGINT,
        gone_at BIGINT
    )",
];
