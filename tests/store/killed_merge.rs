//! SIGKILL at any moment of a merge or an undo leaves two whole accounts: as they were, or merged.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use vestibule::accounts::{AccountRef, Accounts, Actor};
use vestibule::base::clock::Clock;
use vestibule::base::ids::Group;
use vestibule::store::{Database, Store};

use super::suite::{FOUNDING, key, name};

/// The variable with the database path, set in the process that the test kills.
const KILLED: &str = "VESTIBULE_TEST_KILLED_MERGE";
const KILLS: u64 = 8;

fn root() -> Actor {
    Actor::Operator { user: "root".to_owned() }
}

fn named(account: &str) -> AccountRef {
    AccountRef::Name(name(account))
}

async fn open(path: &Path) -> (Store, Accounts) {
    let store = Store::open(&Database::file(path), Clock::system()).await.unwrap();
    let accounts = Accounts::new(store.clone(), Clock::system());
    (store, accounts)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_during_a_merge_or_an_undo_leaves_both_accounts_whole() {
    if let Some(path) = std::env::var_os(KILLED) {
        return merge_and_undo_without_end(Path::new(&path)).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let (path, ready) = (folder.path().join("vestibule.db"), folder.path().join("ready"));
    let (store, accounts) = open(&path).await;
    for (subject, account) in [("1", "dee"), ("2", "dee-2")] {
        let mut login = store.begin().await.unwrap();
        login.provision(&key(subject), &name(account), FOUNDING).await.unwrap();
        login.commit().await.unwrap();
    }
    accounts.add_to_group(&root(), &named("dee-2"), &"choir".into()).await.unwrap();
    store.close().await;

    for kill in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "killed_merge::a_process_killed_during_a_merge_or_an_undo_leaves_both_accounts_whole"])
            .env(KILLED, &path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_mins(2);
        while !ready.exists() {
            assert!(Instant::now() < deadline, "the other process did not begin to merge within two minutes");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        // Each time at another moment of its work.
        tokio::time::sleep(Duration::from_micros(kill * 1_700)).await;
        assert!(child.try_wait().unwrap().is_none(), "the other process ended by itself");
        child.kill().unwrap();
        child.wait().unwrap();
        std::fs::remove_file(&ready).unwrap();
        check(&path).await;
    }
}

/// The work of the processes that the test above kills.
async fn merge_and_undo_without_end(path: &Path) {
    let (_store, accounts) = open(path).await;
    std::fs::write(path.with_file_name("ready"), "").unwrap();
    loop {
        let merged = accounts.merge(&root(), &named("dee-2"), &named("dee"), &|_| None).await.unwrap();
        accounts.undo_merge(&root(), &merged.operation).await.unwrap();
    }
}

/// Both accounts are as before, or merged, and a merge can be undone. At the end, both are as before.
async fn check(path: &Path) {
    let (store, accounts) = open(path).await;
    let merges = accounts.merges(None, 10_000).await.unwrap();
    let open: Vec<_> = merges.iter().filter(|merge| merge.undone_at.is_none()).collect();
    assert!(open.len() < 2, "{open:?}");
    assert_eq!(subjects_and_groups(&accounts).await, expected(!open.is_empty()));
    for merge in open {
        accounts.undo_merge(&root(), &merge.id).await.unwrap();
    }
    assert_eq!(subjects_and_groups(&accounts).await, expected(false));
    store.close().await;
}

/// Of each account: whether it is open, its subjects, and its groups.
type State = [(bool, Vec<String>, Vec<Group>); 2];

fn expected(merged: bool) -> State {
    let owned = |subjects: &[&str]| subjects.iter().map(|&it| it.to_owned()).collect::<Vec<String>>();
    let choir = || vec![Group::from("choir")];
    if merged {
        [(true, owned(&["1", "2"]), choir()), (false, vec![], choir())]
    } else {
        [(true, owned(&["1"]), vec![]), (true, owned(&["2"]), choir())]
    }
}

async fn subjects_and_groups(accounts: &Accounts) -> State {
    let of = async |account: &str| {
        let details = accounts.details(&named(account)).await.unwrap();
        let mut subjects: Vec<String> =
            details.identities.unwrap().into_iter().map(|it| it.subject.as_str().to_owned()).collect();
        subjects.sort();
        (details.disabled.is_none(), subjects, details.groups.into_iter().collect())
    };
    [of("dee").await, of("dee-2").await]
}
