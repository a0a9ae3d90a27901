//! Simultaneous operations of two admins on one account: the second sees the change of the first.

use std::slice;
use std::time::Duration;

use tokio::task::JoinSet;
use vestibule::accounts::{AccountError, AccountRef, Accounts, Actor, Change, IfMissing};
use vestibule::base::ids::{AccountId, ProviderId};
use vestibule::base::secret::{MasterKey, Purpose};
use vestibule::signin::challenge::throttle::FAILURES_EXPIRE_AFTER;
use vestibule::store::{AuditQuery, Event, FailureCount, ThrottleKeys, ThrottleSubject, Transaction};

use super::{Fixture, key, name};

fn root() -> Actor {
    Actor::Operator { user: "root".to_owned() }
}

impl Fixture {
    pub fn accounts(&self) -> Accounts {
        Accounts::new(self.store.clone(), self.clock())
    }

    async fn rows_of(&self, event: Event) -> usize {
        let query = AuditQuery { event: Some(event), limit: 100, ..AuditQuery::default() };
        self.store.audit_list(&query).await.unwrap().len()
    }

    /// Lets `second` begin before `first` commits.
    async fn beside<T: Send + 'static>(
        &self,
        first: Transaction,
        second: impl Future<Output = T> + Send + 'static,
    ) -> T {
        let second = tokio::spawn(second);
        tokio::time::sleep(Duration::from_millis(200)).await;
        first.commit().await.unwrap();
        second.await.unwrap()
    }
}

// C54
pub async fn simultaneous_identical_operations_of_two_admins_are_done_and_audited_once(fixture: &Fixture) {
    let dee = fixture.account("1", "dee").await.id;
    let (accounts, by_id) = (fixture.accounts(), AccountRef::Id(dee.clone()));
    let on = |dee: &AccountRef| (accounts.clone(), dee.clone());

    let mut first = fixture.store.begin().await.unwrap();
    first.disable(&dee, "cli:first").await.unwrap();
    let (accounts_, to) = on(&by_id);
    let second = fixture.beside(first, async move { accounts_.disable(&root(), &to).await.unwrap().change }).await;
    assert_eq!((second, fixture.rows_of(Event::AccountDisabled).await), (Change::Already, 0));
    assert_eq!(fixture.store.account(&dee).await.unwrap().unwrap().disabled.unwrap().by, "cli:first");

    let mut first = fixture.store.begin().await.unwrap();
    first.enable(&dee).await.unwrap();
    let (accounts_, to) = on(&by_id);
    let second = fixture.beside(first, async move { accounts_.enable(&root(), &to).await.unwrap().change }).await;
    assert_eq!((second, fixture.rows_of(Event::AccountEnabled).await), (Change::Already, 0));

    let mut first = fixture.store.begin().await.unwrap();
    first.rename(&dee, &name("eve")).await.unwrap();
    let (accounts_, to) = on(&by_id);
    let second =
        fixture.beside(first, async move { accounts_.rename(&root(), &to, &name("eve")).await.unwrap().change }).await;
    assert_eq!((second, fixture.rows_of(Event::AccountRenamed).await), (Change::Already, 0));

    let mut first = fixture.store.begin().await.unwrap();
    first.rename(&dee, &name("dee")).await.unwrap();
    let (accounts_, to) = on(&AccountRef::Name(name("eve")));
    let second = fixture.beside(first, async move { accounts_.disable(&root(), &to).await }).await;
    assert!(matches!(second, Err(AccountError::NoSuchAccount(_))), "the old name no longer exists: {second:?}");

    let mut first = fixture.store.begin().await.unwrap();
    first.remove_account(&dee).await.unwrap();
    let (accounts_, to) = on(&by_id);
    let second = fixture.beside(first, async move { accounts_.remove(&root(), &to).await }).await;
    assert!(matches!(second, Err(AccountError::NoSuchAccount(_))), "{second:?}");
    assert_eq!(fixture.rows_of(Event::AccountRemoved).await, 0);
}

// C54
pub async fn a_release_that_cannot_be_audited_does_not_reset_counts(fixture: &Fixture) {
    let (accounts, master) = (fixture.accounts(), MasterKey::fresh());
    let provider: ProviderId = "uni".parse().unwrap();
    fixture.account("1", "dee").await;
    let mac_key = master.mac_key(Purpose::LoginThrottle);
    let counted = ThrottleKeys::of(&mac_key, ThrottleSubject::TypedName(&provider, "dee"), "").all_networks;
    fixture
        .store
        .count_failure(&[FailureCount::of_no_account(counted)], FAILURES_EXPIRE_AFTER, fixture.now())
        .await
        .unwrap();
    fixture.run_sql("ALTER TABLE audit RENAME TO audit_away").await;
    let dee = AccountRef::Name(name("dee"));
    let released = accounts.release_all(&root()).await;
    assert!(released.is_err(), "{released:?}");
    assert_eq!(fixture.store.failures(&[counted]).await.unwrap()[0].unwrap().count, 1);
    fixture.run_sql("ALTER TABLE audit_away RENAME TO audit").await;
    let released = accounts.release(&root(), &dee, slice::from_ref(&provider), &master).await.unwrap();
    assert_eq!((released.forgiven, fixture.rows_of(Event::ThrottleReset).await), (1, 1));
    assert_eq!(fixture.store.failures(&[counted]).await.unwrap(), [None]);
}

// C25
pub async fn simultaneous_operations_and_logins_never_deadlock(fixture: &Fixture) {
    let dee = fixture.account("1", "dee").await.id;
    let mut tasks = JoinSet::new();
    for number in 0..6_u32 {
        let (accounts, dee) = (fixture.accounts(), dee.clone());
        tasks.spawn(async move {
            for round in 0..10 {
                operation(&accounts, &dee, (number + round) % 6).await;
            }
        });
    }
    for _ in 0..2 {
        let (login, store) = (fixture.login(), fixture.store.clone());
        tasks.spawn(async move {
            for _ in 0..40 {
                super::Login { id: None, ..login.clone() }.end(&store).await;
            }
        });
    }
    tasks.join_all().await;
}

/// Runs one operation. It is not an error here if the change was made before, or if its target is gone.
async fn operation(accounts: &Accounts, dee: &AccountId, which: u32) {
    let (root, dee) = (root(), AccountRef::Id(dee.clone()));
    let done = match which {
        0 => accounts.disable(&root, &dee).await.map(drop),
        1 => accounts.enable(&root, &dee).await.map(drop),
        2 => accounts.link(&root, (&key("1"), "sub"), &dee, IfMissing::Refuse).await.map(drop),
        3 => accounts.unlink(&root, &key("1")).await.map(drop),
        4 => accounts.add_to_group(&root, &dee, &"staff".into()).await.map(drop),
        _ => accounts.remove_from_group(&root, &dee, &"staff".into()).await.map(drop),
    };
    match done {
        Ok(()) | Err(AccountError::NoSuchIdentity) => {}
        Err(why) => panic!("{which}: {why}"),
    }
}
