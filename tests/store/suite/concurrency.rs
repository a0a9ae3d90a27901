//! Many logins, readers and instances at once.

use std::collections::BTreeSet;
use std::time::Instant;

use migrations::{Migrator, MigratorTrait as _};
use tokio::task::JoinSet;
use vestibule::base::ids::LoginId;
use vestibule::store::{
    AuditEntry, Event, Provisioned, SessionOrigin, SpendOutcome, Store, StoreError, StoreErrorKind, Upgrade,
};

use super::{FOUNDING, Fixture, HOUR, MINUTE, key, name, single_use};

// C3
pub async fn exactly_one_of_fifty_simultaneous_callbacks_spends_the_login(fixture: &Fixture) {
    let (login, until) = (LoginId::fresh(fixture.now()), fixture.now() + 10 * MINUTE);
    let mut callbacks = JoinSet::new();
    for _ in 0..50 {
        let store = fixture.store.clone();
        callbacks.spawn(async move {
            let mut transaction = store.begin().await.unwrap();
            let spending = transaction.spend(single_use(login, until)).await.unwrap();
            transaction.commit().await.unwrap();
            spending
        });
    }
    let outcomes = callbacks.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == SpendOutcome::First).count(), 1);
    assert_eq!(outcomes.len(), 50);
}

pub async fn simultaneous_logins_with_the_same_name_get_different_accounts(fixture: &Fixture) {
    let mut logins = JoinSet::new();
    for number in 0..8 {
        let store = fixture.store.clone();
        logins.spawn(async move { provision(&store, &format!("person-{number}")).await });
    }
    let made = logins.join_all().await;
    let accounts: BTreeSet<_> = made
        .iter()
        .map(|made| match made {
            Provisioned::Made { account, .. } => (account.id.clone(), account.username.folded()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(accounts.len(), 8);
    assert_eq!(accounts.iter().map(|(_, name)| name).collect::<BTreeSet<_>>().len(), 8);
}

pub async fn simultaneous_first_logins_of_one_identity_get_one_account(fixture: &Fixture) {
    let mut logins = JoinSet::new();
    for _ in 0..8 {
        let store = fixture.store.clone();
        logins.spawn(async move { provision(&store, "dee").await });
    }
    let accounts: BTreeSet<_> = logins
        .join_all()
        .await
        .into_iter()
        .map(|made| match made {
            Provisioned::Made { account, .. } | Provisioned::LinkedMeanwhile(account) => account.id,
            Provisioned::NoNameFree => panic!("the name should be free"),
        })
        .collect();
    assert_eq!(accounts.len(), 1);
    let list = vestibule::store::AccountQuery { after: String::new(), limit: 10 };
    assert_eq!(fixture.store.accounts(&list).await.unwrap().len(), 1, "one account is left");
}

async fn provision(store: &Store, subject: &str) -> Provisioned {
    let mut login = store.begin().await.unwrap();
    let made = login.provision(&key(subject), &name("dee"), FOUNDING).await.unwrap();
    login.commit().await.unwrap();
    made
}

pub async fn sixteen_writers_and_sixteen_readers_see_no_lock_error(fixture: &Fixture) {
    fixture.account("dee", "dee").await;
    run_logins_and_reads(std::slice::from_ref(&fixture.store), fixture, 16).await;
}

pub async fn two_processes_on_one_database_take_turns(fixture: &Fixture) {
    fixture.account("dee", "dee").await;
    run_logins_and_reads(&[fixture.store.clone(), fixture.reopen().await], fixture, 4).await;
}

/// Retries after a timeout of the store's own: that means a slow machine and no lock. A lock is an error of the
/// database, with a code. Ends after two minutes: then the database is gone.
async fn retry_while_busy<T, A: Future<Output = Result<T, StoreError>>>(ask: impl Fn() -> A) -> T {
    let deadline = Instant::now() + 2 * MINUTE;
    loop {
        match ask().await {
            Ok(done) => return done,
            Err(why) if why.code().is_none() && is_timeout(why.kind()) && Instant::now() < deadline => {}
            Err(why) => panic!("{why}"),
        }
    }
}

/// The store reports a server that does not answer in time as unreachable.
fn is_timeout(kind: &StoreErrorKind) -> bool {
    matches!(kind, StoreErrorKind::Locked | StoreErrorKind::Busy | StoreErrorKind::Unreachable)
}

/// Runs whole logins beside reads. Any error of the database fails the test.
async fn run_logins_and_reads(stores: &[Store], fixture: &Fixture, each: usize) {
    const LOGINS: usize = 20;
    let (now, mut tasks) = (fixture.now(), JoinSet::new());
    let account = fixture.store.account_by_name(&name("dee")).await.unwrap().unwrap();
    let signed_in = fixture.signed_in(&account, "dee");
    for store in stores.iter().flat_map(|store| std::iter::repeat_n(store, each)) {
        let (store, writer, signed_in) = (store.clone(), store.clone(), signed_in.clone());
        tasks.spawn(async move {
            for _ in 0..LOGINS {
                let mut login = retry_while_busy(|| writer.begin()).await;
                // A deferred transaction would fail here, because it reads before it writes.
                let account = login.account_by_identity(&key("dee")).await.unwrap().unwrap();
                assert_eq!(
                    login.spend(single_use(LoginId::fresh(now), now + HOUR)).await.unwrap(),
                    SpendOutcome::First
                );
                let session = login.open_session(&signed_in, now + HOUR, SessionOrigin::default()).await.unwrap();
                let entry = AuditEntry { account: Some(account.id), ..AuditEntry::new(now, Event::SignedIn) };
                login.audit(&entry).await.unwrap();
                login.commit().await.unwrap();
                assert!(retry_while_busy(|| writer.live_session(session, now)).await.is_some());
            }
        });
        let dee = name("dee");
        tasks.spawn(async move {
            for _ in 0..LOGINS {
                assert!(retry_while_busy(|| store.account_by_name(&dee)).await.is_some());
                retry_while_busy(|| store.health()).await;
            }
        });
    }
    tasks.join_all().await;
}

pub async fn several_instances_can_start_at_once(fixture: &Fixture) {
    fixture.drop_schema().await;
    let mut starts = JoinSet::new();
    for _ in 0..4 {
        let (database, clock) = (fixture.database.clone(), fixture.clock());
        starts.spawn(async move { Store::open(&database, clock).await.unwrap().health().await.unwrap() });
    }
    assert_eq!(starts.join_all().await.len(), 4);
}

/// An upgrade is logged, and commands print it, so instances that only waited for it must not report it.
pub async fn exactly_one_of_several_starting_instances_upgrades_an_older_schema(fixture: &Fixture) {
    let names: Vec<_> = Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    let [.., former, newest] = names.as_slice() else { panic!("{names:?}") };
    for _ in 0..5 {
        fixture.drop_schema().await;
        let database = sea_orm::Database::connect(fixture.url()).await.unwrap();
        Migrator::up(&database, u32::try_from(names.len() - 1).ok()).await.unwrap();
        database.close().await.unwrap();
        let mut starts = JoinSet::new();
        for _ in 0..4 {
            let (database, clock) = (fixture.database.clone(), fixture.clock());
            starts.spawn(async move { Store::open(&database, clock).await.unwrap().upgraded().cloned() });
        }
        let upgrades: Vec<_> = starts.join_all().await.into_iter().flatten().collect();
        let [Upgrade { from, to }] = upgrades.as_slice() else { panic!("{upgrades:?}") };
        assert_eq!((from, to), (former, newest));
    }
}

pub async fn a_cancelled_login_does_not_cancel_other_logins(fixture: &Fixture) {
    fixture.account("1", "dee").await;
    let mut tasks: Vec<_> = (0..9)
        .map(|_| {
            let (login, store) = (fixture.login(), fixture.store.clone());
            tokio::spawn(async move { login.enter(&store).await })
        })
        .collect();
    tokio::task::yield_now().await;
    tasks.remove(0).abort();
    for other in tasks {
        assert!(other.await.unwrap().is_some());
    }
}
