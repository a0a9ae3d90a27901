//! Where C is called: libpam, opened at run time, the system's list of people, inherited descriptors. What it answers
//! is judged elsewhere.
//!
//! For the helper alone, which has one thread: libc's look-ups answer from memory that the next one overwrites.

pub mod descriptors;
pub mod libpam;
pub mod people;
