//! Limits how often an unknown `kid` or a wrong signature makes us fetch a provider's keys (security rule C20).

use time::{Duration, OffsetDateTime};

/// Fetches in a burst, and the time between fetches after it.
const BURST: u8 = 3;
const REFILL_INTERVAL: Duration = Duration::minutes(1);

/// The fetches that are left.
#[derive(Debug)]
pub struct RefetchLimit {
    left: u8,
    /// One more is added a minute after this time.
    since: OffsetDateTime,
}

impl RefetchLimit {
    pub const FULL: Self = Self { left: BURST, since: OffsetDateTime::UNIX_EPOCH };

    /// Lets a fetch through. Counts before the fetch, so a provider that fails is not asked more often than one that
    /// answers.
    ///
    /// # Errors
    /// When the next fetch may be made.
    pub fn try_take(&mut self, now: OffsetDateTime) -> Result<(), OffsetDateTime> {
        // If the clock was set back, `since` may lie in the future. Don't wait for it.
        self.since = self.since.min(now);
        let refilled = (now - self.since).whole_seconds() / REFILL_INTERVAL.whole_seconds();
        if refilled > 0 {
            self.left = self.left.saturating_add(u8::try_from(refilled).unwrap_or(BURST)).min(BURST);
            self.since = now;
        }
        if self.left == 0 {
            return Err(self.since + REFILL_INTERVAL);
        }
        if self.left == BURST {
            self.since = now;
        }
        self.left -= 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, OffsetDateTime};

    use super::RefetchLimit;

    // C20
    #[test]
    fn unknown_key_ids_cause_three_fetches_in_a_burst_and_then_one_a_minute() {
        let (mut refetch_limit, start) = (RefetchLimit::FULL, OffsetDateTime::UNIX_EPOCH + Duration::days(20_000));
        let mut fetched = Vec::new();
        for second in 0..600 {
            match refetch_limit.try_take(start + Duration::seconds(second)) {
                Ok(()) => fetched.push(second),
                Err(next_at) => assert_eq!(next_at, start + Duration::seconds(60 * (second / 60 + 1))),
            }
        }
        assert_eq!(fetched, [0, 1, 2, 60, 120, 180, 240, 300, 360, 420, 480, 540]);
        // After a long pause one burst is available again, and no more.
        let later = start + Duration::hours(5);
        let burst = (0..10).filter(|second| refetch_limit.try_take(later + Duration::seconds(*second)).is_ok());
        assert_eq!(burst.count(), 3);
        // A clock that is set back causes no wait of hours.
        let back = start - Duration::hours(3);
        assert_eq!(refetch_limit.try_take(back), Err(back + Duration::minutes(1)));
        assert_eq!(refetch_limit.try_take(back + Duration::minutes(1)), Ok(()));
    }
}
