//! Erases a person: their account, and their personal values in the audit log.

use serde::Serialize;

use super::account::with_removed;
use super::permission::Permission;
use super::{AccountError, AccountRef, Accounts, Actor};
use crate::base::ids::AccountId;
use crate::base::username::Username;
use crate::store::{AuditDetail, Event};

/// An account that was removed, and whose personal values were erased from the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Erased {
    pub id: AccountId,
    /// `None`: the account was removed before.
    pub username: Option<Username>,
    pub identities: u64,
    pub sessions_ended: u64,
    /// In how many rows of the audit log values were erased.
    pub rows_erased: u64,
}

impl Accounts {
    /// Removes an account as [`Self::remove`] does, and erases the personal values of its rows in the audit log. The
    /// rows stay. An account that was removed before can be erased by its id. The access requests of its identities are
    /// removed.
    ///
    /// Refusals that were audited before the person had an account are about no account, so they keep their values.
    ///
    /// # Errors
    /// When there is no such account and nothing to erase, or the database fails.
    pub async fn erase(&self, actor: &Actor, wanted: &AccountRef) -> Result<Erased, AccountError> {
        let mut operation = self.begin(actor, Permission::CommandLine).await?;
        let (id, username) = match (operation.find(wanted).await, wanted) {
            (Err(AccountError::NoSuchAccount(_)), AccountRef::Id(id)) => (id.clone(), None),
            (found, _) => found.map(|account| (account.id, Some(account.username)))?,
        };
        // While the account still has its identities.
        operation.transaction.remove_access_requests_of(&id).await?;
        // The row of its role goes with it, and all transactions lock identities, then roles, then accounts.
        operation.transaction.lock_identities_of(&id).await?;
        operation.transaction.lock_admins().await?;
        let removed = operation.transaction.remove_account(&id).await?;
        // After the account is removed: the logins that were about to commit have written their rows.
        let rows_erased = operation.transaction.erase_personal_values(&id).await?;
        let detail = match removed {
            Some(removed) => with_removed(AuditDetail::new(), removed),
            None if rows_erased > 0 => AuditDetail::new().text("it was removed before"),
            None => return Err(AccountError::NoSuchAccount(wanted.clone())),
        };
        let detail = detail.text("; personal values erased in ").counted(rows_erased, "row", "rows");
        operation.record(Event::AccountErased, &id, detail).await?;
        operation.commit().await?;
        let (identities, sessions_ended) = removed.map_or((0, 0), |removed| (removed.identities, removed.sessions));
        Ok(Erased { id, username, identities, sessions_ended, rows_erased })
    }
}
