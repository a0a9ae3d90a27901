//! Gives roles to accounts, and takes them away.

use std::time::Duration;

use serde::Serialize;
use time::OffsetDateTime;

use super::permission::Permission;
use super::{AccountError, AccountName, AccountRef, Accounts, Actor, Change};
use crate::base::random;
use crate::base::role::Role;
use crate::base::secret::{Secret, sha256};
use crate::store::{AuditDetail, AuditEntry, Event, StoreError};

/// How long an invitation to become an admin lasts.
pub const INVITATION_LASTS: Duration = Duration::from_mins(15);

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RoleGiven {
    #[serde(flatten)]
    pub account: AccountName,
    pub role: Role,
    pub before: Option<Role>,
    pub change: Change,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RoleTaken {
    #[serde(flatten)]
    pub account: AccountName,
    pub before: Option<Role>,
    pub change: Change,
}

/// An invitation, which makes one person an admin.
#[derive(Debug)]
pub struct AdminInvited {
    /// A part of the address. The database has only its hash.
    pub secret: Secret<String>,
    pub expires_at: OffsetDateTime,
}

impl Accounts {
    /// Gives an account a role, and replaces the one that it has.
    ///
    /// # Errors
    /// When there is no such account, the actor may not do this, or the database fails.
    pub async fn give_role(&self, actor: &Actor, account: &AccountRef, role: Role) -> Result<RoleGiven, AccountError> {
        let mut operation = self.begin(actor, Permission::GiveRole).await?;
        // All transactions lock roles before accounts.
        operation.transaction.lock_admins().await?;
        let account = AccountName::from(&operation.lock(account).await?);
        let before = operation.transaction.role_of(&account.id).await?;
        if before == Some(role) {
            return Ok(RoleGiven { account, role, before, change: Change::Already });
        }
        let by = actor.audit_name().unwrap_or_default();
        operation.transaction.give_role(&account.id, role, &by).await?;
        let detail = AuditDetail::of_username(&account.username).text(": ").fact(&role);
        let detail = match before {
            Some(before) => detail.text(", before: ").fact(&before),
            None => detail,
        };
        operation.record(Event::RoleGiven, &account.id, detail).await?;
        operation.commit().await?;
        Ok(RoleGiven { account, role, before, change: Change::Done })
    }

    /// Takes the role of an account away. A role that the config gives stays.
    ///
    /// # Errors
    /// When there is no such account, the actor may not do this, or the database fails.
    pub async fn take_role(&self, actor: &Actor, account: &AccountRef) -> Result<RoleTaken, AccountError> {
        let mut operation = self.begin(actor, Permission::TakeRole).await?;
        operation.transaction.lock_admins().await?;
        let account = AccountName::from(&operation.lock(account).await?);
        let Some(before) = operation.transaction.role_of(&account.id).await? else {
            return Ok(RoleTaken { account, before: None, change: Change::Already });
        };
        operation.transaction.take_role(&account.id).await?;
        let detail = AuditDetail::of_username(&account.username).text(": ").fact(&before);
        operation.record(Event::RoleTaken, &account.id, detail).await?;
        operation.commit().await?;
        Ok(RoleTaken { account, before: Some(before), change: Change::Done })
    }

    /// Makes an invitation: it makes one person, who has to sign in, an admin.
    ///
    /// # Errors
    /// When the actor is not an operator, or the database fails.
    pub async fn invite_admin(&self, actor: &Actor) -> Result<AdminInvited, AccountError> {
        let mut operation = self.begin(actor, Permission::CommandLine).await?;
        let secret = random::token();
        let expires_at = operation.now() + INVITATION_LASTS;
        let by = actor.audit_name().unwrap_or_default();
        operation.transaction.keep_admin_invitation(&sha256(secret.as_bytes()), &by, expires_at).await?;
        let detail = Some(AuditDetail::new().text("an invitation for 15 minutes"));
        let row = AuditEntry { detail, ..operation.row(Event::AdminInvited) };
        operation.transaction.audit(&row).await?;
        operation.commit().await?;
        Ok(AdminInvited { secret: Secret::new(secret), expires_at })
    }

    /// Whether this is the secret of an invitation that nobody has used, and that has not expired.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_invitation(&self, secret: &str) -> Result<bool, StoreError> {
        self.store.is_admin_invitation(&sha256(secret.as_bytes()), self.clock.now()).await
    }

    /// Makes the owner of this account, who is signed in, an admin. The invitation is used up.
    ///
    /// # Errors
    /// When the owner is no longer signed in, the invitation does not count, or the database fails.
    pub async fn accept_invitation(
        &self,
        actor: &Actor,
        account: &AccountRef,
        secret: &str,
    ) -> Result<RoleGiven, AccountError> {
        let mut operation = self.begin_own(actor).await?;
        let found = operation.find(account).await?;
        operation.check_owner(&found.id).await?;
        operation.transaction.lock_admins().await?;
        let account = AccountName::from(&operation.lock(account).await?);
        let made_by = operation.transaction.use_admin_invitation(&sha256(secret.as_bytes())).await?;
        let made_by = made_by.ok_or(AccountError::NoSuchInvitation)?;
        let before = operation.transaction.role_of(&account.id).await?;
        operation.transaction.give_role(&account.id, Role::Admin, &made_by).await?;
        let detail = AuditDetail::of_username(&account.username).text(": admin, by an invitation");
        operation.record(Event::RoleGiven, &account.id, detail).await?;
        operation.commit().await?;
        Ok(RoleGiven { account, role: Role::Admin, before, change: Change::Done })
    }
}

#[cfg(test)]
mod tests;
