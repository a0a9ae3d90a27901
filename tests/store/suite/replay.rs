//! Replay protection, rollback, and pruning.

use time::OffsetDateTime;
use vestibule::base::ids::LoginId;
use vestibule::store::{ReplayKey, SessionOrigin, SingleUse, SpendOutcome};

use super::{FOUNDING, Fixture, MINUTE, key, name};

pub fn single_use(login: LoginId, expires_at: OffsetDateTime) -> SingleUse {
    SingleUse { key: ReplayKey::Login(login), expires_at }
}

// C3
pub async fn a_login_is_spent_once_and_its_first_use_is_recorded(fixture: &Fixture) {
    let (login, first_at, until) = (LoginId::fresh(fixture.now()), fixture.now(), fixture.now() + 10 * MINUTE);
    assert_eq!(fixture.store.first_use(ReplayKey::Login(login)).await.unwrap(), None);

    let mut first = fixture.store.begin().await.unwrap();
    assert_eq!(first.spend(single_use(login, until)).await.unwrap(), SpendOutcome::First);
    first.commit().await.unwrap();

    fixture.advance_clock(MINUTE);
    let mut second = fixture.store.begin().await.unwrap();
    assert_eq!(second.spend(single_use(login, until)).await.unwrap(), SpendOutcome::Replayed { first_at });
    let other = LoginId::fresh(fixture.now());
    assert_eq!(second.spend(single_use(other, until)).await.unwrap(), SpendOutcome::First);
    drop(second);
    assert_eq!(fixture.store.first_use(ReplayKey::Login(login)).await.unwrap(), Some(first_at));
}

pub async fn a_dropped_transaction_leaves_nothing(fixture: &Fixture) {
    let login = LoginId::fresh(fixture.now());
    let mut transaction = fixture.store.begin().await.unwrap();
    transaction.spend(single_use(login, fixture.now() + MINUTE)).await.unwrap();
    transaction.provision(&key("dee"), &name("dee"), FOUNDING).await.unwrap();
    drop(transaction);

    assert_eq!(fixture.store.first_use(ReplayKey::Login(login)).await.unwrap(), None);
    assert_eq!(fixture.store.account_by_name(&name("dee")).await.unwrap(), None);
    fixture.account("dee", "dee").await;
}

pub async fn only_expired_rows_are_pruned(fixture: &Fixture) {
    let account = fixture.account("dee", "dee").await;
    let (short, long) = (LoginId::fresh(fixture.now()), LoginId::fresh(fixture.now()));
    let mut transaction = fixture.store.begin().await.unwrap();
    transaction.spend(single_use(short, fixture.now() + MINUTE)).await.unwrap();
    transaction.spend(single_use(long, fixture.now() + 10 * MINUTE)).await.unwrap();
    let signed_in = fixture.signed_in(&account, "dee");
    transaction.open_session(&signed_in, fixture.now() + MINUTE, SessionOrigin::default()).await.unwrap();
    let kept =
        transaction.open_session(&signed_in, fixture.now() + 10 * MINUTE, SessionOrigin::default()).await.unwrap();
    transaction.commit().await.unwrap();

    fixture.advance_clock(2 * MINUTE);
    assert_eq!(fixture.store.prune(fixture.now()).await.unwrap(), 2);
    assert_eq!(fixture.store.first_use(ReplayKey::Login(short)).await.unwrap(), None);
    assert!(fixture.store.first_use(ReplayKey::Login(long)).await.unwrap().is_some());
    assert!(fixture.store.live_session(kept, fixture.now()).await.unwrap().is_some());
}
