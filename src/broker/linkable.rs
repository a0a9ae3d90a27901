//! The identity that an admin means by a provider and a subject.

use super::live_config::LiveConfig;
use crate::base::ids::{ProviderId, Subject};
use crate::signin::identify::IdentityKey;
use crate::upstream::linkable::check_linkable;

impl LiveConfig {
    /// The identity of this subject at a provider of the config, and what gives the subject. `None`: no sign-in could
    /// prove it, or the provider has several issuers.
    #[must_use]
    pub fn linkable(&self, provider: &ProviderId, subject: &str) -> Option<(IdentityKey, String)> {
        let provider = self.provider(provider)?;
        let (issuer, subject) = (provider.module.issuer().clone(), Subject::from(subject));
        check_linkable(provider.kind_settings.as_ref(), &provider.id, &issuer, &subject).ok()?;
        Some((IdentityKey { provider: provider.id.clone(), issuer, subject }, provider.subject_source.clone()))
    }
}
