//! Renames, disables, enables and removes accounts.

use serde::Serialize;

use super::permission::Permission;
use super::{AccountError, AccountName, AccountRef, Accounts, Actor, Change};
use crate::base::username::Username;
use crate::store::{self, AuditDetail, Event, RenameOutcome};

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

/// An account that was removed, and what was removed with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Removed {
    #[serde(flatten)]
    pub account: AccountName,
    pub identities: u64,
    pub sessions_ended: u64,
}

impl Accounts {
    /// Gives an account another name. An app that identifies people by name treats them as somebody else from then on.
    ///
    /// # Errors
    /// When there is no such account, the name is taken or mixes scripts, or the database fails.
    pub async fn rename(&self, actor: &Actor, account: &AccountRef, to: &Username) -> Result<Renamed, AccountError> {
        self.scripts.admit(to.as_str())?;
        let mut operation = self.begin(actor, Permission::RenameAccount).await?;
        let account = operation.lock(account).await?;
        if account.username == *to {
            let account = AccountName::from(&account);
            return Ok(Renamed { before: account.username.clone(), account, change: Change::Already });
        }
        if let RenameOutcome::Taken { by } = operation.transaction.rename(&account.id, to).await? {
            return Err(AccountError::NameTaken { wished: to.clone(), by });
        }
        let detail = AuditDetail::new().personal("before", &account.username).text(" → ").personal("after", to);
        operation.record(Event::AccountRenamed, &account.id, detail).await?;
        operation.commit().await?;
        let named = AccountName { id: account.id, username: to.clone() };
        Ok(Renamed { account: named, before: account.username, change: Change::Done })
    }

    /// Disables an account. Its sessions end now, and logins in flight open none (security rule C39).
    ///
    /// # Errors
    /// When there is no such account, or the database fails.
    pub async fn disable(&self, actor: &Actor, account: &AccountRef) -> Result<Disabled, AccountError> {
        let mut operation = self.begin(actor, Permission::DisableAccount).await?;
        let account = operation.lock(account).await?;
        let name = AccountName::from(&account);
        if account.disabled.is_some() {
            return Ok(Disabled { account: name, change: Change::Already, sessions_ended: 0 });
        }
        let by = actor.audit_name().unwrap_or_else(|| account.username.to_string());
        let sessions_ended = operation.transaction.disable(&account.id, &by).await?;
        let detail = AuditDetail::of_username(&account.username).text("; ").sessions(sessions_ended).text(" ended");
        operation.record(Event::AccountDisabled, &account.id, detail).await?;
        operation.commit().await?;
        Ok(Disabled { account: name, change: Change::Done, sessions_ended })
    }

    /// Enables an account again.
    ///
    /// # Errors
    /// When there is no such account, or the database fails.
    pub async fn enable(&self, actor: &Actor, account: &AccountRef) -> Result<Enabled, AccountError> {
        let mut operation = self.begin(actor, Permission::EnableAccount).await?;
        let account = operation.lock(account).await?;
        let name = AccountName::from(&account);
        if account.disabled.is_none() {
            return Ok(Enabled { account: name, change: Change::Already });
        }
        if let Some(merge) = operation.transaction.merge_of(&account.id).await? {
            return Err(AccountError::Merged { into: merge.into_username, operation: merge.id });
        }
        operation.transaction.enable(&account.id).await?;
        let detail = AuditDetail::of_username(&account.username);
        operation.record(Event::AccountEnabled, &account.id, detail).await?;
        operation.commit().await?;
        Ok(Enabled { account: name, change: Change::Done })
    }

    /// Removes an account permanently. Another account may take its name, but never gets its id (security rule C26).
    /// The audit log keeps its rows, and the name in them: see [`Self::erase`].
    ///
    /// # Errors
    /// When there is no such account, or the database fails.
    pub async fn remove(&self, actor: &Actor, wanted: &AccountRef) -> Result<Removed, AccountError> {
        let mut operation = self.begin(actor, Permission::CommandLine).await?;
        let account = AccountName::from(&operation.find(wanted).await?);
        // The row of its role goes with it, and all transactions lock identities, then roles, then accounts.
        operation.transaction.lock_identities_of(&account.id).await?;
        operation.transaction.lock_admins().await?;
        let removed = operation.transaction.remove_account(&account.id).await?;
        let removed = removed.ok_or_else(|| AccountError::NoSuchAccount(wanted.clone()))?;
        let detail = with_removed(AuditDetail::of_username(&account.username).text("; "), removed);
        operation.record(Event::AccountRemoved, &account.id, detail).await?;
        operation.commit().await?;
        Ok(Removed { account, identities: removed.identities, sessions_ended: removed.sessions })
    }
}

/// `…1 identity and 2 sessions removed with it`
pub(super) fn with_removed(detail: AuditDetail, removed: store::Removed) -> AuditDetail {
    let detail = detail.counted(removed.identities, "identity", "identities").text(" and ");
    detail.sessions(removed.sessions).text(" removed with it")
}
