//! Tests of waits: when they begin, how long they are, and that each of them ends.

use time::{Duration, OffsetDateTime};

use proptest::prelude::*;

use super::{
    FAILURES_EXPIRE_AFTER, FIRST_WAIT, FREE_TRIES, FREE_TRIES_PER_NETWORK, Failures, Limit, MAX_ACCOUNT_WAIT,
    MAX_NETWORK_WAIT, SERVER_FAILURES_EXPIRE_AFTER, may_attempt,
};

const NOON: OffsetDateTime = time::macros::datetime!(2026-11-23 12:00 UTC);

fn account() -> Limit {
    Limit::account(FREE_TRIES)
}

fn wait(failures: u32, ago: Duration, limit: Limit) -> u32 {
    let failed = Failures { count: failures, last: NOON - ago };
    may_attempt(Some(failed), 0, &limit, NOON).map_or_else(|throttled| throttled.seconds, |()| 0)
}

// C43
#[test]
fn the_operators_guide_states_these_numbers() {
    let guide = include_str!("../../../../docs/operate.md").replace('\n', " ");
    let expected = format!(
        "After {FREE_TRIES} failures of one account or name (`free_tries`), or {FREE_TRIES_PER_NETWORK} from one \
         network, people wait: {} seconds, then twice as long each time, at most {} minutes for an account and {} \
         minute for a network. After a day",
        FIRST_WAIT.whole_seconds(),
        MAX_ACCOUNT_WAIT.whole_minutes(),
        MAX_NETWORK_WAIT.whole_minutes(),
    );
    assert!(guide.contains(&expected), "{expected}");
    assert_eq!(FAILURES_EXPIRE_AFTER, Duration::days(1));
}

#[test]
fn waits_begin_after_a_few_tries_and_double_up_to_a_quarter_of_an_hour() {
    let after = |failures| wait(failures, Duration::ZERO, account());
    assert_eq!((0..=13).map(after).collect::<Vec<_>>(), [0, 0, 0, 0, 0, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
    assert_eq!(after(u32::MAX), 900, "after any number of failures");
    let of_a_network = |failures| wait(failures, Duration::ZERO, Limit::NETWORK);
    assert_eq!([49, 50, 51, 52, 53, u32::MAX].map(of_a_network), [0, 10, 20, 40, 60, 60]);
}

// C43: a stranger can never cause a permanent lock
#[test]
fn every_wait_ends() {
    for failures in [5, 12, 1_000, u32::MAX] {
        assert_eq!(wait(failures, MAX_ACCOUNT_WAIT, account()), 0, "{failures}");
    }
    assert_eq!(wait(7, Duration::seconds(39), account()), 1);
    assert_eq!(wait(7, Duration::milliseconds(39_500), account()), 1, "never zero while the wait lasts");
    assert_eq!(wait(7, Duration::seconds(40), account()), 0);
}

// C43
#[test]
fn parallel_attempts_cannot_bypass_the_wait() {
    let let_through = (0..100).filter(|in_flight| may_attempt(None, *in_flight, &account(), NOON).is_ok()).count();
    assert_eq!(let_through, 5);
    let over = Some(Failures { count: 9, last: NOON - MAX_ACCOUNT_WAIT });
    assert!(may_attempt(over, 0, &account(), NOON).is_ok());
    assert!(may_attempt(over, 1, &account(), NOON).unwrap_err().seconds >= 1);
}

#[test]
fn tries_of_yesterday_are_forgotten() {
    assert_eq!(wait(4, Duration::days(2), account()), 0);
    let yesterday = Some(Failures { count: 400, last: NOON - Duration::days(1) });
    assert!(may_attempt(yesterday, 4, &account(), NOON).is_ok());
}

#[test]
fn a_clock_that_was_set_back_never_makes_a_wait_longer_than_the_longest() {
    let ahead = Some(Failures { count: 9, last: NOON + Duration::days(3) });
    let throttled = may_attempt(ahead, 0, &account(), NOON).unwrap_err();
    assert!(i64::from(throttled.seconds) <= MAX_ACCOUNT_WAIT.whole_seconds(), "{throttled}");
}

// C43: some servers lock an account after three failures
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
    assert_eq!(wait(400, SERVER_FAILURES_EXPIRE_AFTER, all), 0, "then the server has forgotten them");
    assert_eq!((0..100).filter(|in_flight| may_attempt(None, *in_flight, &all, NOON).is_ok()).count(), 15);
}

// C43
#[test]
fn before_a_ban_everybody_waits_and_strangers_wait_before_people_who_are_known() {
    for bans_after in 2..=1000 {
        let first_wait =
            |limit: Limit| (0..=bans_after).find(|failures| wait(*failures, Duration::ZERO, limit) > 0).unwrap();
        let all = first_wait(Limit::server(bans_after));
        let strangers = first_wait(Limit::strangers(bans_after));
        assert_eq!(all, bans_after - 1);
        assert!(strangers <= all && (strangers < all || bans_after == 2), "{bans_after}: {strangers} of {all}");
        assert!(first_wait(Limit::strangers_of_a_network(bans_after)) <= strangers.div_ceil(2));
    }
}

proptest! {
    // C43
    #[test]
    fn every_wait_ends_at_the_time_it_states_and_none_exceeds_its_longest(
        failures in 0..200_u32,
        in_flight in 0..20_u32,
        ago in -100_000..100_000_i64,
        free in 1..=FREE_TRIES,
    ) {
        let failed = Failures { count: failures, last: NOON - Duration::seconds(ago) };
        for limit in [
            Limit::account(free),
            Limit::NETWORK,
            Limit::server(20),
            Limit::strangers(20),
            Limit::strangers_of_a_network(20),
        ] {
            let Err(throttled) = may_attempt(Some(failed), in_flight, &limit, NOON) else {
                let counted = if Duration::seconds(ago) < limit.expire_after { failures } else { 0 };
                prop_assert!(counted + in_flight < limit.free || in_flight == 0);
                continue;
            };
            prop_assert!(throttled.seconds >= 1 && i64::from(throttled.seconds) <= limit.longest.whole_seconds());
            // The clock was not set back, and no other attempt is in flight.
            if ago >= 0 && in_flight == 0 {
                let then = NOON + Duration::seconds(throttled.seconds.into());
                prop_assert!(may_attempt(Some(failed), 0, &limit, then).is_ok());
            }
        }
    }
}
