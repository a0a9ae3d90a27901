//! Link requests: identities whose owners are asked whether they have an account; and how a person proved an account
//! when they linked an identity to it.

pub const STATEMENTS: [&str; 6] = [
    // `id` is the hash of a secret that only the browser has. `login` (JSON) is what the new identity's provider said;
    // it is NULL once the request is finished. `destination` (JSON) is where the sign-in leads. `state` is asked,
    // proved or finished. The columns from `account_id` on are the proof. `session` binds the request to the session in
    // which a person adds a sign-in method; NULL at a first login.
    "CREATE TABLE link_request (
        id {bytes} NOT NULL PRIMARY KEY,
        provider {text} NOT NULL,
        issuer {bytes} NOT NULL,
        subject {bytes} NOT NULL,
        login {text},
        destination {text} NOT NULL,
        session {bytes},
        state {text} NOT NULL,
        account_id {text},
        account_version BIGINT,
        proof_provider {text},
        proof_issuer {bytes},
        proof_subject {bytes},
        proof_freshness {text},
        proved_at BIGINT,
        created_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL
    ) {without_rowid}",
    "CREATE INDEX link_request_by_identity ON link_request (provider, issuer, subject, created_at)",
    "CREATE INDEX link_request_by_account ON link_request (account_id) WHERE account_id IS NOT NULL",
    "CREATE INDEX link_request_by_expiry ON link_request (expires_at)",
    // JSON: provider, issuer and subject of the identity by which the person proved the account.
    "ALTER TABLE identity ADD COLUMN proof_identity {text}",
    // How it is known that they signed in with it just then: password, auth_time or round_trip.
    "ALTER TABLE identity ADD COLUMN proof_freshness {text}",
];
