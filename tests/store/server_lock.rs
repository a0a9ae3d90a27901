//! The lock of a SQLite file: one server at a time, under every name of the file.

use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::Path;

use vestibule::base::clock::Clock;
use vestibule::store::{Database, ServerLock, Store, StoreErrorKind};

#[tokio::test]
async fn a_link_to_a_missing_file_has_the_same_lock_before_and_after_the_first_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    symlink(path("data.db"), path("second.db")).unwrap();
    symlink("second.db", path("first.db")).unwrap();
    let first = ServerLock::acquire(&Database::file(path("first.db"))).await.unwrap();
    let refused = ServerLock::acquire(&Database::file(path("data.db"))).await.unwrap_err();
    assert_eq!(refused.kind(), &StoreErrorKind::InUse { by: Some(std::process::id()) });
    drop(first);
    ServerLock::acquire(&Database::file(path("data.db"))).await.unwrap();
}

#[tokio::test]
async fn a_first_start_fails_if_another_server_locked_the_file_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let (own, other) = (folder.path().join("own.db"), folder.path().join("other.db"));
    let database = Database::file(&own);
    let mut first = ServerLock::acquire(&database).await.unwrap();
    let store = Store::open(&database, Clock::system()).await.unwrap();
    store.health().await.unwrap();
    std::fs::hard_link(&own, &other).unwrap();
    let second = ServerLock::acquire(&Database::file(&other)).await.unwrap();
    let locks = posix_locks(&own);
    assert!(locks > 0, "SQLite has locked the file");
    let refused = first.hold(&store).await.unwrap_err();
    assert_eq!(refused.kind(), &StoreErrorKind::InUse { by: None });
    assert_eq!(posix_locks(&own), locks, "SQLite has lost its locks");
    drop(second);
    first.hold(&store).await.unwrap();
    store.close().await;
}

/// How many locks of `fcntl`, which SQLite uses, processes have on the file.
fn posix_locks(path: &Path) -> usize {
    let inode = format!(":{} ", std::fs::metadata(path).unwrap().ino());
    let locks = std::fs::read_to_string("/proc/locks").unwrap();
    locks.lines().filter(|lock| lock.contains(" POSIX ") && lock.contains(&inode)).count()
}
