//! The calls into C: libpam (opened at run time), the user database, inherited descriptors. Other modules interpret the
//! results.
//!
//! Only the helper, which has one thread, and commands with a single look-up may call them: libc returns memory that
//! its next look-up overwrites.

pub mod descriptors;
pub mod libpam;
pub mod user_database;
