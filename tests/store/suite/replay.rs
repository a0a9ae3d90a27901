//! What happens once, and what a transaction leaves.

use time::OffsetDateTime;
use vestibule::base::ids::LoginId;
use vestibule::store::{ReplayKey, SingleUse, Spending};

use super::{Bench, MINUTE, key, name};

pub fn once(login: LoginId, expires_at: OffsetDateTime) -> SingleUse {
    SingleUse { key: ReplayKey::Login(login), expires_at }
}

// C3
pub async fn a_login_is_spent_once_and_says_when(bench: &Bench) {
    let (login, first_at, until) = (LoginId::fresh(bench.now()), bench.now(), bench.now() + 10 * MINUTE);
    assert_eq!(bench.store.first_use(ReplayKey::Login(login)).await.unwrap(), None);

    let mut first = bench.store.begin().await.unwrap();
    assert_eq!(first.spend(once(login, until)).await.unwrap(), Spending::First);
    first.commit().await.unwrap();

    bench.wait(MINUTE);
    let mut second = bench.store.begin().await.unwrap();
    assert_eq!(second.spend(once(login, until)).await.unwrap(), Spending::Replayed { first_at });
    let other = LoginId::fresh(bench.now());
    assert_eq!(second.spend(once(other, until)).await.unwrap(), Spending::First);
    drop(second);
    assert_eq!(bench.store.first_use(ReplayKey::Login(login)).await.unwrap(), Some(first_at));
}

pub async fn what_was_not_committed_did_not_happen(bench: &Bench) {
    let login = LoginId::fresh(bench.now());
    let mut transaction = bench.store.begin().await.unwrap();
    transaction.spend(once(login, bench.now() + MINUTE)).await.unwrap();
    transaction.provision(&key("dee"), &name("dee"), None).await.unwrap();
    drop(transaction);

    assert_eq!(bench.store.first_use(ReplayKey::Login(login)).await.unwrap(), None);
    assert_eq!(bench.store.account_by_name(&name("dee")).await.unwrap(), None);
    bench.account("dee", "dee").await;
}

pub async fn what_ran_out_is_forgotten_and_nothing_else(bench: &Bench) {
    let account = bench.account("dee", "dee").await;
    let (short, long) = (LoginId::fresh(bench.now()), LoginId::fresh(bench.now()));
    let mut transaction = bench.store.begin().await.unwrap();
    transaction.spend(once(short, bench.now() + MINUTE)).await.unwrap();
    transaction.spend(once(long, bench.now() + 10 * MINUTE)).await.unwrap();
    let signed_in = bench.signed_in(&account, "dee");
    transaction.open_session(&signed_in, bench.now() + MINUTE).await.unwrap();
    let kept = transaction.open_session(&signed_in, bench.now() + 10 * MINUTE).await.unwrap();
    transaction.commit().await.unwrap();

    bench.wait(2 * MINUTE);
    assert_eq!(bench.store.prune(bench.now()).await.unwrap(), 2);
    assert_eq!(bench.store.first_use(ReplayKey::Login(short)).await.unwrap(), None);
    assert!(bench.store.first_use(ReplayKey::Login(long)).await.unwrap().is_some());
    assert!(bench.store.signed_in(kept, bench.now()).await.unwrap().is_some());
}
