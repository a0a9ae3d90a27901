//! A merge, its undo, and a removal lock the same rows in the same order: otherwise PostgreSQL ends one of the two as a
//! deadlock.

use sqlx::PgPool;
use tokio::task::JoinHandle;
use vestibule::accounts::{AccountError, AccountRef, Accounts, Actor};
use vestibule::base::ids::AccountId;
use vestibule::base::role::Role;
use vestibule::store::Database;

use super::empty;
use super::suite::Fixture;

#[derive(Debug, Clone, Copy)]
enum Removal {
    Remove,
    Erase,
}

impl Removal {
    async fn run(self, accounts: Accounts, account: AccountId) -> Result<(), AccountError> {
        let account = AccountRef::Id(account);
        match self {
            Self::Remove => accounts.remove(&root(), &account).await.map(drop),
            Self::Erase => accounts.erase(&root(), &account).await.map(drop),
        }
    }
}

fn root() -> Actor {
    Actor::Operator { user: "root".to_owned() }
}

async fn pool_of(fixture: &Fixture) -> PgPool {
    let Database::Postgres(own) = &fixture.database else { panic!("a server") };
    PgPool::connect(own.expose()).await.unwrap()
}

/// Waits until this many statements wait for a lock.
async fn waiting<T>(pool: &PgPool, statements: i64, last: &JoinHandle<T>) {
    let waits = "SELECT count(*) FROM pg_stat_activity \
                 WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while sqlx::query_scalar::<_, i64>(waits).fetch_one(pool).await.unwrap() < statements {
        assert!(!last.is_finished(), "it should wait");
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_never_deadlocks_with_a_removal_of_the_closed_account() {
    for removal in [Removal::Remove, Removal::Erase] {
        let fixture = empty().await;
        let pool = pool_of(&fixture).await;
        let (dee, second) = (fixture.account("1", "dee").await.id, fixture.account("2", "dee-2").await.id);
        let (from, into) = (AccountRef::Id(second.clone()), AccountRef::Id(dee));
        let merged = fixture.accounts().merge(&root(), &from, &into, &|_| None).await.unwrap();

        let mut holder = pool.begin().await.unwrap();
        let lock = "SELECT id FROM account WHERE id = $1 FOR UPDATE";
        sqlx::query(lock).bind(second.as_str()).execute(&mut *holder).await.unwrap();
        let removing = tokio::spawn(removal.run(fixture.accounts(), second.clone()));
        waiting(&pool, 1, &removing).await;
        let accounts = fixture.accounts();
        let undoing = tokio::spawn(async move { accounts.undo_merge(&root(), &merged.operation).await });
        waiting(&pool, 2, &undoing).await;
        holder.commit().await.unwrap();

        removing.await.unwrap().map_err(|why| format!("{removal:?}: {why}")).unwrap();
        let undone = undoing.await.unwrap();
        assert!(matches!(undone, Err(AccountError::NoSuchOperation(_))), "{removal:?}: {undone:?}");
        pool.close().await;
        fixture.clean_up().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_never_deadlocks_with_a_removal_of_the_absorbed_account() {
    for removal in [Removal::Remove, Removal::Erase] {
        let fixture = empty().await;
        let pool = pool_of(&fixture).await;
        let (dee, second) = (fixture.account("1", "dee").await.id, fixture.account("2", "dee-2").await.id);
        let admin = AccountRef::Id(fixture.account("3", "ada").await.id);
        fixture.accounts().give_role(&root(), &admin, Role::Admin).await.unwrap();

        let mut holder = pool.begin().await.unwrap();
        let lock = "SELECT subject FROM identity WHERE account_id = $1 FOR UPDATE";
        sqlx::query(lock).bind(second.as_str()).execute(&mut *holder).await.unwrap();
        let (accounts, from, into) = (fixture.accounts(), AccountRef::Id(second.clone()), AccountRef::Id(dee.clone()));
        let merging = tokio::spawn(async move { accounts.merge(&root(), &from, &into, &|_| None).await });
        waiting(&pool, 1, &merging).await;
        let removing = tokio::spawn(removal.run(fixture.accounts(), second.clone()));
        waiting(&pool, 2, &removing).await;
        holder.commit().await.unwrap();

        merging.await.unwrap().map_err(|why| format!("{removal:?}: {why}")).unwrap();
        removing.await.unwrap().map_err(|why| format!("{removal:?}: {why}")).unwrap();
        let details = fixture.accounts().details(&AccountRef::Id(dee)).await.unwrap();
        assert_eq!(details.identities.unwrap().len(), 2, "{removal:?}");
        assert!(fixture.store.account(&second).await.unwrap().is_none());
        pool.close().await;
        fixture.clean_up().await;
    }
}
