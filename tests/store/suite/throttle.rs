//! Counts of failed logins.

use std::collections::BTreeSet;
use std::time::Duration;

use vestibule::signin::challenge::throttle::{FAILURES_EXPIRE_AFTER, Failures};
use vestibule::store::{FailureCount, KNOWN_FOR};

use super::{Fixture, HOUR, MINUTE};

const ADA: [u8; 32] = [1; 32];
const DEE: [u8; 32] = [2; 32];
const NETWORK: [u8; 32] = [3; 32];

fn of_no_account(keys: &[[u8; 32]]) -> Vec<FailureCount> {
    keys.iter().copied().map(FailureCount::of_no_account).collect()
}

// C43
pub async fn the_counts_of_an_account_are_found_by_any_name_that_led_to_it(fixture: &Fixture) {
    const EMAIL: [u8; 32] = [4; 32];
    let counts_of = async |keys: &[[u8; 32]], accounts: &[[u8; 32]]| {
        let (keys, accounts) = (keys.iter().copied().collect(), accounts.iter().copied().collect());
        fixture.store.counts_of(&keys, &accounts).await.unwrap()
    };
    let count = async |counts: &[FailureCount]| {
        fixture.store.count_failure(counts, FAILURES_EXPIRE_AFTER, fixture.now()).await.unwrap();
    };
    let led_to_ada = [EMAIL, ADA].map(|key| FailureCount { key, account: Some(ADA) });
    count(&[&led_to_ada[..], &of_no_account(&[NETWORK])].concat()).await;
    count(&of_no_account(&[DEE])).await;
    let all = BTreeSet::from([EMAIL, ADA]);
    assert_eq!(counts_of(&[], &[ADA]).await, all);
    assert_eq!(counts_of(&[EMAIL], &[]).await, all);
    assert_eq!(counts_of(&[DEE], &[]).await, BTreeSet::from([DEE]));
    // A later attempt with this name did not show the account.
    count(&of_no_account(&[EMAIL])).await;
    assert_eq!(counts_of(&[], &[ADA]).await, all);
    fixture.store.forgive(&[], &[EMAIL], fixture.now()).await.unwrap();
    assert_eq!(counts_of(&[EMAIL], &[ADA]).await, BTreeSet::from([ADA]), "a known network is not a count");
}

// C43
pub async fn wrong_passwords_are_counted_for_all_instances(fixture: &Fixture) {
    assert_eq!(fixture.store.failures(&[ADA, DEE]).await.unwrap(), [None, None]);
    fixture.store.count_failure(&of_no_account(&[ADA, NETWORK]), FAILURES_EXPIRE_AFTER, fixture.now()).await.unwrap();
    fixture.advance_clock(MINUTE);
    fixture.store.count_failure(&of_no_account(&[DEE, NETWORK]), FAILURES_EXPIRE_AFTER, fixture.now()).await.unwrap();
    let now = fixture.now();
    let counted = |failures, last| Some(Failures { count: failures, last });
    let expected = [counted(1, now - MINUTE), counted(1, now), counted(2, now)];
    assert_eq!(fixture.store.failures(&[ADA, DEE, NETWORK]).await.unwrap(), expected);
    assert_eq!(fixture.store.failures(&[]).await.unwrap(), []);
}

// C43
pub async fn a_key_counts_once_per_attempt_with_any_number_of_keys(fixture: &Fixture) {
    let many: Vec<[u8; 32]> = (10..30).map(|number| [number; 32]).collect();
    fixture
        .store
        .count_failure(&of_no_account(&[ADA, NETWORK, ADA]), FAILURES_EXPIRE_AFTER, fixture.now())
        .await
        .unwrap();
    assert_eq!(fixture.store.failures(&[ADA]).await.unwrap()[0].unwrap().count, 1);
    fixture.store.count_failure(&of_no_account(&many), FAILURES_EXPIRE_AFTER, fixture.now()).await.unwrap();
    for twelve in many.chunks(12) {
        let failures = fixture.store.failures(twelve).await.unwrap();
        assert!(failures.iter().all(|failures| failures.unwrap().count == 1), "{failures:?}");
    }
}

// C43
pub async fn simultaneous_attempts_are_each_counted(fixture: &Fixture) {
    let mut counting = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (store, now) = (fixture.store.clone(), fixture.now());
        counting.spawn(async move {
            store.count_failure(&of_no_account(&[NETWORK, ADA]), FAILURES_EXPIRE_AFTER, now).await.unwrap();
        });
    }
    counting.join_all().await;
    assert_eq!(fixture.store.failures(&[ADA]).await.unwrap()[0].unwrap().count, 20);
}

pub async fn a_right_password_resets_its_own_count_and_makes_its_network_known(fixture: &Fixture) {
    fixture.store.count_failure(&of_no_account(&[ADA, DEE]), FAILURES_EXPIRE_AFTER, fixture.now()).await.unwrap();
    fixture.advance_clock(MINUTE);
    let now = fixture.now();
    fixture.store.forgive(&[ADA], &[NETWORK], now).await.unwrap();
    let failures = fixture.store.failures(&[ADA, DEE, NETWORK]).await.unwrap();
    assert_eq!((failures[0], failures[1].unwrap().count), (None, 1));
    assert_eq!(failures[2], Some(Failures { count: 0, last: now }));
}

// C43
pub async fn a_right_password_resets_only_the_failures_of_its_own_spelling(fixture: &Fixture) {
    let failures =
        async || fixture.store.failures(&[ADA, DEE]).await.unwrap().into_iter().map(|it| it.map(|it| it.count));
    for keys in [&[ADA][..], &[ADA, DEE], &[ADA], &[ADA, DEE]] {
        fixture.store.count_failure(&of_no_account(keys), FAILURES_EXPIRE_AFTER, fixture.now()).await.unwrap();
    }
    // Simultaneous successes reset no more than one does.
    let mut forgiving = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (store, now) = (fixture.store.clone(), fixture.now());
        forgiving.spawn(async move { store.forgive_spelling(ADA, DEE, now).await.unwrap() });
    }
    forgiving.join_all().await;
    assert_eq!(failures().await.collect::<Vec<_>>(), [Some(2), None]);
    // Failures that are a day old are no longer part of the count.
    fixture.store.count_failure(&of_no_account(&[ADA, DEE]), FAILURES_EXPIRE_AFTER, fixture.now()).await.unwrap();
    fixture.advance_clock(Duration::from_hours(24));
    fixture.store.count_failure(&of_no_account(&[ADA]), FAILURES_EXPIRE_AFTER, fixture.now()).await.unwrap();
    fixture.store.forgive_spelling(ADA, DEE, fixture.now()).await.unwrap();
    assert_eq!(failures().await.next(), Some(Some(1)));
    fixture.store.forgive(&[ADA, DEE], &[], fixture.now()).await.unwrap();
    fixture.store.count_failure(&of_no_account(&[ADA, DEE]), FAILURES_EXPIRE_AFTER, fixture.now()).await.unwrap();
    fixture.store.forgive_spelling(ADA, DEE, fixture.now()).await.unwrap();
    assert_eq!(failures().await.collect::<Vec<_>>(), [None, None]);
    // Simultaneous failures and successes never deadlock.
    let mut racing = tokio::task::JoinSet::new();
    for round in 0..100 {
        let (store, now) = (fixture.store.clone(), fixture.now());
        racing.spawn(async move {
            if round % 2 == 0 {
                store.count_failure(&of_no_account(&[ADA, DEE]), FAILURES_EXPIRE_AFTER, now).await.map(drop)
            } else {
                store.forgive_spelling(ADA, DEE, now).await
            }
        });
    }
    assert_eq!(racing.join_all().await.into_iter().filter_map(Result::err).map(|why| why.to_string()).next(), None);
}

pub async fn failures_expire_after_a_day_and_known_networks_later(fixture: &Fixture) {
    fixture.store.count_failure(&of_no_account(&[ADA]), FAILURES_EXPIRE_AFTER, fixture.now()).await.unwrap();
    fixture.store.count_failure(&of_no_account(&[ADA]), FAILURES_EXPIRE_AFTER, fixture.now()).await.unwrap();
    fixture.store.forgive(&[], &[NETWORK], fixture.now()).await.unwrap();
    fixture.advance_clock(Duration::from_hours(24) + HOUR);
    fixture.store.count_failure(&of_no_account(&[DEE]), FAILURES_EXPIRE_AFTER, fixture.now()).await.unwrap();
    assert_eq!(fixture.store.prune_throttle(fixture.now()).await.unwrap(), 1);
    let failures = fixture.store.failures(&[ADA, DEE, NETWORK]).await.unwrap();
    assert_eq!((failures[0], failures[1].map(|failures| failures.count), failures[2].is_some()), (None, Some(1), true));
    fixture.advance_clock(Duration::from_hours(24) + HOUR);
    fixture.store.count_failure(&of_no_account(&[DEE]), FAILURES_EXPIRE_AFTER, fixture.now()).await.unwrap();
    assert_eq!(
        fixture.store.failures(&[DEE]).await.unwrap()[0].unwrap().count,
        1,
        "yesterday's failures are not added"
    );
    let (now, soon) = (fixture.now(), time::Duration::minutes(61));
    fixture.store.count_failure(&of_no_account(&[ADA]), soon, now - time::Duration::hours(1)).await.unwrap();
    fixture.store.count_failure(&of_no_account(&[ADA]), soon, now).await.unwrap();
    assert_eq!(fixture.store.failures(&[ADA]).await.unwrap()[0].unwrap().count, 2);
    fixture.store.count_failure(&of_no_account(&[ADA]), soon, now + soon).await.unwrap();
    assert_eq!(fixture.store.failures(&[ADA]).await.unwrap()[0].unwrap().count, 1, "a shorter expiry applies");
    fixture.advance_clock(KNOWN_FOR.unsigned_abs());
    assert_eq!(fixture.store.prune_throttle(fixture.now()).await.unwrap(), 3);
}

// C43
pub async fn failures_and_known_networks_from_the_future_count_as_of_now(fixture: &Fixture) {
    let (now, year) = (fixture.now(), time::Duration::days(365));
    fixture.store.count_failure(&of_no_account(&[ADA]), FAILURES_EXPIRE_AFTER, now + year).await.unwrap();
    fixture.store.forgive(&[], &[NETWORK], now + year).await.unwrap();
    let soon = now + time::Duration::seconds(59);
    fixture.store.count_failure(&of_no_account(&[DEE]), FAILURES_EXPIRE_AFTER, soon).await.unwrap();
    assert_eq!(fixture.store.correct_throttle_times(now).await.unwrap(), 2);
    let failures = fixture.store.failures(&[ADA, DEE, NETWORK]).await.unwrap().into_iter().flatten();
    assert_eq!(failures.map(|it| (it.count, it.last)).collect::<Vec<_>>(), [(1, now), (1, soon), (0, now)]);
    assert_eq!(fixture.store.correct_throttle_times(now).await.unwrap(), 0, "clocks may differ a little");
}
