//! Where C is called: libpam, opened at run time, and the system's list of people. What it answers is judged elsewhere.
//!
//! For the helper alone, which has one thread: libc's look-ups answer from memory that the next one overwrites.

pub mod libpam;
pub mod people;
