//! What gave the subjects of the identities of each provider.

pub const STATEMENTS: [&str; 1] = [
    // `source`: the name of the claim, member or attribute, as the config has it. If it changed while there are
    // identities, a new subject could equal an old one of somebody else.
    "CREATE TABLE subject_source (
        provider {text} NOT NULL,
        issuer {bytes} NOT NULL,
        source {text} NOT NULL,
        PRIMARY KEY (provider, issuer)
    ) {without_rowid}",
];
