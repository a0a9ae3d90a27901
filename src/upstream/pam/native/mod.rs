//! Where C is called: libpam, opened at run time, the system's list of people, inherited descriptors. What it answers
//! is judged elsewhere.
//!
//! For the helper, which has one thread, and for single look-ups of a command: libc answers from memory that its next
//! look-up overwrites.

pub mod descriptors;
pub mod libpam;
pub mod user_database;
