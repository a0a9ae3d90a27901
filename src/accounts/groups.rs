//! Adds accounts to local groups, and removes them from groups.

use serde::Serialize;

use super::{AccountError, AccountName, AccountRef, Accounts, Actor, Change};
use crate::base::ids::Group;
use crate::store::Event;

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
        let mut act = self.begin(actor).await?;
        let account = act.lock(account).await?;
        let (changed, event) = match membership {
            Membership::Joins => (act.transaction.add_to_group(&account.id, group).await?, Event::GroupAdded),
            Membership::Leaves => (act.transaction.remove_from_group(&account.id, group).await?, Event::GroupRemoved),
        };
        let change = if changed {
            act.record(event, &account.id, format!("{}: {group}", account.username)).await?;
            act.commit().await?;
            Change::Done
        } else {
            Change::Already
        };
        Ok(GroupChanged { account: AccountName::from(&account), group: group.clone(), change })
    }
}

/// Whether an account joins a group or leaves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Membership {
    Joins,
    Leaves,
}
