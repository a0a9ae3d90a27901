//! The store on SQLite: the sentences that hold for every store, and those about a file.

mod files;
mod suite;

suite::every_sentence!(files::empty);
