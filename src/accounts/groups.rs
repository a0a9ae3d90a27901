//! Adds accounts to local groups, and removes them from groups.

use serde::Serialize;

use super::operation::Operation;
use super::permission::Permission;
use super::{AccountError, AccountName, AccountRef, Accounts, Actor, Change};
use crate::base::ids::Group;
use crate::signin::account::Account;
use crate::store::{AuditDetail, AuditEntry, Event, StoreError};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupChanged {
    #[serde(flatten)]
    pub account: AccountName,
    pub group: Group,
    pub change: Change,
}

impl Accounts {
    /// # Errors
    /// When there is no such account, or the database fails.
    pub async fn add_to_group(
        &self,
        actor: &Actor,
        account: &AccountRef,
        group: &Group,
    ) -> Result<GroupChanged, AccountError> {
        self.change_group(actor, account, group, Membership::Joins).await
    }

    /// # Errors
    /// When there is no such account, or the database fails.
    pub async fn remove_from_group(
        &self,
        actor: &Actor,
        account: &AccountRef,
        group: &Group,
    ) -> Result<GroupChanged, AccountError> {
        self.change_group(actor, account, group, Membership::Leaves).await
    }

    async fn change_group(
        &self,
        actor: &Actor,
        account: &AccountRef,
        group: &Group,
        membership: Membership,
    ) -> Result<GroupChanged, AccountError> {
        let mut operation = self.begin(actor, Permission::ChangeGroups).await?;
        let account = operation.lock(account).await?;
        let change = match membership {
            Membership::Joins => operation.add_to_groups(&account, [group]).await?,
            Membership::Leaves => operation.remove_from_group(&account, group).await?,
        };
        match change {
            Change::Done => operation.commit().await?,
            Change::Already => drop(operation),
        }
        Ok(GroupChanged { account: AccountName::from(&account), group: group.clone(), change })
    }
}

impl Operation<'_> {
    /// Adds an account to groups. The audit log gets a row for each group that the account was not in. Returns whether
    /// there was one.
    pub(super) async fn add_to_groups<'g>(
        &mut self,
        account: &Account,
        groups: impl IntoIterator<Item = &'g Group>,
    ) -> Result<Change, StoreError> {
        let mut change = Change::Already;
        for group in groups {
            if self.transaction.add_to_group(&account.id, group).await? {
                self.record_group(Event::GroupAdded, account, group).await?;
                change = Change::Done;
            }
        }
        Ok(change)
    }

    async fn remove_from_group(&mut self, account: &Account, group: &Group) -> Result<Change, StoreError> {
        if !self.transaction.remove_from_group(&account.id, group).await? {
            return Ok(Change::Already);
        }
        self.record_group(Event::GroupRemoved, account, group).await?;
        Ok(Change::Done)
    }

    async fn record_group(&mut self, event: Event, account: &Account, group: &Group) -> Result<(), StoreError> {
        let detail = Some(AuditDetail::of_username(&account.username).text(": ").fact(group));
        let row = AuditEntry { target: Some(group.into()), detail, ..self.row_about(event, &account.id) };
        self.transaction.audit(&row).await
    }
}

/// Whether an account joins a group or leaves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Membership {
    Joins,
    Leaves,
}
