//! How long sessions last.

use std::time::Duration;

use time::OffsetDateTime;

/// How long a session lasts (security rule C39).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// The longest time without use.
    pub idle: Duration,
    /// The longest time in all.
    pub absolute: Duration,
}

impl Lifetimes {
    /// When a session that began at `started_at` and is used now ends.
    #[must_use]
    pub fn end(&self, started_at: OffsetDateTime, now: OffsetDateTime) -> OffsetDateTime {
        (now + self.idle).min(started_at + self.absolute)
    }
}
