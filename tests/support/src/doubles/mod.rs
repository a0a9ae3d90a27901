//! Doubles of well-known providers. Each behaves as the provider's documentation says, also where that differs from the
//! standard.

pub mod apple;
pub mod slack;
