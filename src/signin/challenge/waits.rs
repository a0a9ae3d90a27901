//! How long to wait before the next try of a password: nothing at first, then twice as long each time, and never for ever.

use time::{Duration, OffsetDateTime};

use crate::signin::identify::password::{Held, HeldBy};

/// Tries that went wrong, one after the other: of one account, or from one network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tries {
    pub failures: u32,
    pub last: OffsetDateTime,
}

/// How many go wrong before the first wait. A network may be a whole school behind one address.
const FREE_FOR_AN_ACCOUNT: u32 = 5;
const FREE_FROM_A_NETWORK: u32 = 50;
const FIRST_WAIT: Duration = Duration::seconds(10);
/// Longest wait. A stranger who never gives up has four tries an hour at one account, a hundredth of what NIST SP 800-63B-4
/// §3.2.2 lets pass before anything at all happens, and locks nobody out for good.
pub const LONGEST_WAIT: Duration = Duration::minutes(15);
/// Longest wait of a network: newcomers of a whole school wait for what one of them mistypes.
const LONGEST_WAIT_OF_A_NETWORK: Duration = Duration::minutes(1);
/// After a day without any, tries are forgotten.
pub const FORGOTTEN: Duration = Duration::days(1);

/// Lets a try through, or says how long to wait. `trying` are being tried at this moment, and may all go wrong.
///
/// # Errors
/// How long to wait.
pub fn may_try(tries: Option<Tries>, trying: u32, by: HeldBy, now: OffsetDateTime) -> Result<(), Held> {
    let (free, longest) = match by {
        HeldBy::Account => (FREE_FOR_AN_ACCOUNT, LONGEST_WAIT),
        HeldBy::Network => (FREE_FROM_A_NETWORK, LONGEST_WAIT_OF_A_NETWORK),
    };
    let tries = tries.filter(|tries| now - tries.last < FORGOTTEN);
    let failures = tries.map_or(0, |tries| tries.failures);
    if failures.saturating_add(trying) < free {
        return Ok(());
    }
    // One at a time from here on: who sends a hundred at once has one answered.
    let free_at = tries.map_or(now, |tries| tries.last + wait_after(failures, free).min(longest));
    let over = free_at <= now;
    if over && trying == 0 {
        return Ok(());
    }
    let left = if over { FIRST_WAIT } else { (free_at - now).min(longest) };
    let seconds = left.whole_seconds() + i64::from(left.subsec_nanoseconds() > 0);
    Err(Held { seconds: u32::try_from(seconds).unwrap_or(u32::MAX), by })
}

fn wait_after(failures: u32, free: u32) -> Duration {
    match failures.checked_sub(free) {
        None => Duration::ZERO,
        Some(more) => FIRST_WAIT.saturating_mul(1 << more.min(10)),
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, OffsetDateTime};

    use super::{LONGEST_WAIT, Tries, may_try};
    use crate::signin::identify::password::HeldBy;

    const NOON: OffsetDateTime = time::macros::datetime!(2026-11-23 12:00 UTC);

    fn wait(failures: u32, ago: Duration, by: HeldBy) -> u32 {
        let tries = Tries { failures, last: NOON - ago };
        may_try(Some(tries), 0, by, NOON).map_or_else(|held| held.seconds, |()| 0)
    }

    // C43
    #[test]
    fn waits_begin_after_a_few_tries_and_double_up_to_a_quarter_of_an_hour() {
        let after = |failures| wait(failures, Duration::ZERO, HeldBy::Account);
        assert_eq!((0..=13).map(after).collect::<Vec<_>>(), [0, 0, 0, 0, 0, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
        assert_eq!(after(u32::MAX), 900, "however long it went on");
        let of_a_network = |failures| wait(failures, Duration::ZERO, HeldBy::Network);
        assert_eq!([49, 50, 51, 52, 53, u32::MAX].map(of_a_network), [0, 10, 20, 40, 60, 60]);
    }

    // C43: never a permanent lock that a stranger can cause
    #[test]
    fn every_wait_ends() {
        for failures in [5, 12, 1_000, u32::MAX] {
            assert_eq!(wait(failures, LONGEST_WAIT, HeldBy::Account), 0, "{failures}");
        }
        assert_eq!(wait(7, Duration::seconds(39), HeldBy::Account), 1);
        assert_eq!(wait(7, Duration::milliseconds(39_500), HeldBy::Account), 1, "never nought while it lasts");
        assert_eq!(wait(7, Duration::seconds(40), HeldBy::Account), 0);
    }

    // C43
    #[test]
    fn a_hundred_at_once_are_no_way_around_the_wait() {
        let let_through = (0..100).filter(|trying| may_try(None, *trying, HeldBy::Account, NOON).is_ok()).count();
        assert_eq!(let_through, 5);
        let over = Some(Tries { failures: 9, last: NOON - LONGEST_WAIT });
        assert!(may_try(over, 0, HeldBy::Account, NOON).is_ok());
        assert!(may_try(over, 1, HeldBy::Account, NOON).unwrap_err().seconds >= 1);
    }

    #[test]
    fn tries_of_yesterday_are_forgotten() {
        assert_eq!(wait(4, Duration::days(2), HeldBy::Account), 0);
        let yesterday = Some(Tries { failures: 400, last: NOON - Duration::days(1) });
        assert!(may_try(yesterday, 4, HeldBy::Account, NOON).is_ok());
    }

    #[test]
    fn a_clock_that_was_set_back_makes_no_wait_longer_than_the_longest() {
        let ahead = Some(Tries { failures: 9, last: NOON + Duration::days(3) });
        let held = may_try(ahead, 0, HeldBy::Account, NOON).unwrap_err();
        assert!(i64::from(held.seconds) <= LONGEST_WAIT.whole_seconds(), "{held}");
    }
}
