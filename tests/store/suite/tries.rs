//! Wrong passwords, counted.

use std::time::Duration;

use vestibule::signin::challenge::waits::{FORGOTTEN, Tries};
use vestibule::store::KNOWN_FOR;

use super::{Bench, HOUR, MINUTE};

const ADA: [u8; 32] = [1; 32];
const DEE: [u8; 32] = [2; 32];
const NETWORK: [u8; 32] = [3; 32];

// C43
pub async fn wrong_passwords_are_counted_for_all_instances(bench: &Bench) {
    assert_eq!(bench.store.tries(&[ADA, DEE]).await.unwrap(), [None, None]);
    bench.store.count_try(&[ADA, NETWORK], FORGOTTEN, bench.now()).await.unwrap();
    bench.wait(MINUTE);
    bench.store.count_try(&[DEE, NETWORK], FORGOTTEN, bench.now()).await.unwrap();
    let now = bench.now();
    let counted = |failures, last| Some(Tries { failures, last });
    let expected = [counted(1, now - MINUTE), counted(1, now), counted(2, now)];
    assert_eq!(bench.store.tries(&[ADA, DEE, NETWORK]).await.unwrap(), expected);
    assert_eq!(bench.store.tries(&[]).await.unwrap(), []);
}

// C43
pub async fn a_mark_counts_once_a_try_however_many_there_are(bench: &Bench) {
    let many: Vec<[u8; 32]> = (10..30).map(|number| [number; 32]).collect();
    bench.store.count_try(&[ADA, NETWORK, ADA], FORGOTTEN, bench.now()).await.unwrap();
    assert_eq!(bench.store.tries(&[ADA]).await.unwrap()[0].unwrap().failures, 1);
    bench.store.count_try(&many, FORGOTTEN, bench.now()).await.unwrap();
    for twelve in many.chunks(12) {
        let tries = bench.store.tries(twelve).await.unwrap();
        assert!(tries.iter().all(|tries| tries.unwrap().failures == 1), "{tries:?}");
    }
}

// C43
pub async fn tries_at_once_are_each_counted(bench: &Bench) {
    let mut trying = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (store, now) = (bench.store.clone(), bench.now());
        trying.spawn(async move { store.count_try(&[NETWORK, ADA], FORGOTTEN, now).await.unwrap() });
    }
    trying.join_all().await;
    assert_eq!(bench.store.tries(&[ADA]).await.unwrap()[0].unwrap().failures, 20);
}

pub async fn a_right_password_forgives_its_own_and_is_remembered(bench: &Bench) {
    bench.store.count_try(&[ADA, DEE], FORGOTTEN, bench.now()).await.unwrap();
    bench.wait(MINUTE);
    let now = bench.now();
    bench.store.forgive(&[ADA], &[NETWORK], now).await.unwrap();
    let tries = bench.store.tries(&[ADA, DEE, NETWORK]).await.unwrap();
    assert_eq!((tries[0], tries[1].unwrap().failures), (None, 1));
    assert_eq!(tries[2], Some(Tries { failures: 0, last: now }));
}

// C43
pub async fn a_right_password_forgives_those_at_its_own_spelling_alone(bench: &Bench) {
    let failures =
        async || bench.store.tries(&[ADA, DEE]).await.unwrap().into_iter().map(|it| it.map(|it| it.failures));
    for marks in [&[ADA][..], &[ADA, DEE], &[ADA], &[ADA, DEE]] {
        bench.store.count_try(marks, FORGOTTEN, bench.now()).await.unwrap();
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
    bench.store.count_try(&[ADA, DEE], FORGOTTEN, bench.now()).await.unwrap();
    bench.wait(Duration::from_hours(24));
    bench.store.count_try(&[ADA], FORGOTTEN, bench.now()).await.unwrap();
    bench.store.forgive_spelling(ADA, DEE, bench.now()).await.unwrap();
    assert_eq!(failures().await.next(), Some(Some(1)));
    bench.store.forgive(&[ADA, DEE], &[], bench.now()).await.unwrap();
    bench.store.count_try(&[ADA, DEE], FORGOTTEN, bench.now()).await.unwrap();
    bench.store.forgive_spelling(ADA, DEE, bench.now()).await.unwrap();
    assert_eq!(failures().await.collect::<Vec<_>>(), [None, None]);
}

pub async fn tries_are_forgotten_after_a_day_and_known_places_later(bench: &Bench) {
    bench.store.count_try(&[ADA], FORGOTTEN, bench.now()).await.unwrap();
    bench.store.count_try(&[ADA], FORGOTTEN, bench.now()).await.unwrap();
    bench.store.forgive(&[], &[NETWORK], bench.now()).await.unwrap();
    bench.wait(Duration::from_hours(24) + HOUR);
    bench.store.count_try(&[DEE], FORGOTTEN, bench.now()).await.unwrap();
    assert_eq!(bench.store.prune_tries(bench.now()).await.unwrap(), 1);
    let tries = bench.store.tries(&[ADA, DEE, NETWORK]).await.unwrap();
    assert_eq!((tries[0], tries[1].map(|tries| tries.failures), tries[2].is_some()), (None, Some(1), true));
    bench.wait(Duration::from_hours(24) + HOUR);
    bench.store.count_try(&[DEE], FORGOTTEN, bench.now()).await.unwrap();
    assert_eq!(bench.store.tries(&[DEE]).await.unwrap()[0].unwrap().failures, 1, "yesterday's do not add up");
    let (now, soon) = (bench.now(), time::Duration::minutes(61));
    bench.store.count_try(&[ADA], soon, now - time::Duration::hours(1)).await.unwrap();
    bench.store.count_try(&[ADA], soon, now).await.unwrap();
    assert_eq!(bench.store.tries(&[ADA]).await.unwrap()[0].unwrap().failures, 2);
    bench.store.count_try(&[ADA], soon, now + soon).await.unwrap();
    assert_eq!(bench.store.tries(&[ADA]).await.unwrap()[0].unwrap().failures, 1, "some are forgotten sooner");
    bench.wait(KNOWN_FOR.unsigned_abs());
    assert_eq!(bench.store.prune_tries(bench.now()).await.unwrap(), 3);
}
