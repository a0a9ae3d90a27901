//! The store on SQLite: the sentences that hold for every store, and those about a file.

// So marked, clippy knows them for tests, helpers and all.
#[cfg(test)]
mod files;
#[cfg(test)]
mod suite;

suite::conformance_tests!(files::empty);
