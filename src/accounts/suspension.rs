//! Suspends and resumes a provider.

use std::collections::BTreeMap;

use serde::Serialize;

use super::operation::Operation;
use super::permission::Permission;
use super::{AccountError, Accounts, Actor, Change};
use crate::base::ids::ProviderId;
use crate::store::{AuditDetail, AuditEntry, Event, ProviderUse, StoreError, Suspension, UsableProviders};

/// What a suspension does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SuspensionEffect {
    /// The identities that no longer open an account.
    pub links: u64,
    /// The live sessions that end.
    pub sessions: u64,
    /// The enabled accounts that have no other way to sign in.
    pub accounts_without_other_method: u64,
}

/// A suspended provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProviderSuspended {
    pub provider: ProviderId,
    pub change: Change,
    #[serde(flatten)]
    pub effect: SuspensionEffect,
}

/// A provider at which people can sign in again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProviderResumed {
    pub provider: ProviderId,
    pub change: Change,
}

impl Accounts {
    /// What depends on each provider that has a link or a session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn provider_uses(&self) -> Result<BTreeMap<ProviderId, ProviderUse>, StoreError> {
        self.store.provider_uses(self.clock.now()).await
    }

    /// What [`Self::suspend`] would do. Writes nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn suspension_effect(
        &self,
        actor: &Actor,
        provider: &ProviderId,
        usable: UsableProviders<'_>,
    ) -> Result<SuspensionEffect, StoreError> {
        self.begin_own(actor).await?.suspension_effect(provider, usable).await
    }

    /// Suspends a provider: nobody signs in there or proves an account by it, and its sessions end at once. Links and
    /// groups stay. `usable`: the providers that remain, as the config says.
    ///
    /// # Errors
    /// When the actor may not do this, or the database fails. Then the provider is not suspended.
    pub async fn suspend(
        &self,
        actor: &Actor,
        provider: &ProviderId,
        why: Option<String>,
        usable: UsableProviders<'_>,
    ) -> Result<ProviderSuspended, AccountError> {
        let mut operation = self.begin(actor, Permission::SuspendProvider).await?;
        let effect = operation.suspension_effect(provider, usable).await?;
        let (by, at) = (actor.audit_name(), self.clock.now());
        let suspension = Suspension { provider: provider.clone(), by, at, why };
        if !operation.transaction.suspend_provider(&suspension).await? {
            return Ok(ProviderSuspended { provider: provider.clone(), change: Change::Already, effect });
        }
        // Without the reason: the row is about no account, so nobody could erase a name in it with one.
        let detail = AuditDetail::new()
            .counted(effect.links, "identity", "identities")
            .text(", ")
            .sessions(effect.sessions)
            .text(" ended, ")
            .counted(effect.accounts_without_other_method, "account", "accounts")
            .text(" without another way to sign in");
        operation.record_of_provider(Event::ProviderSuspended, provider, Some(detail)).await?;
        operation.commit().await?;
        if self.conditions.dry_run {
            return Ok(ProviderSuspended { provider: provider.clone(), change: Change::Done, effect });
        }
        // They no longer count. The maintenance of a running server removes those that can't be removed now.
        let _later = self.store.end_suspended_sessions().await;
        let _in_a_second = self.store.refresh_suspensions().await;
        Ok(ProviderSuspended { provider: provider.clone(), change: Change::Done, effect })
    }

    /// Lets people sign in at a suspended provider again. The sessions that ended stay ended.
    ///
    /// # Errors
    /// When the actor may not do this, or the database fails. Then the provider stays suspended.
    pub async fn resume(&self, actor: &Actor, provider: &ProviderId) -> Result<ProviderResumed, AccountError> {
        let mut operation = self.begin(actor, Permission::SuspendProvider).await?;
        if !operation.transaction.resume_provider(provider).await? {
            return Ok(ProviderResumed { provider: provider.clone(), change: Change::Already });
        }
        operation.record_of_provider(Event::ProviderResumed, provider, None).await?;
        operation.commit().await?;
        let _in_a_second = self.store.refresh_suspensions().await;
        Ok(ProviderResumed { provider: provider.clone(), change: Change::Done })
    }
}

impl Operation<'_> {
    async fn suspension_effect(
        &mut self,
        provider: &ProviderId,
        usable: UsableProviders<'_>,
    ) -> Result<SuspensionEffect, StoreError> {
        let counted = self.transaction.count_provider_use(provider).await?;
        let accounts_without_other_method = self.transaction.count_accounts_only_at(provider, usable).await?;
        Ok(SuspensionEffect { links: counted.links, sessions: counted.sessions, accounts_without_other_method })
    }

    async fn record_of_provider(
        &mut self,
        event: Event,
        provider: &ProviderId,
        detail: Option<AuditDetail>,
    ) -> Result<(), StoreError> {
        let row = AuditEntry { provider: Some(provider.clone()), detail, ..self.row(event) };
        self.transaction.audit(&row).await
    }
}
