//! Whether people can sign in at a provider now.

use std::sync::Arc;

use super::live_config::{LiveConfig, Provider};
use super::refusal::Cause;
use crate::signin::app::App;
use crate::signin::arrive::Destination;
use crate::upstream::Challenge;

impl Provider {
    /// Whether it is enabled in the config and not suspended. The list of suspended providers may be a second old: the
    /// store checks again at the end of each login.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.enabled && !self.suspensions.contains(&self.id)
    }

    /// Whether people type a name and a password here, instead of being redirected to the provider.
    #[must_use]
    pub fn checks_passwords(&self) -> bool {
        matches!(self.module.challenge(), Challenge::Password(_))
    }

    /// Why people can't sign in there. `None`: they can.
    pub(super) fn why_off(&self) -> Option<Cause> {
        match (self.enabled, self.suspensions.contains(&self.id)) {
            (false, _) => Some(Cause::ProviderDisabled),
            (true, true) => Some(Cause::ProviderSuspended(self.id.clone())),
            (true, false) => None,
        }
    }
}

impl LiveConfig {
    /// The cause of a refusal if none of these providers is on, although some would be if no provider was suspended.
    pub(super) fn all_suspended<'p>(providers: impl IntoIterator<Item = &'p Arc<Provider>>) -> Option<Cause> {
        let mut suspended = None;
        for provider in providers {
            match provider.why_off() {
                None => return None,
                Some(cause @ Cause::ProviderSuspended(_)) => suspended = Some(cause),
                Some(_) => {}
            }
        }
        suspended
    }

    /// The providers that lead to this destination, in the order in which they are offered. They may be off.
    pub(super) fn listed_for(&self, destination: &Destination<Arc<App>>) -> Vec<&Arc<Provider>> {
        match destination {
            Destination::App { app, .. } => self.listed(app),
            Destination::OwnPage { .. } => self.providers().collect(),
        }
    }
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider").field("id", &self.id).field("enabled", &self.enabled).finish_non_exhaustive()
    }
}
