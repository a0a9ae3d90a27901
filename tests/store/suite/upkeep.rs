//! Keys at rest, the schema, the database itself.

use vestibule::store::{Store, StoredKey, Trouble};

use super::{Bench, HOUR, name};

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
