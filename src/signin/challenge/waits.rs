//! How long to wait before the next try of a password: nothing at first, then twice as long each time, and never for
//! ever.

use std::fmt;

use time::{Duration, OffsetDateTime};

/// Tries that went wrong, one after the other: of one account, or from one network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tries {
    pub failures: u32,
    pub last: OffsetDateTime,
}

/// How many tries at one account go wrong before the first wait, unless the provider's config says fewer.
pub const FREE_TRIES: u32 = 5;
/// How many tries from one network go wrong before its first wait. A network may be a whole school behind one address.
const FREE_FROM_A_NETWORK: u32 = 50;
const FIRST_WAIT: Duration = Duration::seconds(10);
/// Longest wait of an account. A stranger who never gives up has four tries an hour at one account, a hundredth of what
/// NIST SP 800-63B-4 §3.2.2 lets pass before anything at all happens, and locks nobody out for good.
pub const LONGEST_WAIT: Duration = Duration::minutes(15);
/// Longest wait of a network: newcomers of a whole school wait for what one of them mistypes.
const LONGEST_WAIT_OF_A_NETWORK: Duration = Duration::minutes(1);
/// After a day without any, tries are forgotten.
pub const FORGOTTEN: Duration = Duration::days(1);
/// How long a server that bans addresses remembers a failure. ejabberd remembers it for an hour, and looks every ten
/// minutes for failures to forget; until then they count. One minute more is for clocks that differ.
pub const BAN: Duration = Duration::minutes(71);
/// Where a whole class signs in at once at such a server, a few are let through at a time.
const A_CROWD: Duration = Duration::seconds(2);
/// No wait is longer.
pub const LONGEST_OF_ALL: Duration = BAN;

/// How many failures are free, and what waits follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    free: u32,
    first: Duration,
    longest: Duration,
    /// How long to wait where others are being tried, and nothing else is against it.
    crowded: Duration,
    /// Failures count as long as no more than this lies between two of them.
    pub forgotten: Duration,
    by: HeldBy,
}

impl Limit {
    /// Any names from one network.
    pub const NETWORK: Self = Self {
        free: FREE_FROM_A_NETWORK,
        first: FIRST_WAIT,
        longest: LONGEST_WAIT_OF_A_NETWORK,
        crowded: FIRST_WAIT,
        forgotten: FORGOTTEN,
        by: HeldBy::Network,
    };

    /// One account, or one name. Where fewer than the usual tries are free, the server locks accounts soon: then each
    /// wait is the longest, so that the server has time to forget.
    #[must_use]
    pub fn account(free_tries: u32) -> Self {
        let first = if free_tries < FREE_TRIES { LONGEST_WAIT } else { FIRST_WAIT };
        Self {
            free: free_tries,
            first,
            longest: LONGEST_WAIT,
            crowded: FIRST_WAIT,
            forgotten: FORGOTTEN,
            by: HeldBy::Account,
        }
    }

    /// All people together at one server that bans an address after `bans_after` failures in a row: that many never
    /// come.
    #[must_use]
    pub fn everybody(bans_after: u32) -> Self {
        let free = bans_after.saturating_sub(1).max(1);
        Self { free, first: BAN, longest: BAN, crowded: A_CROWD, forgotten: BAN, by: HeldBy::Server }
    }

    /// Those of them who are not known at their network: three quarters. The rest is left for people who are known.
    #[must_use]
    pub fn strangers(bans_after: u32) -> Self {
        let all = Self::everybody(bans_after);
        let free = (bans_after.saturating_mul(3) / 4).min(all.free.saturating_sub(1)).max(1);
        Self { free, ..all }
    }

    /// The share of one network in [`Self::strangers`]: half, so that no single network makes all strangers wait.
    #[must_use]
    pub fn strangers_of_a_network(bans_after: u32) -> Self {
        let all = Self::strangers(bans_after);
        Self { free: (all.free / 2).max(1), by: HeldBy::Network, ..all }
    }
}

/// Lets a try through, or says how long to wait. `trying` are being tried at this moment, and may all go wrong.
///
/// # Errors
/// How long to wait.
pub fn may_try(tries: Option<Tries>, trying: u32, limit: &Limit, now: OffsetDateTime) -> Result<(), Held> {
    let tries = tries.filter(|tries| now - tries.last < limit.forgotten);
    let failures = tries.map_or(0, |tries| tries.failures);
    if failures.saturating_add(trying) < limit.free {
        return Ok(());
    }
    // One at a time from here on: who sends a hundred at once has one answered.
    let free_at = tries.map_or(now, |tries| tries.last + wait_after(failures, limit));
    let over = free_at <= now;
    if over && trying == 0 {
        return Ok(());
    }
    let left = if over { limit.crowded } else { (free_at - now).min(limit.longest) };
    let seconds = left.whole_seconds() + i64::from(left.subsec_nanoseconds() > 0);
    Err(Held { seconds: u32::try_from(seconds).unwrap_or(u32::MAX), by: limit.by })
}

fn wait_after(failures: u32, limit: &Limit) -> Duration {
    match failures.checked_sub(limit.free) {
        None => Duration::ZERO,
        Some(more) => limit.first.saturating_mul(1 << more.min(10)).min(limit.longest),
    }
}

/// Nobody is tried until the wait is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many tries {by}: {seconds} s to wait")]
pub struct Held {
    /// Whole seconds, at least one.
    pub seconds: u32,
    pub by: HeldBy,
}

/// Whose tries were too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldBy {
    Account,
    Network,
    /// Those of all people together, at one server that bans addresses.
    Server,
}

impl fmt::Display for HeldBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Account => "for this account",
            Self::Network => "from this network",
            Self::Server => "at this server, by all people together; after a few more it would ban Vestibule's address",
        })
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, OffsetDateTime};

    use proptest::prelude::*;

    use super::{
        BAN, FIRST_WAIT, FORGOTTEN, FREE_FROM_A_NETWORK, FREE_TRIES, LONGEST_WAIT, LONGEST_WAIT_OF_A_NETWORK, Limit,
        Tries, may_try,
    };

    const NOON: OffsetDateTime = time::macros::datetime!(2026-11-23 12:00 UTC);

    fn account() -> Limit {
        Limit::account(FREE_TRIES)
    }

    fn wait(failures: u32, ago: Duration, limit: Limit) -> u32 {
        let tries = Tries { failures, last: NOON - ago };
        may_try(Some(tries), 0, &limit, NOON).map_or_else(|held| held.seconds, |()| 0)
    }

    // C43
    #[test]
    fn the_guide_for_operators_says_these_numbers() {
        let guide = include_str!("../../../docs/operate.md").replace('\n', " ");
        let said = format!(
            "After {FREE_TRIES} of one account or name (`free_tries`), or {FREE_FROM_A_NETWORK} from one network, people wait: {} \
             seconds, then twice as long each time, at most {} minutes for an account and {} minute for a network. After a day",
            FIRST_WAIT.whole_seconds(),
            LONGEST_WAIT.whole_minutes(),
            LONGEST_WAIT_OF_A_NETWORK.whole_minutes(),
        );
        assert!(guide.contains(&said), "{said}");
        assert_eq!(FORGOTTEN, Duration::days(1));
    }

    #[test]
    fn waits_begin_after_a_few_tries_and_double_up_to_a_quarter_of_an_hour() {
        let after = |failures| wait(failures, Duration::ZERO, account());
        assert_eq!((0..=13).map(after).collect::<Vec<_>>(), [0, 0, 0, 0, 0, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
        assert_eq!(after(u32::MAX), 900, "however long it went on");
        let of_a_network = |failures| wait(failures, Duration::ZERO, Limit::NETWORK);
        assert_eq!([49, 50, 51, 52, 53, u32::MAX].map(of_a_network), [0, 10, 20, 40, 60, 60]);
    }

    // C43: never a permanent lock that a stranger can cause
    #[test]
    fn every_wait_ends() {
        for failures in [5, 12, 1_000, u32::MAX] {
            assert_eq!(wait(failures, LONGEST_WAIT, account()), 0, "{failures}");
        }
        assert_eq!(wait(7, Duration::seconds(39), account()), 1);
        assert_eq!(wait(7, Duration::milliseconds(39_500), account()), 1, "never nought while it lasts");
        assert_eq!(wait(7, Duration::seconds(40), account()), 0);
    }

    // C43
    #[test]
    fn a_hundred_at_once_are_no_way_around_the_wait() {
        let let_through = (0..100).filter(|trying| may_try(None, *trying, &account(), NOON).is_ok()).count();
        assert_eq!(let_through, 5);
        let over = Some(Tries { failures: 9, last: NOON - LONGEST_WAIT });
        assert!(may_try(over, 0, &account(), NOON).is_ok());
        assert!(may_try(over, 1, &account(), NOON).unwrap_err().seconds >= 1);
    }

    #[test]
    fn tries_of_yesterday_are_forgotten() {
        assert_eq!(wait(4, Duration::days(2), account()), 0);
        let yesterday = Some(Tries { failures: 400, last: NOON - Duration::days(1) });
        assert!(may_try(yesterday, 4, &account(), NOON).is_ok());
    }

    #[test]
    fn a_clock_that_was_set_back_makes_no_wait_longer_than_the_longest() {
        let ahead = Some(Tries { failures: 9, last: NOON + Duration::days(3) });
        let held = may_try(ahead, 0, &account(), NOON).unwrap_err();
        assert!(i64::from(held.seconds) <= LONGEST_WAIT.whole_seconds(), "{held}");
    }

    // C43: some servers lock an account after three tries
    #[test]
    fn with_fewer_free_tries_each_wait_is_the_longest() {
        let after = |failures| wait(failures, Duration::ZERO, Limit::account(2));
        assert_eq!([0, 1, 2, 3, 40].map(after), [0, 0, 900, 900, 900]);
    }

    // C43: ejabberd bans an address for an hour after 20 failures in a row
    #[test]
    fn strangers_wait_until_a_server_that_bans_addresses_has_forgotten_them() {
        let (all, some) = (Limit::strangers(20), Limit::strangers_of_a_network(20));
        let after = |failures, limit| wait(failures, Duration::ZERO, limit);
        assert_eq!([14, 15, 400].map(|failures| after(failures, all)), [0, 4260, 4260]);
        assert_eq!([6, 7, 400].map(|failures| after(failures, some)), [0, 4260, 4260]);
        assert_eq!(wait(400, BAN, all), 0, "then they are forgotten");
        assert_eq!((0..100).filter(|trying| may_try(None, *trying, &all, NOON).is_ok()).count(), 15);
    }

    // C43
    #[test]
    fn before_a_ban_everybody_waits_and_strangers_wait_before_people_who_are_known() {
        for bans_after in 2..=1000 {
            let first_wait =
                |limit: Limit| (0..=bans_after).find(|failures| wait(*failures, Duration::ZERO, limit) > 0).unwrap();
            let all = first_wait(Limit::everybody(bans_after));
            let strangers = first_wait(Limit::strangers(bans_after));
            assert_eq!(all, bans_after - 1);
            assert!(strangers <= all && (strangers < all || bans_after == 2), "{bans_after}: {strangers} of {all}");
            assert!(first_wait(Limit::strangers_of_a_network(bans_after)) <= strangers.div_ceil(2));
        }
    }

    proptest! {
        // C43
        #[test]
        fn every_wait_is_over_when_it_says_and_none_is_longer_than_its_longest(
            failures in 0..200_u32,
            trying in 0..20_u32,
            ago in -100_000..100_000_i64,
            free in 1..=FREE_TRIES,
        ) {
            let tries = Tries { failures, last: NOON - Duration::seconds(ago) };
            for limit in [
                Limit::account(free),
                Limit::NETWORK,
                Limit::everybody(20),
                Limit::strangers(20),
                Limit::strangers_of_a_network(20),
            ] {
                let Err(held) = may_try(Some(tries), trying, &limit, NOON) else {
                    let counted = if Duration::seconds(ago) < limit.forgotten { failures } else { 0 };
                    prop_assert!(counted + trying < limit.free || trying == 0);
                    continue;
                };
                prop_assert!(held.seconds >= 1 && i64::from(held.seconds) <= limit.longest.whole_seconds());
                // The clock was not set back, and nothing else is being tried.
                if ago >= 0 && trying == 0 {
                    let then = NOON + Duration::seconds(held.seconds.into());
                    prop_assert!(may_try(Some(tries), 0, &limit, then).is_ok());
                }
            }
        }
    }
}
