//! Merges of two accounts, and their undoing.

use super::{AdminAccess, ViewerAccess};
use crate::accounts::{AccountError, AccountRef, Accounts, Actor, MergeUndone, Merged, RoleConfig};
use crate::base::ids::{AccountId, OperationId};
use crate::store::{Merge, StoreError};

/// Merges, done or only tried.
#[derive(Debug)]
pub struct Merging<'a> {
    accounts: Accounts,
    actor: &'a Actor,
}

/// How many merges the page of an account shows.
const MERGES: u32 = 10;

impl ViewerAccess {
    /// The newest merges of an account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn merges(&self, account: &AccountId) -> Result<Vec<Merge>, StoreError> {
        self.accounts.merges(Some(account), MERGES).await
    }
}

impl<'a> AdminAccess<'a> {
    /// Merges that happen.
    #[must_use]
    pub fn merging(&self) -> Merging<'a> {
        Merging { accounts: self.0.accounts.clone(), actor: &self.0.actor }
    }

    /// Merges that are only tried: each reports what it would do, and does nothing.
    #[must_use]
    pub fn trying_to_merge(&self) -> Merging<'a> {
        Merging { accounts: self.0.accounts.clone().as_dry_run(), actor: &self.0.actor }
    }
}

impl Merging<'_> {
    /// # Errors
    /// As [`Accounts::merge`]. Also when the closed account has another version than `version`.
    pub async fn merge_into(
        &self,
        from: &AccountRef,
        version: u64,
        into: &AccountRef,
        config: &dyn RoleConfig,
    ) -> Result<Merged, AccountError> {
        let accounts = self.accounts.clone().at_version(version);
        accounts.merge(self.actor, from, into, &|key| config.role_of(key)).await
    }

    /// # Errors
    /// As [`Accounts::undo_merge`].
    pub async fn undo(&self, operation: &OperationId) -> Result<MergeUndone, AccountError> {
        self.accounts.undo_merge(self.actor, operation).await
    }
}
