//! Access requests: people whose identities no account has, and who ask to be let in.

pub const STATEMENTS: [&str; 4] = [
    // `profile` (JSON) is what the provider said, as far as the config lets it be kept. `wished` is the username that
    // the template suggests. `subject_source`: what gives the subject. `state` is waiting, proving, linked or refused.
    // `app` is NULL if the person wanted to enter a page of ours. `account_id`: the account that the identity was
    // linked to. `decided_by` is NULL if the person linked it.
    "CREATE TABLE access_request (
        id {text} NOT NULL PRIMARY KEY,
        provider {text} NOT NULL,
        issuer {bytes} NOT NULL,
        subject {bytes} NOT NULL,
        subject_source {text} NOT NULL,
        profile {text} NOT NULL,
        wished {text},
        message {text} NOT NULL,
        app {text},
        room {text},
        count BIGINT NOT NULL,
        first_at BIGINT NOT NULL,
        last_at BIGINT NOT NULL,
        state {text} NOT NULL,
        account_id {text},
        decided_by {text},
        decided_at BIGINT,
        note {text}
    ) {without_rowid}",
    // An identity has one request that waits: to ask again counts it up.
    "CREATE UNIQUE INDEX access_request_waiting ON access_request (provider, issuer, subject) WHERE state = 'waiting'",
    "CREATE INDEX access_request_by_identity ON access_request (provider, issuer, subject)",
    "CREATE INDEX access_request_by_account ON access_request (account_id) WHERE account_id IS NOT NULL",
];
