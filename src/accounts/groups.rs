//! Adds accounts to local groups, and removes them from groups.

use serde::Serialize;

use super::act::Act;
use super::{AccountError, AccountName, AccountRef, Accounts, Actor, Change};
use crate::base::ids::Group;
use crate::signin::account::Account;
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
        let mut act = self.begin(actor).await?;
        let account = act.find(account).await?;
        if act.transaction.add_to_group(&account.id, group).await? {
            act.end_group_change(Event::GroupAdded, &account, group).await
        } else {
            Ok(unchanged(&account, group))
        }
    }

    /// # Errors
    /// When there is no such account, or the database fails.
    pub async fn remove_from_group(
        &self,
        actor: &Actor,
        account: &AccountRef,
        group: &Group,
    ) -> Result<GroupChanged, AccountError> {
        let mut act = self.begin(actor).await?;
        let account = act.find(account).await?;
        if act.transaction.remove_from_group(&account.id, group).await? {
            act.end_group_change(Event::GroupRemoved, &account, group).await
        } else {
            Ok(unchanged(&account, group))
        }
    }
}

impl Act<'_> {
    async fn end_group_change(
        mut self,
        event: Event,
        account: &Account,
        group: &Group,
    ) -> Result<GroupChanged, AccountError> {
        self.record(event, &account.id, format!("{}: {group}", account.username)).await?;
        self.commit().await?;
        Ok(GroupChanged { change: Change::Done, ..unchanged(account, group) })
    }
}

fn unchanged(account: &Account, group: &Group) -> GroupChanged {
    GroupChanged { account: AccountName::from(account), group: group.clone(), change: Change::Already }
}
