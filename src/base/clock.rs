//! The clock, which callers pass as an argument. Only this file reads the machine's clock.

use std::sync::Arc;

use time::{Duration, OffsetDateTime};

/// Tells the time, in UTC. Cloning is cheap.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> OffsetDateTime + Send + Sync>);

impl Clock {
    /// The machine's own clock.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the only place that reads the machine's clock")]
    pub fn system() -> Self {
        Self(Arc::new(OffsetDateTime::now_utc))
    }

    /// A clock that a test controls.
    pub fn from_fn(now: impl Fn() -> OffsetDateTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        (self.0)()
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

/// How far the clocks of several instances may differ. A time that is ahead by no more than this is not wrong.
pub const CLOCK_SKEW: Duration = Duration::minutes(1);

/// Whether a clock that was ahead wrote this time.
#[must_use]
pub fn is_in_future(at: OffsetDateTime, now: OffsetDateTime) -> bool {
    at > now + CLOCK_SKEW
}

/// A time for people, to the second: `2026-11-23 14:25:54 UTC`.
#[must_use]
pub fn format_utc(at: OffsetDateTime) -> String {
    format!("{} {:02}:{:02}:{:02} UTC", at.date(), at.hour(), at.minute(), at.second())
}

/// A waiting time for people: in seconds up to two minutes (`40 s`), then in minutes, rounded up (`71 min`).
#[must_use]
pub fn format_wait(seconds: u32) -> String {
    if seconds <= 120 { format!("{seconds} s") } else { format!("{} min", seconds.div_ceil(60)) }
}

#[cfg(test)]
mod tests {
    use super::format_wait;

    #[test]
    fn a_long_wait_is_shown_in_minutes_and_never_too_short() {
        for (seconds, shown) in [(1, "1 s"), (120, "120 s"), (121, "3 min"), (900, "15 min"), (4_260, "71 min")] {
            assert_eq!(format_wait(seconds), shown);
        }
    }
}
