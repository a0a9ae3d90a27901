//! Accounts of our own: made with a password, given another, removed.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{AccountName, Admin, AdminError, Whom, find, taken};
use crate::base::ids::Group;
use crate::base::secret::Secret;
use crate::base::username::Username;
use crate::passwords::{HashedPassword, LocalPasswords};
use crate::store::{Event, Linking, Transaction};

/// An account that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Added {
    #[serde(flatten)]
    pub account: AccountName,
    pub groups: BTreeSet<Group>,
}

/// A password that was set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PasswordSet {
    #[serde(flatten)]
    pub account: AccountName,
    pub sessions_ended: u64,
}

/// An account that is gone, and what went with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RemovedUser {
    #[serde(flatten)]
    pub account: AccountName,
    pub identities: u64,
    pub sessions_ended: u64,
}

impl Admin {
    /// Makes an account that its owner signs in to by a password.
    ///
    /// # Errors
    /// When the name is taken or mixes alphabets, the password is none, or the database fails.
    pub async fn add_user(
        &self,
        passwords: &LocalPasswords,
        name: &Username,
        groups: &BTreeSet<Group>,
        password: &Secret<String>,
    ) -> Result<Added, AdminError> {
        self.scripts.admit(name.as_str())?;
        passwords.check_policy(password, name).await??;
        let hashed = passwords.hash(password).await?;
        let mut transaction = self.store.begin().await?;
        let Some(account) = transaction.make_account(name).await? else {
            return Err(taken(&mut transaction, name).await);
        };
        transaction.audit(&self.entry_about(Event::AccountMade, &account.id, name.as_str())).await?;
        for group in groups {
            transaction.add_to_group(&account.id, group).await?;
            let detail = format!("{name}: {group}");
            transaction.audit(&self.entry_about(Event::GroupAdded, &account.id, detail)).await?;
        }
        let account = AccountName::from(&account);
        self.set(&mut transaction, passwords, &account, &hashed).await?;
        transaction.commit().await?;
        Ok(Added { account, groups: groups.clone() })
    }

    /// Gives an account a password, or another in place of the one it has. Its sessions end (security rule C25).
    ///
    /// # Errors
    /// When there is no such account, the password is none, or the database fails.
    pub async fn set_password(
        &self,
        passwords: &LocalPasswords,
        whom: &Whom,
        password: &Secret<String>,
    ) -> Result<PasswordSet, AdminError> {
        let name = self.user(whom).await?.username;
        passwords.check_policy(password, &name).await??;
        let hashed = passwords.hash(password).await?;
        let mut transaction = self.store.begin().await?;
        let account = AccountName::from(&find(&mut transaction, whom).await?);
        let sessions_ended = self.set(&mut transaction, passwords, &account, &hashed).await?;
        transaction.commit().await?;
        Ok(PasswordSet { account, sessions_ended })
    }

    /// Removes an account for good: its name is free, its id is never used again. What it did stays in the audit.
    ///
    /// # Errors
    /// When there is no such account, or the database fails.
    pub async fn remove_user(&self, whom: &Whom) -> Result<RemovedUser, AdminError> {
        let mut transaction = self.store.begin().await?;
        let account = AccountName::from(&find(&mut transaction, whom).await?);
        let removed = transaction.remove_account(&account.id).await?;
        let detail = format!(
            "{}; {} identities and {} sessions went with it",
            account.username, removed.identities, removed.sessions
        );
        transaction.audit(&self.entry_about(Event::AccountRemoved, &account.id, detail)).await?;
        transaction.commit().await?;
        Ok(RemovedUser { account, identities: removed.identities, sessions_ended: removed.sessions })
    }

    /// Writes the hash down, and ties the account to the provider that asks for it. Says how many sessions ended.
    async fn set(
        &self,
        transaction: &mut Transaction,
        passwords: &LocalPasswords,
        account: &AccountName,
        hashed: &HashedPassword,
    ) -> Result<u64, AdminError> {
        let key = passwords.identity(&account.id);
        let by_link = match transaction.link(&key, &account.id).await? {
            Linking::Done { sessions_ended } => sessions_ended,
            Linking::Already => 0,
            Linking::Anothers { account, username } => {
                return Err(AdminError::IdentityOfAnother { account, username });
            }
        };
        transaction.set_password(&account.id, hashed.as_str()).await?;
        // After the password: a login that compared the one before is waited for, and its session ends, too (C25).
        let sessions = by_link + transaction.end_sessions_of(&account.id).await?;
        let detail = format!("{}; {sessions} sessions ended", account.username);
        let mut entry = self.entry_about(Event::PasswordSet, &account.id, detail);
        entry.provider = Some(passwords.provider().clone());
        transaction.audit(&entry).await?;
        Ok(sessions)
    }
}
