//! Session lifetimes, pruning, stored signing keys, and the schema.

use vestibule::base::ids::ReferenceCode;
use vestibule::store::{AuditEntry, Event, Lifetimes, SessionOrigin, Store, StoreErrorKind, StoredKey};

use super::{Fixture, HOUR, MINUTE, name};

// C39
pub async fn a_shorter_idle_time_shortens_existing_sessions(fixture: &Fixture) {
    let dee = fixture.account("1", "dee").await;
    let long = Lifetimes { idle: std::time::Duration::from_hours(8), absolute: std::time::Duration::from_hours(24) };
    let short = Lifetimes { idle: std::time::Duration::from_hours(1), ..long };
    let signed_in = fixture.signed_in(&dee, "1");
    let mut transaction = fixture.store.begin().await.unwrap();
    let soon = transaction.open_session(&signed_in, fixture.now() + MINUTE, SessionOrigin::default()).await.unwrap();
    let late = transaction.open_session(&signed_in, fixture.now() + 8 * HOUR, SessionOrigin::default()).await.unwrap();
    transaction.commit().await.unwrap();
    let shorten = async |lifetimes| fixture.store.shorten_sessions(lifetimes, fixture.now()).await.unwrap();
    assert_eq!((shorten(long).await, shorten(short).await, shorten(short).await), (0, 1, 0));
    let end = async |id| fixture.store.live_session(id, fixture.now()).await.unwrap().map(|live| live.expires_at);
    assert_eq!((end(soon).await, end(late).await), (Some(fixture.now() + MINUTE), Some(fixture.now() + HOUR)));
}

pub async fn pruning_removes_an_old_audit_row_with_its_codes_and_no_younger_one(fixture: &Fixture) {
    let refusal = |code: &ReferenceCode, network: &str| AuditEntry {
        code: Some(code.clone()),
        network: Some(network.into()),
        ..AuditEntry::new(fixture.now(), Event::Refused)
    };
    let (old, young) = (ReferenceCode::fresh(), ReferenceCode::fresh());
    fixture.store.audit(&refusal(&old, "192.0.2.0/24")).await.unwrap();
    fixture.advance_clock(HOUR);
    fixture.store.audit(&refusal(&young, "192.0.2.0/24")).await.unwrap();
    let prune = async |then| fixture.store.prune_audit(then).await.unwrap();
    let half = fixture.now() - HOUR / 2;
    assert_eq!((prune(fixture.now() - 2 * HOUR).await, prune(half).await, prune(half).await), (0, 1, 0));
    assert!(fixture.store.explain(&old).await.unwrap().is_none());
    assert!(fixture.store.explain(&young).await.unwrap().is_some());
}

pub async fn signing_keys_are_stored_and_changed(fixture: &Fixture) {
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
    let (mut old, new) = (key("z", fixture.now()), key("a", fixture.now() + HOUR));
    let mut admin = fixture.store.begin().await.unwrap();
    admin.put_key(&new).await.unwrap();
    admin.put_key(&old).await.unwrap();
    old.retired_at = Some(fixture.now());
    old.gone_at = Some(fixture.now() + HOUR);
    admin.put_key(&old).await.unwrap();
    assert_eq!(admin.keys_to_change().await.unwrap(), [old.clone(), new.clone()]);
    admin.commit().await.unwrap();
    assert_eq!(fixture.store.keys().await.unwrap(), [old.clone(), new.clone()]);

    let mut admin = fixture.store.begin().await.unwrap();
    admin.remove_key(&old.kid).await.unwrap();
    admin.commit().await.unwrap();
    assert_eq!(fixture.store.keys().await.unwrap(), [new]);
}

pub async fn a_reopened_database_has_its_contents(fixture: &Fixture) {
    let dee = fixture.account("1", "dee").await;
    let again = fixture.reopen().await;
    assert_eq!(again.account_by_name(&name("dee")).await.unwrap(), Some(dee));
}

pub async fn a_newer_schema_is_refused(fixture: &Fixture) {
    fixture.run_sql("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29990101_000001_later', 1)").await;
    let refused = Store::open(&fixture.database, fixture.clock()).await.unwrap_err();
    assert_eq!(refused.kind(), &StoreErrorKind::NewerSchema { found: "m29990101_000001_later".into() });
    assert!(refused.to_string().contains("newer"), "{refused}");
}

pub async fn a_healthy_database_passes_the_health_check(fixture: &Fixture) {
    fixture.store.health().await.unwrap();
}
