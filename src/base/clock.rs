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

    /// Checks that the clock can be worked with: sums and differences of its times and the config's durations stay
    /// within the years 1 to 9999, and the database's driver reads no time before 1970.
    ///
    /// # Errors
    /// What the clock says, and the fix.
    pub fn check(&self) -> Result<(), String> {
        let now = self.now();
        if (1970..9900).contains(&now.year()) {
            return Ok(());
        }
        let now = format_utc(now);
        Err(format!("the clock of this machine says {now}; set it, best over the network (NTP), and start again"))
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
    use time::macros::datetime;

    use super::{Clock, format_wait};

    #[test]
    fn a_clock_with_which_times_would_overflow_is_refused() {
        for (now, refused) in [
            (datetime!(1969-12-31 23:59:59 UTC), true),
            (datetime!(1970-01-01 0:00 UTC), false),
            (datetime!(2026-11-30 12:00 UTC), false),
            (datetime!(9999-12-31 23:00 UTC), true),
        ] {
            assert_eq!(Clock::from_fn(move || now).check().is_err(), refused, "{now}");
        }
        assert_eq!(
            Clock::from_fn(|| datetime!(1969-12-31 23:59:59 UTC)).check().unwrap_err(),
            "the clock of this machine says 1969-12-31 23:59:59 UTC; set it, best over the network (NTP), and start \
             again"
        );
    }

    #[test]
    fn a_long_wait_is_shown_in_minutes_and_never_too_short() {
        for (seconds, shown) in [(1, "1 s"), (120, "120 s"), (121, "3 min"), (900, "15 min"), (4_260, "71 min")] {
            assert_eq!(format_wait(seconds), shown);
        }
    }
}
