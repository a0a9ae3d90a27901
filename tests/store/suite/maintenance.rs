//! Keys at rest, the schema, the database itself.

use vestibule::base::ids::ReferenceCode;
use vestibule::store::{AuditEntry, Event, Lifetimes, Store, StoredKey, Trouble};

use super::{Bench, HOUR, MINUTE, name};

// C39
pub async fn sessions_of_a_longer_idle_time_end_sooner_under_a_shorter_one(bench: &Bench) {
    let dee = bench.account("1", "dee").await;
    let long = Lifetimes { idle: std::time::Duration::from_hours(8), absolute: std::time::Duration::from_hours(24) };
    let short = Lifetimes { idle: std::time::Duration::from_hours(1), ..long };
    let signed_in = bench.signed_in(&dee, "1");
    let mut transaction = bench.store.begin().await.unwrap();
    let soon = transaction.open_session(&signed_in, bench.now() + MINUTE).await.unwrap();
    let late = transaction.open_session(&signed_in, bench.now() + 8 * HOUR).await.unwrap();
    transaction.commit().await.unwrap();
    let shorten = async |lifetimes| bench.store.shorten_sessions(lifetimes, bench.now()).await.unwrap();
    assert_eq!((shorten(long).await, shorten(short).await, shorten(short).await), (0, 1, 0));
    let end = async |id| bench.store.signed_in(id, bench.now()).await.unwrap().map(|live| live.expires_at);
    assert_eq!((end(soon).await, end(late).await), (Some(bench.now() + MINUTE), Some(bench.now() + HOUR)));
}

pub async fn an_old_row_of_the_audit_goes_with_its_codes_and_no_younger_one(bench: &Bench) {
    let refusal = |code: &ReferenceCode, network: &str| AuditEntry {
        code: Some(code.clone()),
        network: Some(network.into()),
        ..AuditEntry::new(bench.now(), Event::Refused)
    };
    let (old, young) = (ReferenceCode::fresh(), ReferenceCode::fresh());
    bench.store.audit(&refusal(&old, "192.0.2.0/24")).await.unwrap();
    bench.wait(HOUR);
    bench.store.audit(&refusal(&young, "192.0.2.0/24")).await.unwrap();
    let prune = async |then| bench.store.prune_audit(then).await.unwrap();
    let half = bench.now() - HOUR / 2;
    assert_eq!((prune(bench.now() - 2 * HOUR).await, prune(half).await, prune(half).await), (0, 1, 0));
    assert!(bench.store.explain(&old).await.unwrap().is_none());
    assert!(bench.store.explain(&young).await.unwrap().is_some());
}

pub async fn keys_are_kept_and_changed(bench: &Bench) {
    let key = |kid: &str, published_at| StoredKey {
        kid: kid.into(),
        algorithm: "ES256".into(),
        public_jwk: "{}".into(),
        sealed: vec![0, 255, 1],
        published_at,
        active_at: published_at + HOUR,
        retired_at: None,
        gone_at: None,
    };
    let (mut old, new) = (key("z", bench.now()), key("a", bench.now() + HOUR));
    let mut admin = bench.store.begin().await.unwrap();
    admin.put_key(&new).await.unwrap();
    admin.put_key(&old).await.unwrap();
    old.retired_at = Some(bench.now());
    old.gone_at = Some(bench.now() + HOUR);
    admin.put_key(&old).await.unwrap();
    assert_eq!(admin.keys_to_change().await.unwrap(), [old.clone(), new.clone()]);
    admin.commit().await.unwrap();
    assert_eq!(bench.store.keys().await.unwrap(), [old.clone(), new.clone()]);

    let mut admin = bench.store.begin().await.unwrap();
    admin.remove_key(&old.kid).await.unwrap();
    admin.commit().await.unwrap();
    assert_eq!(bench.store.keys().await.unwrap(), [new]);
}

pub async fn a_database_is_opened_again_as_it_was_left(bench: &Bench) {
    let dee = bench.account("1", "dee").await;
    let again = bench.again().await;
    assert_eq!(again.account_by_name(&name("dee")).await.unwrap(), Some(dee));
}

pub async fn a_newer_schema_is_refused(bench: &Bench) {
    bench
        .behind_its_back("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29990101_000001_later', 1)")
        .await;
    let refused = Store::open(&bench.database, bench.clock()).await.unwrap_err();
    assert_eq!(refused.trouble(), &Trouble::Newer { found: "m29990101_000001_later".into() });
    assert!(refused.to_string().contains("newer"), "{refused}");
}

pub async fn a_healthy_database_says_so(bench: &Bench) {
    bench.store.health().await.unwrap();
}
