//! What an admin changes in one account, after a page has said what the change would do.

use super::AdminAccess;
use crate::accounts::{
    AccessLinked, AccountError, AccountRef, Accounts, Actor, GroupChanged, IfMissing, Linked, Renamed, Unlinked,
};
use crate::base::ids::{AccessRequestId, Group};
use crate::base::username::Username;
use crate::signin::identify::IdentityKey;

/// Changes of an account that has the version which the page has shown. They fail if it has another one.
#[derive(Debug)]
pub struct AccountChanges<'a> {
    accounts: Accounts,
    actor: &'a Actor,
}

impl<'a> AdminAccess<'a> {
    #[must_use]
    pub fn changes(&self, version: u64) -> AccountChanges<'a> {
        AccountChanges { accounts: self.0.accounts.clone().at_version(version), actor: &self.0.actor }
    }
}

impl AccountChanges<'_> {
    /// The same changes: each reports what it would do, and does nothing.
    #[must_use]
    pub fn as_dry_run(self) -> Self {
        Self { accounts: self.accounts.as_dry_run(), ..self }
    }

    /// # Errors
    /// As [`Accounts::add_to_group`].
    pub async fn join(&self, account: &AccountRef, group: &Group) -> Result<GroupChanged, AccountError> {
        self.accounts.add_to_group(self.actor, account, group).await
    }

    /// # Errors
    /// As [`Accounts::remove_from_group`].
    pub async fn leave(&self, account: &AccountRef, group: &Group) -> Result<GroupChanged, AccountError> {
        self.accounts.remove_from_group(self.actor, account, group).await
    }

    /// # Errors
    /// As [`Accounts::link`].
    pub async fn link_identity(
        &self,
        account: &AccountRef,
        key: &IdentityKey,
        subject_source: &str,
    ) -> Result<Linked, AccountError> {
        self.accounts.link(self.actor, (key, subject_source), account, IfMissing::Refuse).await
    }

    /// # Errors
    /// As [`Accounts::unlink`].
    pub async fn unlink_identity(&self, key: &IdentityKey) -> Result<Unlinked, AccountError> {
        self.accounts.unlink(self.actor, key).await
    }

    /// # Errors
    /// As [`Accounts::rename`].
    pub async fn change_name(&self, account: &AccountRef, to: &Username) -> Result<Renamed, AccountError> {
        self.accounts.rename(self.actor, account, to).await
    }

    /// # Errors
    /// As [`Accounts::link_requester`].
    pub async fn link_person(&self, id: &AccessRequestId, account: &AccountRef) -> Result<AccessLinked, AccountError> {
        self.accounts.link_requester(self.actor, id, account).await
    }
}
