//! Merges two accounts of one person, and undoes it.

use serde::Serialize;
use time::{Duration, OffsetDateTime};

use super::operation::Operation;
use super::permission::Permission;
use super::{AccountError, AccountName, AccountRef, Accounts, Actor};
use crate::base::ids::{AccountId, Group, Issuer, OperationId, ProviderId, Subject};
use crate::base::role::Role;
use crate::signin::account::Account;
use crate::signin::identify::IdentityKey;
use crate::store::{AccountAddress, AuditDetail, Event, Merge, MergedItems, StoreError};

/// How long a merge can be undone.
pub const UNDO_FOR: Duration = Duration::days(30);
/// The most merges that [`Accounts::end_final_merges`] ends at once.
const FINAL_AT_ONCE: u32 = 100;

/// The role that the config gives the account of an identity.
pub type ConfigRole<'c> = &'c (dyn Fn(&IdentityKey) -> Option<Role> + Sync);

/// Two accounts that were merged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Merged {
    pub operation: OperationId,
    /// The account that was closed.
    pub from: AccountName,
    /// The account that has the identities now.
    pub into: AccountName,
    /// The identities that moved.
    pub identities: Vec<MovedIdentity>,
    /// The groups that the account did not have before: it may get more rights by them.
    pub groups_gained: Vec<Group>,
    pub addresses_gained: Vec<AccountAddress>,
    /// Whether the closed account has a password. It stays with that account and opens nothing.
    pub password_unused: bool,
    pub sessions_ended: u64,
    #[serde(with = "time::serde::rfc3339")]
    pub undo_until: OffsetDateTime,
}

/// A merge that was undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MergeUndone {
    pub operation: OperationId,
    /// The account that is open again.
    pub from: AccountName,
    pub into: AccountName,
    /// The identities that moved back.
    pub identities: Vec<MovedIdentity>,
    /// The identities that stay where they are now: somebody unlinked or moved them after the merge.
    pub identities_left: Vec<MovedIdentity>,
    pub groups_lost: Vec<Group>,
    pub addresses_lost: Vec<AccountAddress>,
    pub sessions_ended: u64,
}

/// An identity that moved from one account to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MovedIdentity {
    pub provider: ProviderId,
    pub issuer: Issuer,
    pub subject: Subject,
}

impl From<IdentityKey> for MovedIdentity {
    fn from(IdentityKey { provider, issuer, subject }: IdentityKey) -> Self {
        Self { provider, issuer, subject }
    }
}

impl Accounts {
    /// Merges the account `from` into the account `into`. The identities move. The account gets the groups and
    /// addresses that it lacks. The account `from` is disabled and keeps its name, and the sessions of both end
    /// (security rule C25). [`Self::undo_merge`] restores both within [`UNDO_FOR`].
    ///
    /// # Errors
    /// When one of the accounts does not exist, is disabled or has a role, both are the same, the actor may not do
    /// this, or the database fails.
    pub async fn merge(
        &self,
        actor: &Actor,
        from: &AccountRef,
        into: &AccountRef,
        config_role: ConfigRole<'_>,
    ) -> Result<Merged, AccountError> {
        let mut operation = self.begin(actor, Permission::MergeAccounts).await?;
        let (from, into) = (operation.find(from).await?, operation.find_other(into).await?);
        if from.id == into.id {
            return Err(AccountError::SameAccount);
        }
        // All transactions lock identities, then roles, then accounts.
        operation.lock_identities_of_both(&from.id, &into.id).await?;
        operation.transaction.lock_admins().await?;
        let (from, into) = operation.lock_both(&from.id, &into.id).await?;
        for account in [&from, &into] {
            operation.ensure_open_without_role(account, config_role).await?;
        }
        let items = operation.transaction.move_to_account(&from.id, &into.id).await?;
        let password_unused = operation.transaction.has_local_password(&from.id).await?;
        let by = actor.audit_name();
        let ended = operation.transaction.end_sessions_of(&into.id).await?;
        let ended = ended + operation.transaction.disable(&from.id, by.as_deref().unwrap_or_default()).await?;
        let merge = Merge {
            id: OperationId::fresh(),
            from: from.id.clone(),
            from_username: from.username.clone(),
            into: into.id.clone(),
            into_username: into.username.clone(),
            by,
            at: operation.now(),
            undo_until: operation.now() + UNDO_FOR,
            undone_at: None,
        };
        operation.transaction.keep_merge(&merge, &items).await?;
        operation.record_merge(Event::AccountsMerged, &merge, &items).await?;
        operation.commit_on(&from.id).await?;
        Ok(Merged {
            operation: merge.id,
            from: AccountName::from(&from),
            into: AccountName::from(&into),
            identities: items.identities.into_iter().map(Into::into).collect(),
            groups_gained: items.groups,
            addresses_gained: items.addresses,
            password_unused,
            sessions_ended: ended,
            undo_until: merge.undo_until,
        })
    }

    /// Undoes a merge: the closed account opens again and gets its identities back, and the other one loses the groups
    /// and addresses that it got. What somebody moved or unlinked since then stays, and the result names it.
    ///
    /// # Errors
    /// When there is no such merge, it was undone, it is too old, a later merge has to be undone first, the actor may
    /// not do this, or the database fails.
    pub async fn undo_merge(&self, actor: &Actor, id: &OperationId) -> Result<MergeUndone, AccountError> {
        let mut operation = self.begin(actor, Permission::MergeAccounts).await?;
        let merge = operation.lock_merge(id).await?;
        let (from, into) = operation.lock_both(&merge.from, &merge.into).await?;
        if let Some(later) = operation.transaction.merge_of(&into.id).await? {
            return Err(AccountError::LaterOperation { later: later.id });
        }
        let items = operation.transaction.merged_items(id).await?;
        let (mut back, mut left) = (Vec::new(), Vec::new());
        for key in &items.identities {
            let moved = operation.transaction.move_identity(key, &into.id, &from.id).await?;
            if moved { &mut back } else { &mut left }.push(key.clone());
        }
        let (mut groups_lost, mut addresses_lost) = (Vec::new(), Vec::new());
        for group in items.groups {
            if operation.transaction.remove_from_group(&into.id, &group).await? {
                groups_lost.push(group);
            }
        }
        for address in items.addresses {
            if operation.transaction.remove_merged_address(&into.id, &address).await? {
                addresses_lost.push(address);
            }
        }
        let sessions_ended = operation.transaction.end_sessions_of(&into.id).await?;
        operation.transaction.enable(&from.id).await?;
        operation.transaction.end_merge(id, actor.audit_name().as_deref()).await?;
        let moved = MergedItems { identities: back, groups: groups_lost, addresses: addresses_lost };
        operation.record_merge(Event::MergeUndone, &merge, &moved).await?;
        operation.commit_on(&from.id).await?;
        Ok(MergeUndone {
            operation: merge.id,
            from: AccountName::from(&from),
            into: AccountName::from(&into),
            identities: moved.identities.into_iter().map(Into::into).collect(),
            identities_left: left.into_iter().map(Into::into).collect(),
            groups_lost: moved.groups,
            addresses_lost: moved.addresses,
            sessions_ended,
        })
    }

    /// The merges of an account, or of all accounts, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn merges(&self, account: Option<&AccountId>, limit: u32) -> Result<Vec<Merge>, StoreError> {
        self.store.merges(account, limit).await
    }

    /// Erases the accounts that were closed by merges which nobody can undo any more. Returns how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_final_merges(&self, actor: &Actor) -> Result<u64, AccountError> {
        let mut ended = 0;
        for merge in self.store.final_merges(self.clock.now(), FINAL_AT_ONCE).await? {
            match self.erase(actor, &AccountRef::Id(merge.from)).await {
                // Another instance erased it meanwhile.
                Ok(_) | Err(AccountError::NoSuchAccount(_)) => ended += 1,
                Err(why) => return Err(why),
            }
        }
        Ok(ended)
    }
}

impl Operation<'_> {
    /// Locks the identities of two accounts, in the order of the accounts.
    async fn lock_identities_of_both(&mut self, one: &AccountId, other: &AccountId) -> Result<(), StoreError> {
        for account in [one.min(other), one.max(other)] {
            self.transaction.lock_identities_of(account).await?;
        }
        Ok(())
    }

    /// Locks two accounts, in the order of their ids: two merges in opposite directions then don't wait for each other.
    async fn lock_both(&mut self, from: &AccountId, into: &AccountId) -> Result<(Account, Account), AccountError> {
        for account in [from.min(into), from.max(into)] {
            self.transaction.lock_account(account).await?;
        }
        let from = self.find(&AccountRef::Id(from.clone())).await?;
        Ok((from, self.find_other(&AccountRef::Id(into.clone())).await?))
    }

    /// An account with a role can't be merged: nobody gets its rights, or its sign-in methods, by a merge (rule R3).
    async fn ensure_open_without_role(
        &mut self,
        account: &Account,
        config_role: ConfigRole<'_>,
    ) -> Result<(), AccountError> {
        if let Some(merge) = self.transaction.merge_of(&account.id).await? {
            return Err(AccountError::Merged { into: merge.into_username, operation: merge.id });
        }
        if account.disabled.is_some() {
            return Err(AccountError::AccountDisabled(account.username.clone()));
        }
        // The account is locked, so it gets no other identity meanwhile.
        let identities = self.transaction.identities_of(&account.id).await?;
        let has_role = self.transaction.role_of(&account.id).await?.is_some();
        if has_role || identities.iter().any(|key| config_role(key).is_some()) {
            return Err(AccountError::HasRole(account.username.clone()));
        }
        Ok(())
    }

    async fn lock_merge(&mut self, id: &OperationId) -> Result<Merge, AccountError> {
        let merge = self.transaction.lock_merge(id).await?;
        let merge = merge.ok_or_else(|| AccountError::NoSuchOperation(id.clone()))?;
        if merge.undone_at.is_some() {
            return Err(AccountError::UndoneBefore(id.clone()));
        }
        if merge.undo_until <= self.now() {
            return Err(AccountError::UndoExpired { id: id.clone(), until: merge.undo_until });
        }
        Ok(merge)
    }

    /// Writes a row about each of the two accounts. It names only that account: when a person is erased, no row of
    /// another account holds their name. The id of the merge is in both.
    async fn record_merge(&mut self, event: Event, merge: &Merge, items: &MergedItems) -> Result<(), StoreError> {
        let rows = [
            (&merge.from, &merge.from_username, ", the account that was closed; "),
            (&merge.into, &merge.into_username, ", the account that stayed; "),
        ];
        for (account, username, part) in rows {
            let detail = AuditDetail::of_username(username)
                .text(": ")
                .fact(&merge.id)
                .text(part)
                .counted(items.identities.len() as u64, "identity", "identities")
                .text(", ")
                .counted(items.groups.len() as u64, "group", "groups")
                .text(", ")
                .counted(items.addresses.len() as u64, "address", "addresses");
            self.record(event, account, detail).await?;
        }
        Ok(())
    }
}
