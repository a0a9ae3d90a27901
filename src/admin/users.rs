//! Accounts: listed, shown, renamed, switched off and on, put into groups.

use std::collections::BTreeSet;

use serde::Serialize;
use time::OffsetDateTime;

use super::{AccountName, Admin, AdminError, Change, Identity, Whom, find};
use crate::base::ids::{AccountId, Group};
use crate::base::username::Username;
use crate::signin::account::Account;
use crate::store::{AccountList, Event, Renaming};

/// An account and all that is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct User {
    pub id: AccountId,
    pub username: Username,
    pub groups: BTreeSet<Group>,
    pub disabled: Option<SwitchedOff>,
    /// Only where one account is shown, not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identities: Option<Vec<Identity>>,
}

/// Who switched an account off, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SwitchedOff {
    pub by: String,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// Some accounts, and where to go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserPage {
    pub users: Vec<User>,
    /// To be passed on as `after`; none on the last page.
    pub next: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Renamed {
    #[serde(flatten)]
    pub account: AccountName,
    pub before: Username,
    pub change: Change,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Disabled {
    #[serde(flatten)]
    pub account: AccountName,
    pub change: Change,
    pub sessions_ended: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Enabled {
    #[serde(flatten)]
    pub account: AccountName,
    pub change: Change,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupChanged {
    #[serde(flatten)]
    pub account: AccountName,
    pub group: Group,
    pub change: Change,
}

impl Admin {
    /// Accounts in the order of their names, from the one after `after` on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn users(&self, after: &str, limit: u32) -> Result<UserPage, AdminError> {
        let mut accounts = self.store.accounts(&AccountList { after: after.to_owned(), limit: limit + 1 }).await?;
        let more = accounts.len() > limit as usize;
        accounts.truncate(limit as usize);
        let next = accounts.last().filter(|_| more).map(|account| account.username.folded());
        Ok(UserPage { users: accounts.into_iter().map(|account| user(account, None)).collect(), next })
    }

    /// # Errors
    /// When there is no such account, or the database fails.
    pub async fn user(&self, whom: &Whom) -> Result<User, AdminError> {
        let found = match whom {
            Whom::Name(name) => self.store.account_by_name(name).await?,
            Whom::Id(id) => self.store.account(id).await?,
        };
        let account = found.ok_or_else(|| AdminError::NoSuchAccount(whom.clone()))?;
        let identities = self.store.identities_of(&account.id).await?;
        Ok(user(account, Some(identities.into_iter().map(Identity::from).collect())))
    }

    /// Gives an account another name. Where an app knows people by name, it meets a stranger from then on.
    ///
    /// # Errors
    /// When there is no such account, the name is taken or mixes alphabets, or the database fails.
    pub async fn rename(&self, whom: &Whom, to: &Username) -> Result<Renamed, AdminError> {
        self.scripts.admit(to.as_str())?;
        let mut transaction = self.store.begin().await?;
        let account = find(&mut transaction, whom).await?;
        if account.username == *to {
            let account = AccountName::from(&account);
            return Ok(Renamed { before: account.username.clone(), account, change: Change::WasSoBefore });
        }
        if let Renaming::Taken { by } = transaction.rename(&account.id, to).await? {
            return Err(AdminError::NameTaken { wished: to.clone(), by });
        }
        let detail = format!("{} → {to}", account.username);
        transaction.audit(&self.entry_about(Event::AccountRenamed, &account.id, detail)).await?;
        transaction.commit().await?;
        let named = AccountName { id: account.id, username: to.clone() };
        Ok(Renamed { account: named, before: account.username, change: Change::Done })
    }

    /// Switches an account off: its sessions end now, logins under way come to nothing.
    ///
    /// # Errors
    /// When there is no such account, or the database fails.
    pub async fn disable(&self, whom: &Whom) -> Result<Disabled, AdminError> {
        let mut transaction = self.store.begin().await?;
        let account = find(&mut transaction, whom).await?;
        let name = AccountName::from(&account);
        if account.disabled.is_some() {
            return Ok(Disabled { account: name, change: Change::WasSoBefore, sessions_ended: 0 });
        }
        let sessions_ended = transaction.disable(&account.id, &self.actor).await?;
        let detail = format!("{}; {sessions_ended} sessions ended", account.username);
        transaction.audit(&self.entry_about(Event::AccountDisabled, &account.id, detail)).await?;
        transaction.commit().await?;
        Ok(Disabled { account: name, change: Change::Done, sessions_ended })
    }

    /// # Errors
    /// When there is no such account, or the database fails.
    pub async fn enable(&self, whom: &Whom) -> Result<Enabled, AdminError> {
        let mut transaction = self.store.begin().await?;
        let account = find(&mut transaction, whom).await?;
        let name = AccountName::from(&account);
        if account.disabled.is_none() {
            return Ok(Enabled { account: name, change: Change::WasSoBefore });
        }
        transaction.enable(&account.id).await?;
        let entry = self.entry_about(Event::AccountEnabled, &account.id, account.username.as_str());
        transaction.audit(&entry).await?;
        transaction.commit().await?;
        Ok(Enabled { account: name, change: Change::Done })
    }

    /// # Errors
    /// When there is no such account, or the database fails.
    pub async fn add_to_group(&self, whom: &Whom, group: &Group) -> Result<GroupChanged, AdminError> {
        let mut transaction = self.store.begin().await?;
        let account = find(&mut transaction, whom).await?;
        let changed = transaction.add_to_group(&account.id, group).await?;
        self.group_changed(transaction, &account, group, Event::GroupAdded, changed.into()).await
    }

    /// # Errors
    /// When there is no such account, or the database fails.
    pub async fn remove_from_group(&self, whom: &Whom, group: &Group) -> Result<GroupChanged, AdminError> {
        let mut transaction = self.store.begin().await?;
        let account = find(&mut transaction, whom).await?;
        let changed = transaction.remove_from_group(&account.id, group).await?;
        self.group_changed(transaction, &account, group, Event::GroupRemoved, changed.into()).await
    }

    async fn group_changed(
        &self,
        mut transaction: crate::store::Transaction,
        account: &Account,
        group: &Group,
        event: Event,
        change: Change,
    ) -> Result<GroupChanged, AdminError> {
        if change == Change::Done {
            let detail = format!("{}: {group}", account.username);
            transaction.audit(&self.entry_about(event, &account.id, detail)).await?;
            transaction.commit().await?;
        }
        Ok(GroupChanged { account: AccountName::from(account), group: group.clone(), change })
    }
}

fn user(account: Account, identities: Option<Vec<Identity>>) -> User {
    User {
        id: account.id,
        username: account.username,
        groups: account.groups,
        disabled: account.disabled.map(|off| SwitchedOff { by: off.by, at: off.at }),
        identities,
    }
}
