//! Accounts as they were when a login of theirs was last written: so that a login of somebody known need not ask who they
//! are before it is written.
//!
//! What is remembered decides nothing. The statement that ends a login names the account as it was seen, and writes nothing
//! where it is another by now, whoever changed it; then it is forgotten here.

use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hashlink::LruCache;

use crate::base::ids::Group;
use crate::signin::identify::IdentityKey;
use crate::signin::permit::Account;
use crate::store::{Store, StoreError};

/// How many are remembered: about two megabytes of them.
const MOST: usize = 4_096;

#[derive(Debug)]
pub(in crate::store) struct Seen(Mutex<LruCache<IdentityKey, Account>>);

impl Default for Seen {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(MOST)))
    }
}

impl Seen {
    fn account(&self, key: &IdentityKey) -> Option<Account> {
        self.locked().get(key).cloned()
    }

    pub fn remember(&self, key: IdentityKey, account: &Account) {
        let mut remembered = self.locked();
        if remembered.peek(&key) != Some(account) {
            remembered.insert(key, account.clone());
        }
    }

    pub fn forget(&self, key: &IdentityKey) {
        self.locked().remove(key);
    }

    fn locked(&self) -> MutexGuard<'_, LruCache<IdentityKey, Account>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    /// The account that an identity is tied to, as it was seen when a login of theirs was last written, or as it is now where
    /// none was. Fit for [`Store::end_known_login`] alone, which sees whether it is still so.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tied_as_seen(&self, key: &IdentityKey) -> Result<Option<Account>, StoreError> {
        match self.seen.account(key) {
            Some(seen) => Ok(Some(seen)),
            None => self.tied(key).await,
        }
    }
}

/// As `seen` of the view `known_login` has it: no other account reads the same.
pub(in crate::store) fn as_seen(account: &Account) -> String {
    let mut text = String::new();
    let groups = account.groups.iter().map(Group::as_str);
    for part in std::iter::once(account.username.as_str()).chain(groups) {
        let _infallible = write!(text, "{}:{part}", part.chars().count());
    }
    text
}
