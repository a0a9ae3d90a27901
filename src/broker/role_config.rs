//! What the config in use says about the roles of identity admins.

use std::time::Duration;

use super::live_config::LiveConfig;
use crate::accounts::RoleConfig;
use crate::base::ids::ProviderId;
use crate::base::lookalike::Scripts;
use crate::base::role::Role;
use crate::signin::identify::IdentityKey;

impl RoleConfig for LiveConfig {
    fn role_of(&self, key: &IdentityKey) -> Option<Role> {
        // A provider that no longer accepts the issuer is another provider, even under the same id (security rule C21).
        if !self.accepts(key) {
            return None;
        }
        let grants = self.role_grants.iter().filter(|grant| grant.provider == key.provider);
        grants.filter(|grant| grant.subject == key.subject).map(|grant| grant.role).max()
    }

    fn admits_admins(&self, provider: &ProviderId) -> bool {
        self.admin_providers.as_ref().is_none_or(|listed| listed.contains(provider))
    }

    fn fresh(&self) -> Duration {
        self.fresh
    }

    fn idle(&self) -> Duration {
        self.admin_idle
    }

    fn usernames(&self) -> Scripts {
        self.usernames
    }
}
