//! What becomes of the store when SQLite gives up in the middle of something.

use sea_orm::ConnectionTrait as _;

use super::{AuditEntry, AuditQuery, Database, Event, Store};
use crate::base::clock::Clock;

async fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&Database::file(folder.path().join("vestibule.db")), Clock::system()).await.unwrap();
    (folder, store)
}

#[tokio::test]
async fn a_transaction_that_could_not_end_takes_none_after_it_along() {
    let (_folder, store) = store().await;
    let transaction = store.begin().await.unwrap();
    // As SQLite does by itself where the disk is full at the commit.
    transaction.sql.on.execute_unprepared("ROLLBACK").await.unwrap();
    transaction.commit().await.unwrap_err();
    drop(store.begin().await.unwrap());

    store.audit(&AuditEntry::new(store.clock.now(), Event::SignedIn)).await.unwrap();
    let written = store.audit_list(&AuditQuery { limit: 10, ..AuditQuery::default() }).await.unwrap();
    assert_eq!(written.len(), 1);
    store.prune(store.clock.now()).await.unwrap();
}
