//! A cache of the accounts of recent logins: with it, the login of a returning person ends in one statement, without a
//! read before it.
//!
//! A stale entry does no harm. The statement carries a snapshot of the account that the rules decided about. If any
//! process has changed the account since, the statement writes nothing, and the entry is dropped.

use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hashlink::LruCache;

use crate::base::ids::Group;
use crate::signin::account::Account;
use crate::signin::identify::IdentityKey;
use crate::store::{Store, StoreError};

/// About two megabytes.
const CAPACITY: usize = 4_096;

#[derive(Debug)]
pub(super) struct AccountCache(Mutex<LruCache<IdentityKey, CachedAccount>>);

#[derive(Debug, Clone)]
struct CachedAccount {
    account: Account,
    /// The day of the last sign-in with the identity, if this process has written it.
    last_sign_in: Option<i64>,
}

/// Whether an account came from the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CacheLookup {
    Hit {
        /// As the cache has it.
        last_sign_in: Option<i64>,
    },
    Miss,
}

impl Default for AccountCache {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(CAPACITY)))
    }
}

impl AccountCache {
    fn account(&self, key: &IdentityKey) -> Option<CachedAccount> {
        self.locked().get(key).cloned()
    }

    pub fn remember(&self, key: IdentityKey, account: Account, last_sign_in: Option<i64>) {
        self.locked().insert(key, CachedAccount { account, last_sign_in });
    }

    pub fn forget(&self, key: &IdentityKey) {
        self.locked().remove(key);
    }

    fn locked(&self) -> MutexGuard<'_, LruCache<IdentityKey, CachedAccount>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    /// The identity's account, if it is disabled. This is an early check: the end of the login decides. Caches an
    /// enabled account, so that the end needs no second read. Does not check an account that is cached already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn disabled_account(&self, key: &IdentityKey) -> Result<Option<Account>, StoreError> {
        match self.linked_account(key).await? {
            Some((account, CacheLookup::Miss)) if account.disabled.is_some() => Ok(Some(account)),
            Some((account, CacheLookup::Miss)) => {
                self.login_ends.accounts.remember(key.clone(), account, None);
                Ok(None)
            }
            Some((_, CacheLookup::Hit { .. })) | None => Ok(None),
        }
    }

    /// The account that an identity is linked to, from the cache or else from the database.
    pub(super) async fn linked_account(&self, key: &IdentityKey) -> Result<Option<(Account, CacheLookup)>, StoreError> {
        match self.login_ends.accounts.account(key) {
            Some(CachedAccount { account, last_sign_in }) => Ok(Some((account, CacheLookup::Hit { last_sign_in }))),
            None => Ok(self.account_by_identity(key).await?.map(|account| (account, CacheLookup::Miss))),
        }
    }
}

/// The username, and then the groups in byte order, each after its length in characters. Accounts that differ in name
/// or groups have different snapshots. The trigger makes the same text from the account in the database.
pub(super) fn snapshot(account: &Account) -> String {
    let mut text = String::new();
    let groups = account.groups.iter().map(Group::as_str);
    for part in std::iter::once(account.username.as_str()).chain(groups) {
        let _infallible = write!(text, "{}:{part}", part.chars().count());
    }
    text
}
