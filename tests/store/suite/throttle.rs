//! Wrong passwords, counted.

use std::time::Duration;

use vestibule::signin::challenge::throttle::{FORGOTTEN, Failures};
use vestibule::store::KNOWN_FOR;

use super::{Bench, HOUR, MINUTE};

const ADA: [u8; 32] = [1; 32];
const DEE: [u8; 32] = [2; 32];
const NETWORK: [u8; 32] = [3; 32];

// C43
pub async fn wrong_passwords_are_counted_for_all_instances(bench: &Bench) {
    assert_eq!(bench.store.failures(&[ADA, DEE]).await.unwrap(), [None, None]);
    bench.store.count_failure(&[ADA, NETWORK], FORGOTTEN, bench.now()).await.unwrap();
    bench.wait(MINUTE);
    bench.store.count_failure(&[DEE, NETWORK], FORGOTTEN, bench.now()).await.unwrap();
    let now = bench.now();
    let counted = |failures, last| Some(Failures { count: failures, last });
    let expected = [counted(1, now - MINUTE), counted(1, now), counted(2, now)];
    assert_eq!(bench.store.failures(&[ADA, DEE, NETWORK]).await.unwrap(), expected);
    assert_eq!(bench.store.failures(&[]).await.unwrap(), []);
}

// C43
pub async fn a_key_counts_once_an_attempt_however_many_keys_there_are(bench: &Bench) {
    let many: Vec<[u8; 32]> = (10..30).map(|number| [number; 32]).collect();
    bench.store.count_failure(&[ADA, NETWORK, ADA], FORGOTTEN, bench.now()).await.unwrap();
    assert_eq!(bench.store.failures(&[ADA]).await.unwrap()[0].unwrap().count, 1);
    bench.store.count_failure(&many, FORGOTTEN, bench.now()).await.unwrap();
    for twelve in many.chunks(12) {
        let failures = bench.store.failures(twelve).await.unwrap();
        assert!(failures.iter().all(|failures| failures.unwrap().count == 1), "{failures:?}");
    }
}

// C43
pub async fn attempts_at_once_are_each_counted(bench: &Bench) {
    let mut counting = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (store, now) = (bench.store.clone(), bench.now());
        counting.spawn(async move { store.count_failure(&[NETWORK, ADA], FORGOTTEN, now).await.unwrap() });
    }
    counting.join_all().await;
    assert_eq!(bench.store.failures(&[ADA]).await.unwrap()[0].unwrap().count, 20);
}

pub async fn a_right_password_forgives_its_own_and_is_remembered(bench: &Bench) {
    bench.store.count_failure(&[ADA, DEE], FORGOTTEN, bench.now()).await.unwrap();
    bench.wait(MINUTE);
    let now = bench.now();
    bench.store.forgive(&[ADA], &[NETWORK], now).await.unwrap();
    let failures = bench.store.failures(&[ADA, DEE, NETWORK]).await.unwrap();
    assert_eq!((failures[0], failures[1].unwrap().count), (None, 1));
    assert_eq!(failures[2], Some(Failures { count: 0, last: now }));
}

// C43
pub async fn a_right_password_forgives_those_at_its_own_spelling_alone(bench: &Bench) {
    let failures =
        async || bench.store.failures(&[ADA, DEE]).await.unwrap().into_iter().map(|it| it.map(|it| it.count));
    for keys in [&[ADA][..], &[ADA, DEE], &[ADA], &[ADA, DEE]] {
        bench.store.count_failure(keys, FORGOTTEN, bench.now()).await.unwrap();
    }
    // However many do it at once.
    let mut forgiving = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (store, now) = (bench.store.clone(), bench.now());
        forgiving.spawn(async move { store.forgive_spelling(ADA, DEE, now).await.unwrap() });
    }
    forgiving.join_all().await;
    assert_eq!(failures().await.collect::<Vec<_>>(), [Some(2), None]);
    // What was counted a day ago may be no part of the count any longer.
    bench.store.count_failure(&[ADA, DEE], FORGOTTEN, bench.now()).await.unwrap();
    bench.wait(Duration::from_hours(24));
    bench.store.count_failure(&[ADA], FORGOTTEN, bench.now()).await.unwrap();
    bench.store.forgive_spelling(ADA, DEE, bench.now()).await.unwrap();
    assert_eq!(failures().await.next(), Some(Some(1)));
    bench.store.forgive(&[ADA, DEE], &[], bench.now()).await.unwrap();
    bench.store.count_failure(&[ADA, DEE], FORGOTTEN, bench.now()).await.unwrap();
    bench.store.forgive_spelling(ADA, DEE, bench.now()).await.unwrap();
    assert_eq!(failures().await.collect::<Vec<_>>(), [None, None]);
    // A failure and a yes at the same moment never wait for each other's rows.
    let mut racing = tokio::task::JoinSet::new();
    for round in 0..100 {
        let (store, now) = (bench.store.clone(), bench.now());
        racing.spawn(async move {
            if round % 2 == 0 {
                store.count_failure(&[ADA, DEE], FORGOTTEN, now).await.map(drop)
            } else {
                store.forgive_spelling(ADA, DEE, now).await
            }
        });
    }
    assert_eq!(racing.join_all().await.into_iter().filter_map(Result::err).map(|why| why.to_string()).next(), None);
}

pub async fn tries_are_forgotten_after_a_day_and_known_places_later(bench: &Bench) {
    bench.store.count_failure(&[ADA], FORGOTTEN, bench.now()).await.unwrap();
    bench.store.count_failure(&[ADA], FORGOTTEN, bench.now()).await.unwrap();
    bench.store.forgive(&[], &[NETWORK], bench.now()).await.unwrap();
    bench.wait(Duration::from_hours(24) + HOUR);
    bench.store.count_failure(&[DEE], FORGOTTEN, bench.now()).await.unwrap();
    assert_eq!(bench.store.prune_throttle(bench.now()).await.unwrap(), 1);
    let failures = bench.store.failures(&[ADA, DEE, NETWORK]).await.unwrap();
    assert_eq!((failures[0], failures[1].map(|failures| failures.count), failures[2].is_some()), (None, Some(1), true));
    bench.wait(Duration::from_hours(24) + HOUR);
    bench.store.count_failure(&[DEE], FORGOTTEN, bench.now()).await.unwrap();
    assert_eq!(bench.store.failures(&[DEE]).await.unwrap()[0].unwrap().count, 1, "yesterday's do not add up");
    let (now, soon) = (bench.now(), time::Duration::minutes(61));
    bench.store.count_failure(&[ADA], soon, now - time::Duration::hours(1)).await.unwrap();
    bench.store.count_failure(&[ADA], soon, now).await.unwrap();
    assert_eq!(bench.store.failures(&[ADA]).await.unwrap()[0].unwrap().count, 2);
    bench.store.count_failure(&[ADA], soon, now + soon).await.unwrap();
    assert_eq!(bench.store.failures(&[ADA]).await.unwrap()[0].unwrap().count, 1, "some are forgotten sooner");
    bench.wait(KNOWN_FOR.unsigned_abs());
    assert_eq!(bench.store.prune_throttle(bench.now()).await.unwrap(), 3);
}
