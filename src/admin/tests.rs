//! Lists of all accounts, and the signing keys.

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::accounts::Actor;
use crate::base::secret::MasterKey;
use crate::signer::rotation::{Rotation, Schedule};
use crate::store::{AuditQuery, Database, Event};

struct Bench {
    _folder: tempfile::TempDir,
    store: Store,
    admin: Admin,
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Database::file(folder.path().join("v.db")), Clock::system()).await.unwrap();
        let admin = Admin::new(store.clone(), Clock::system());
        Self { _folder: folder, store, admin }
    }
}

#[tokio::test]
async fn accounts_are_listed_a_page_at_a_time() {
    let bench = Bench::new().await;
    let mut transaction = bench.store.begin().await.unwrap();
    for name in ["Cy", "ada", "Bo"] {
        transaction.make_account(&name.parse().unwrap()).await.unwrap();
    }
    transaction.commit().await.unwrap();
    let first = bench.admin.accounts("", 2).await.unwrap();
    assert_eq!(first.accounts.iter().map(|it| it.username.as_str()).collect::<Vec<_>>(), ["ada", "Bo"]);
    let last = bench.admin.accounts(&first.next.unwrap(), 2).await.unwrap();
    assert_eq!((last.accounts.len(), last.next), (1, None));
}

#[tokio::test]
async fn a_rotation_is_listed_exported_and_audited() {
    let bench = Bench::new().await;
    let (master, schedule) = (MasterKey::fresh(), Schedule::for_tokens_of(Duration::from_mins(1)));
    let root = Actor::Operator { user: "root".to_owned() };
    let rotate = |how| bench.admin.rotate_keys(&root, &master, &schedule, how);
    assert!(matches!(rotate(Rotation::Now).await.unwrap(), RotatedKeys::Done { .. }));
    assert!(matches!(rotate(Rotation::Scheduled).await.unwrap(), RotatedKeys::Done { .. }));
    assert!(matches!(rotate(Rotation::Scheduled).await.unwrap(), RotatedKeys::UnderWay { .. }));
    let listed = serde_json::to_value(bench.admin.keys().await.unwrap()).unwrap();
    let mut phases: Vec<_> = listed.as_array().unwrap().iter().map(|key| key["phase"].clone()).collect();
    phases.sort_by_key(ToString::to_string);
    assert_eq!(phases, [json!("active"), json!("published")]);
    assert_eq!(bench.admin.export_galene().await.unwrap().matches("\"kid\"").count(), 2);
    let rows = bench.store.audit_list(&AuditQuery { limit: 100, ..AuditQuery::default() }).await.unwrap();
    let entries: Vec<_> = rows.iter().map(|row| (row.entry.event, row.entry.actor.as_deref())).collect();
    assert_eq!(entries, [(Event::KeyPublished, Some("cli:root")); 2]);
}
