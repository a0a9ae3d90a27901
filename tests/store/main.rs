//! The store on SQLite: the conformance suite, and tests about the file.

// `cfg(test)` tells clippy that their helpers are test code.
#[cfg(test)]
mod files;
#[cfg(test)]
mod killed_merge;
#[cfg(test)]
mod server_lock;
#[cfg(test)]
mod suite;

suite::conformance_tests!(files::empty);
