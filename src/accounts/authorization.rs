//! Checks what an account with a role may do, within the transaction of the operation (rule R6).

use super::admin_session::{AdminSession, NotAllowed, RoleConfig, is_fresh};
use super::operation::Operation;
use super::permission::{Authority, Permission};
use super::{AccountError, Accounts, Actor};
use crate::base::ids::AccountId;
use crate::base::role::Role;
use crate::store::{Store, StoreError};

impl Accounts {
    /// The role of an account: the higher one of the config's and the database's.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn role(&self, account: &AccountId, config: &dyn RoleConfig) -> Result<Option<Role>, StoreError> {
        role(&self.store, account, config).await
    }
}

async fn role(store: &Store, account: &AccountId, config: &dyn RoleConfig) -> Result<Option<Role>, StoreError> {
    let identities = store.identities_of(account).await?;
    let configured = identities.iter().filter_map(|identity| config.role_of(&identity.key)).max();
    Ok(configured.max(store.role_of(account).await?))
}

impl Operation<'_> {
    /// Checks that the actor may do this at all. [`Self::check_target`] checks whether they may do it to an account.
    pub(super) async fn authorize(&mut self, permission: Permission) -> Result<(), AccountError> {
        let Actor::Admin(AdminSession { account, session, config, .. }) = self.actor else { return Ok(()) };
        let held = self.transaction.lock_session(*session, account).await?.ok_or(NotAllowed::NotSignedIn)?;
        let signed_in = held.signed_in();
        let used = self.transaction.admin_used_at(*session).await?;
        if used.is_none_or(|used| self.now() - used > config.idle()) || !config.admits_admins(&signed_in.provider) {
            return Err(NotAllowed::NotSignedIn.into());
        }
        let role = self.role_in_transaction(account, config.as_ref()).await?;
        let needed = permission.role().ok_or(NotAllowed::CommandLineOnly)?;
        let role = role.filter(|role| *role >= needed).ok_or(NotAllowed::RoleNeeded(needed))?;
        if !is_fresh(signed_in.auth_time, signed_in.started_at, config.fresh(), self.now()) {
            return Err(NotAllowed::NotFresh.into());
        }
        self.authority = Some(Authority { role, permission });
        Ok(())
    }

    /// Checks that the actor may do it to this account (rules R2, R3 and R5).
    pub(super) async fn check_target(&mut self, target: &AccountId) -> Result<(), AccountError> {
        let Actor::Admin(AdminSession { account, config, .. }) = self.actor else { return Ok(()) };
        let Some(Authority { role, permission }) = self.authority else {
            return Err(NotAllowed::CommandLineOnly.into());
        };
        if target == account && !permission.is_for_oneself() {
            return Err(NotAllowed::OwnAccount.into());
        }
        let Some(role_of_target) = self.role_in_transaction(target, config.as_ref()).await? else { return Ok(()) };
        let needed = permission.role_on_role_holder();
        let needed = if target == account { permission.role() } else { needed }.ok_or(NotAllowed::HolderOfRole)?;
        if role < needed {
            return Err(NotAllowed::RoleNeeded(needed).into());
        }
        let takes_power =
            matches!(permission, Permission::DisableAccount | Permission::TakeRole | Permission::GiveRole);
        if takes_power
            && role_of_target == Role::Admin
            && !self.has_other_admin(target, account, config.as_ref()).await?
        {
            return Err(NotAllowed::LastAdmin.into());
        }
        Ok(())
    }

    /// Whether an admin is left without `target`. Another admin may take the actor's role away at the same moment, so
    /// this reads it again after it has waited.
    async fn has_other_admin(
        &mut self,
        target: &AccountId,
        actor: &AccountId,
        config: &dyn RoleConfig,
    ) -> Result<bool, StoreError> {
        if self.transaction.lock_admins().await?.iter().any(|admin| admin != target) {
            return Ok(true);
        }
        let is_enabled = self.transaction.account(actor).await?.is_some_and(|account| account.disabled.is_none());
        Ok(is_enabled && actor != target && self.role_in_transaction(actor, config).await? == Some(Role::Admin))
    }

    async fn role_in_transaction(
        &mut self,
        account: &AccountId,
        config: &dyn RoleConfig,
    ) -> Result<Option<Role>, StoreError> {
        let identities = self.transaction.identities_of(account).await?;
        let configured = identities.iter().filter_map(|key| config.role_of(key)).max();
        Ok(configured.max(self.transaction.role_of(account).await?))
    }
}
