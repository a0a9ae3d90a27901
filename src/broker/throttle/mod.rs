//! The login throttle. It counts failed passwords by the typed name, by the account that the name leads to, and by the
//! network (security rule C43).
//!
//! A person who has signed in from a network before has a count of their own there. So if a stranger on another network
//! guesses at their name, only strangers have to wait.
//!
//! Each provider has its own counts, that of the network too. One attempt may ask several providers. Each provider that
//! had the password and did not accept it counts one failure, even if a later one accepts it. A right password resets
//! counts, and makes the network known, only at the provider that accepted it. A provider where the name has to wait is
//! skipped: a name that one provider always refuses must not lock its owner out of the next.
//!
//! Some providers name the account only in their answer, and may take `ada` and `Ada` for two people. There, all
//! spellings share one count of strangers' failures, so that another spelling does not avoid a wait. A right password
//! resets only the failures of its own spelling and its own account, and makes the network known for these. It proves
//! nothing about guesses at another spelling.
//!
//! | file | holds |
//! | --- | --- |
//! | `gate` | lets an attempt at one provider through, or says how long to wait |
//! | `admission` | decides that from the counts that were read |
//! | `double_count` | attempts for which the server counts two failures |
//! | `settle` | counts the failures of an attempt, resets the counts or does neither, by the row of the refusal |
//! | `state` | the state of an attempt: counts that were read, and answers so far |
//! | `attempts_in_flight` | current attempts, which the database does not count yet |
//! | `resolved_names` | the account that a name led to last time |
//! | `uncounted` | failures that could not be counted |

mod double_count;
mod attempts_in_flight;
mod admission;
mod gate;
mod resolved_names;
mod settle;
mod state;
mod uncounted;

pub use attempts_in_flight::AttemptsInFlight;
pub use gate::{ProviderGate, UnknownNames};
pub use resolved_names::ResolvedNames;
pub use uncounted::UncountedFailures;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::live_config::Provider;
use super::refusal::Cause;
use super::{Broker, Visitor};
use crate::base::ids::{ProviderId, Subject};
use crate::signin::account::Account;
use crate::signin::challenge::throttle::{FAILURES_EXPIRE_AFTER, SERVER_FAILURES_EXPIRE_AFTER};
use crate::store::{FailureCount, StoreError, ThrottleKey};
use crate::upstream::Challenge;
use attempts_in_flight::AttemptInFlight;
use gate::AttemptIdentifier;
use state::{Admitted, AttemptState, CountOf, PasswordOutcome, ProviderAttempt, Reset};

/// The throttle of one attempt. It knows what a failure counts under, and what a right password resets.
#[derive(Debug)]
pub struct LoginThrottle<'b> {
    broker: &'b Broker,
    /// The name as it was typed.
    name: &'b str,
    visitor: &'b Visitor,
    /// The visitor's network. Empty if it is unknown.
    network: &'b str,
    state: Mutex<AttemptState>,
}

impl<'b> LoginThrottle<'b> {
    /// Begins an attempt with this name.
    #[must_use]
    pub fn new(broker: &'b Broker, name: &'b str, visitor: &'b Visitor) -> Self {
        let network = visitor.network.as_deref().unwrap_or_default();
        Self { broker, name, visitor, network, state: Mutex::default() }
    }

    /// The gate of one provider. `bans_after`: as [`crate::upstream::PasswordModule::bans_after`].
    #[must_use]
    pub fn gate(&self, provider: &'b Arc<Provider>, bans_after: Option<u32>) -> ProviderGate<'_> {
        ProviderGate { throttle: self, provider, bans_after, begun: Instant::now() }
    }

    /// Counts an attempt for which no provider needed the password, such as one with an unknown name. It counts at
    /// `first`, the first provider that was asked.
    ///
    /// # Errors
    /// Too many attempts, or the database can't count.
    pub async fn count_unchecked(&self, first: Option<&'b Arc<Provider>>) -> Result<(), Cause> {
        let checked = self.state().providers.values().any(|attempt| attempt.outcome != PasswordOutcome::NotChecked);
        let Some(provider) = first.filter(|_| !checked) else { return Ok(()) };
        self.gate(provider, None).admit(AttemptIdentifier::Name).await?.map_err(Cause::Throttled)?;
        self.state().providers.entry(provider.id.clone()).or_default().outcome = PasswordOutcome::NotAccepted;
        Ok(())
    }

    /// The account whose count was read, if the provider or an earlier answer named it.
    pub fn subject(&self, provider: &ProviderId) -> Option<Subject> {
        self.state().providers.get(provider)?.subject.clone()
    }

    /// The providers that had the password and did not accept it.
    pub fn refused_by(&self) -> Vec<ProviderId> {
        let state = self.state();
        let refused = state.providers.iter().filter(|(_, attempt)| attempt.outcome == PasswordOutcome::NotAccepted);
        refused.map(|(provider, _)| provider.clone()).collect()
    }

    /// The account whose password was right at this provider, if it is disabled here.
    pub fn disabled_account(&self, provider: &ProviderId) -> Option<Account> {
        self.state().providers.get(provider)?.disabled_account.clone()
    }

    /// Takes the error of the database, if it could not read or write a count. A gate itself returns only waits.
    pub fn store_error(&self) -> Option<StoreError> {
        self.state().store_error.take()
    }

    /// Counts nothing, and resets nothing.
    fn ignore(self) {
        self.state().providers.clear();
    }

    /// Delays the answer to a right password that has to look wrong, as long as the provider delays a refusal.
    async fn delay_like_a_refusal(&self) {
        let accepted = self.state().accepted.clone();
        if let Some((provider, begun)) = accepted
            && let Challenge::Password(module) = provider.module.challenge()
        {
            module.delay_like_a_refusal(begun).await;
        }
    }

    /// The password was wrong, or has to look wrong. Counts a failure at each provider that had it.
    async fn failed(self) -> Result<(), StoreError> {
        let counting = self.count();
        // A task of its own, so that it counts even if the visitor disconnects.
        match tokio::spawn(counting).await {
            Ok(counted) => counted,
            // Nobody may take it for counted. A runtime that shuts down cancels its tasks, this one too.
            Err(ended) => std::panic::resume_unwind(ended.into_panic()),
        }
    }

    /// One provider accepted the password. Resets its counts, and makes the network known there. Counts a failure at
    /// each other provider that had the password.
    async fn succeeded(self) {
        let (known_networks, reset) = self.take_accepted();
        let written = self.write(&known_networks, &reset).await;
        let others = self.state().providers.values().any(|attempt| attempt.outcome != PasswordOutcome::NotChecked);
        let counted = if others { self.failed().await } else { Ok(()) };
        // The person is signed in, so an error changes nothing.
        log_uncounted(written.and(counted));
    }

    /// Takes the attempt at the provider that accepted the password. Returns the keys of known networks to store, and
    /// the counts to reset. Leaves the attempts at other providers.
    fn take_accepted(&self) -> (Vec<ThrottleKey>, Vec<Reset>) {
        let (mut known_networks, mut reset) = (Vec::new(), Vec::new());
        let mut state = self.state();
        for attempt in state.providers.values_mut() {
            match attempt.outcome {
                PasswordOutcome::Accepted => {
                    reset.extend(attempt.server_keys_to_reset.drain(..).map(Reset::All));
                    let is_theirs = |admitted: &&Admitted| !(admitted.of == CountOf::Name && attempt.name_is_shared);
                    for admitted in attempt.admitted.iter().filter(is_theirs) {
                        known_networks.extend(admitted.known_network);
                        reset.extend(admitted.reset);
                    }
                    attempt.outcome = PasswordOutcome::NotChecked;
                }
                PasswordOutcome::Unknown => attempt.outcome = PasswordOutcome::NotChecked,
                PasswordOutcome::NotAccepted | PasswordOutcome::NotChecked => {}
            }
        }
        (known_networks, reset)
    }

    /// Stores the known networks and resets the counts. Writes nothing if both are empty.
    async fn write(&self, known_networks: &[ThrottleKey], reset: &[Reset]) -> Result<(), StoreError> {
        let (store, now) = (&self.broker.store, self.broker.clock.now());
        let whole = |reset: &Reset| match reset {
            Reset::All(key) => Some(*key),
            Reset::Spelling { .. } => None,
        };
        let forgiven: Vec<ThrottleKey> = reset.iter().filter_map(whole).collect();
        if !forgiven.is_empty() || !known_networks.is_empty() {
            store.forgive(&forgiven, known_networks, now).await?;
        }
        for reset in reset {
            match *reset {
                Reset::All(_) => {}
                Reset::Spelling { all, spelling } => store.forgive_spelling(all, spelling, now).await?,
            }
        }
        Ok(())
    }

    /// Writes the failures, and then ends the attempt's entries in flight.
    fn count(&self) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        let AttemptState { in_flight, providers, .. } = std::mem::take(&mut *self.state());
        let checked = |attempt: &ProviderAttempt| attempt.outcome != PasswordOutcome::NotChecked;
        let failed: Vec<_> = providers.into_values().filter(checked).collect();
        let (store, now) = (Arc::clone(&self.broker.store), self.broker.clock.now());
        let counting = async move {
            let counts: Vec<FailureCount> = failed.iter().flat_map(ProviderAttempt::counts).collect();
            let again: Vec<FailureCount> = failed.iter().flat_map(ProviderAttempt::counts_again).collect();
            let at_servers = failed.iter().flat_map(|attempt| &attempt.count_at_server);
            let at_servers: Vec<FailureCount> = at_servers.copied().map(FailureCount::at_server).collect();
            let at_servers_again = failed.iter().flat_map(|attempt| &attempt.count_twice_at_server);
            let at_servers_again: Vec<FailureCount> = at_servers_again.copied().map(FailureCount::at_server).collect();
            let counted = store.count_failure(&counts, FAILURES_EXPIRE_AFTER, now).await;
            let counted = counted.and(store.count_failure(&again, FAILURES_EXPIRE_AFTER, now).await);
            let counted = counted.and(store.count_failure(&at_servers, SERVER_FAILURES_EXPIRE_AFTER, now).await);
            let counted = counted.and(store.count_failure(&at_servers_again, SERVER_FAILURES_EXPIRE_AFTER, now).await);
            let is_counted =
                |attempt: &AttemptInFlight| counts.iter().chain(&at_servers).any(|count| count.key == *attempt.key());
            in_flight.into_iter().filter(is_counted).for_each(AttemptInFlight::failed);
            counted
        };
        self.broker.uncounted_failures.clone().track(counting)
    }

    fn state(&self) -> MutexGuard<'_, AttemptState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts a failure if the visitor disconnects during a check. A module may answer a right password sooner than a wrong
/// one, so an attacker could conclude from the missing answer that the password is wrong.
impl Drop for LoginThrottle<'_> {
    fn drop(&mut self) {
        if self.state().providers.values().all(|attempt| attempt.outcome == PasswordOutcome::NotChecked) {
            return;
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let counting = self.count();
            runtime.spawn(async move { log_uncounted(counting.await) });
        }
    }
}

fn log_uncounted(counted: Result<(), StoreError>) {
    if let Err(why) = counted {
        tracing::error!(cause = "store_unavailable", error = %why, "a password attempt could not be counted");
    }
}

#[cfg(test)]
mod tests;
