//! Search terms: the texts by whose beginning an admin finds an account.

pub const STATEMENTS: [&str; 4] = [
    // `term` is folded: see `store/search_terms/terms.rs`.
    "CREATE TABLE search_terms (
        term {text} NOT NULL,
        account {text} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
        PRIMARY KEY (term, account)
    ) {without_rowid}",
    "CREATE INDEX search_terms_by_account ON search_terms (account)",
    // 0: the account was made by an older version, which writes no terms. A server then writes them in the background.
    "ALTER TABLE account ADD COLUMN has_search_terms BIGINT NOT NULL DEFAULT 0",
    "CREATE INDEX account_without_search_terms ON account (id) WHERE has_search_terms = 0",
];
