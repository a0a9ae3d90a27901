//! What depends on each provider, and the suspension of a provider.

use std::collections::BTreeMap;

use super::{AdminAccess, ViewerAccess};
use crate::accounts::{AccountError, ProviderResumed, ProviderSuspended, SuspensionEffect};
use crate::base::ids::ProviderId;
use crate::store::{ProviderUse, StoreError, Suspension, UsableProviders};

impl ViewerAccess {
    /// What depends on each provider that has a link or a session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn provider_uses(&self) -> Result<BTreeMap<ProviderId, ProviderUse>, StoreError> {
        self.accounts.provider_uses().await
    }

    /// # Errors
    /// When the database fails.
    pub async fn suspensions(&self) -> Result<Vec<Suspension>, StoreError> {
        self.admin.store.suspended_providers().await
    }

    /// What a suspension of this provider would do.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn effect_of_suspension(
        &self,
        provider: &ProviderId,
        usable: UsableProviders<'_>,
    ) -> Result<SuspensionEffect, StoreError> {
        self.accounts.suspension_effect(&self.actor, provider, usable).await
    }
}

impl AdminAccess<'_> {
    /// # Errors
    /// As [`crate::accounts::Accounts::suspend`].
    pub async fn stop_provider(
        &self,
        provider: &ProviderId,
        why: Option<String>,
        usable: UsableProviders<'_>,
    ) -> Result<ProviderSuspended, AccountError> {
        self.0.accounts.suspend(&self.0.actor, provider, why, usable).await
    }

    /// # Errors
    /// As [`crate::accounts::Accounts::resume`].
    pub async fn start_provider(&self, provider: &ProviderId) -> Result<ProviderResumed, AccountError> {
        self.0.accounts.resume(&self.0.actor, provider).await
    }
}
