//! The gate of one provider: it lets an attempt through, or says how long to wait.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;

use super::LoginThrottle;
use super::resolved_names::{Holders, Proof};
use super::state::{CountOf, Counts, NameKeys, PasswordOutcome, ProviderAttempt};
use crate::base::ids::Subject;
use crate::broker::live_config::Provider;
use crate::signin::challenge::throttle::{Failures, Throttled, ThrottledBy};
use crate::signin::identify::password::{NotAccepted, OnRefused};
use crate::signin::identify::{ExternalIdentity, IdentityKey};
use crate::store::{
    ServerThrottleKeys, StoreError, ThrottleKey, ThrottleKeys, ThrottleSubject, throttle_key_of_network,
};
use crate::upstream::attempt::{Gate, PasswordState};

/// The gate of one provider.
#[derive(Debug)]
pub struct ProviderGate<'t> {
    pub(super) throttle: &'t LoginThrottle<'t>,
    pub(super) provider: &'t Arc<Provider>,
    pub(super) bans_after: Option<u32>,
    pub(super) begun: Instant,
}

/// What identifies the account of an attempt.
#[derive(Debug, Clone, Copy)]
pub(super) enum AttemptIdentifier<'w> {
    /// The name. The provider looks it up by itself.
    Name,
    /// The name, letter for letter as the server gets it. The server's answer names the account.
    Sent(&'w str),
    /// The name, and the account that it is known to lead to.
    Account(&'w str),
}

#[async_trait]
impl Gate for ProviderGate<'_> {
    async fn admit_lookup(&self) -> Result<(), Throttled> {
        self.admit(AttemptIdentifier::Name).await.unwrap_or_else(|why| self.refuse_uncounted(why))
    }

    async fn admit_account(&self, account: &str) -> Result<(), Throttled> {
        let admitted =
            self.admit(AttemptIdentifier::Account(account)).await.unwrap_or_else(|why| self.refuse_uncounted(why));
        admitted.inspect(|()| self.with_attempt(|attempt| attempt.outcome = PasswordOutcome::NotAccepted))
    }

    async fn admit_account_again(&self, account: &str) -> Result<(), Throttled> {
        self.admit_second_form(AttemptIdentifier::Account(account)).await
    }

    async fn admit_unknown_name(&self) -> Result<(), Throttled> {
        self.admit_second_server_failure().await.unwrap_or_else(|why| self.refuse_uncounted(why))
    }

    fn forgive_unknown_name(&self) {
        self.with_attempt(|attempt| attempt.count_twice_at_server.clear());
    }

    async fn admit_sent_name(&self, sent: &str) -> Result<(), Throttled> {
        let admitted = self.admit(AttemptIdentifier::Sent(sent)).await.unwrap_or_else(|why| self.refuse_uncounted(why));
        admitted.inspect(|()| self.with_attempt(|attempt| attempt.outcome = PasswordOutcome::NotAccepted))
    }

    async fn admit_sent_name_again(&self, sent: &str) -> Result<(), Throttled> {
        self.admit_second_form(AttemptIdentifier::Sent(sent)).await
    }

    async fn is_disabled(&self, subject: &Subject) -> bool {
        let issuer = self.provider.module.issuer().clone();
        let key = IdentityKey { provider: self.provider.id.clone(), issuer, subject: subject.clone() };
        // A database error is left to the end of the login, which checks this again.
        let disabled_account = self.throttle.broker.store.disabled_account(&key).await.unwrap_or(None);
        self.with_attempt(|attempt| {
            attempt.disabled_account = disabled_account;
            attempt.disabled_account.is_some()
        })
    }

    async fn admit_subject(&self, subject: &str) -> Result<(), Throttled> {
        self.with_attempt(|attempt| attempt.account_was_named = true);
        self.admit(AttemptIdentifier::Account(subject)).await.unwrap_or_else(|why| self.refuse_uncounted(why))
    }
}

impl ProviderGate<'_> {
    /// Checks the account that the provider's answer names. Its count decides, too, whatever name was typed.
    ///
    /// # Errors
    /// How long the account has to wait. Then neither this answer nor a later one may show whether the password was
    /// right. So the caller must not remember the answer: a refusal that names no account is not remembered, either.
    pub async fn admit_answer(&self, answer: &Result<ExternalIdentity, NotAccepted>) -> Result<(), Throttled> {
        let subject = match answer {
            Ok(identity) => &identity.key.subject,
            Err(NotAccepted::Refused { subject: Some(subject), .. }) => subject,
            Err(NotAccepted::Refused { subject: None, .. } | NotAccepted::Unknown) => {
                self.read_dummy_counts().await;
                return Ok(());
            }
            Err(NotAccepted::NotAvailable(_) | NotAccepted::Busy(_) | NotAccepted::Throttled(_)) => return Ok(()),
        };
        let admitted = self.admit(AttemptIdentifier::Account(subject.as_str())).await;
        admitted.unwrap_or_else(|why| self.refuse_uncounted(why))
    }

    /// Remembers that the name leads to the account that the answer names.
    pub fn remember_answer(&self, answer: &Result<ExternalIdentity, NotAccepted>) {
        let (subject, proof) = match answer {
            Ok(identity) => (&identity.key.subject, Proof::RightPassword),
            Err(NotAccepted::Refused { subject: Some(subject), .. }) => (subject, Proof::Refusal),
            Err(NotAccepted::Unknown) => return self.remember_unknown(),
            Err(
                NotAccepted::Refused { subject: None, .. }
                | NotAccepted::NotAvailable(_)
                | NotAccepted::Busy(_)
                | NotAccepted::Throttled(_),
            ) => return,
        };
        let Some(name) = self.name() else { return };
        let (resolved, now) = (&self.throttle.broker.resolved_names, self.throttle.broker.clock.now());
        resolved.remember(name.keys.all_networks, subject, proof, now);
        let is_shared = resolved.remember(name.spelling, subject, proof, now) == Holders::Several;
        self.with_attempt(|attempt| attempt.name_is_shared = is_shared);
    }

    /// Records what the provider did with the password. `password`: whether the module got it.
    pub fn record<T>(&self, answer: &Result<T, NotAccepted>, password: PasswordState, unknown_names: UnknownNames) {
        let outcome = match (answer, password, unknown_names) {
            (Ok(_), ..) => PasswordOutcome::Accepted,
            (Err(_), PasswordState::Withheld, _) | (Err(NotAccepted::Unknown), _, UnknownNames::Ignore) => {
                PasswordOutcome::NotChecked
            }
            // With `on_refused = "stop"`, a refusal ends the sign-in. If a later provider is asked, the visitor can see
            // that this one does not know the name, so the counts have nothing to hide. With `"next"`, an unknown name
            // must count like a refusal (security rule C42).
            (Err(NotAccepted::Unknown), PasswordState::HandedOut, UnknownNames::Count)
                if self.provider.on_refused == OnRefused::Stop =>
            {
                PasswordOutcome::Unknown
            }
            (Err(_), PasswordState::HandedOut, _) => PasswordOutcome::NotAccepted,
        };
        if outcome == PasswordOutcome::Accepted {
            self.throttle.state().accepted = Some((Arc::clone(self.provider), self.begun));
        }
        self.with_attempt(|attempt| attempt.outcome = outcome);
    }

    /// Lets an attempt through, unless the name, its account, the network or the server has to wait. One statement
    /// reads all counts. A name or an account that was let through before is not checked again.
    pub(super) async fn admit(&self, by: AttemptIdentifier<'_>) -> Result<Result<(), Throttled>, StoreError> {
        let LoginThrottle { broker, network, .. } = *self.throttle;
        let new = self.new_keys(by);
        if new.is_empty() {
            return Ok(Ok(()));
        }
        self.check_that_failures_can_be_counted().await?;
        let (provider, mac_key) = (&self.provider.id, &broker.throttle_mac);
        let server = self.bans_after.map(|_| ServerThrottleKeys::of(mac_key, provider, network));
        let shared = [throttle_key_of_network(mac_key, provider, network)]
            .into_iter()
            .chain(server.iter().flat_map(|server| [server.all, server.network]));
        let all: Vec<ThrottleKey> = new.iter().flat_map(|(_, keys)| keys.all()).chain(shared).collect();
        let read = broker.attempts_in_flight.begin_read(&all);
        let failures = broker.store.failures(&all).await?;
        let found: HashMap<ThrottleKey, Failures> =
            all.into_iter().zip(failures).filter_map(|(key, failures)| Some((key, failures?))).collect();
        let counts = |(of, keys): (CountOf, ThrottleKeys)| Counts {
            of,
            keys,
            known: found.get(&keys.known).copied(),
            this_network: found.get(&keys.this_network).copied(),
            all_networks: found.get(&keys.all_networks).copied(),
            spelling: keys.spelling.and_then(|spelling| found.get(&spelling).copied()),
        };
        let counts: Vec<Counts> = new.into_iter().map(counts).collect();
        Ok(self.decide(&read, &counts, &found))
    }

    /// After a failure that could not be counted, no password is handed out until the database can be written again:
    /// otherwise nothing would limit guesses (security rule C43).
    async fn check_that_failures_can_be_counted(&self) -> Result<(), StoreError> {
        let LoginThrottle { broker, .. } = *self.throttle;
        broker.uncounted_failures.recover(broker.store.write_to_throttle(broker.clock.now())).await
    }

    /// The keys of the name and of the account, without those that were let through before.
    fn new_keys(&self, by: AttemptIdentifier<'_>) -> Vec<(CountOf, ThrottleKeys)> {
        let LoginThrottle { broker, name, network, .. } = *self.throttle;
        let (provider, mac_key) = (&self.provider.id, &broker.throttle_mac);
        let of_account =
            |account: &str| ThrottleKeys::of(mac_key, ThrottleSubject::Account(provider, account), network);
        let mut state = self.throttle.state();
        let attempt = state.providers.entry(provider.clone()).or_default();
        let name = *attempt.name.get_or_insert_with(|| {
            let sent = |sent| ThrottleKeys::of(mac_key, ThrottleSubject::SentName(provider, sent), network);
            let keys = match by {
                AttemptIdentifier::Sent(name) => sent(name),
                AttemptIdentifier::Name | AttemptIdentifier::Account(_) => {
                    ThrottleKeys::of(mac_key, ThrottleSubject::TypedName(provider, name), network)
                }
            };
            NameKeys { keys, spelling: keys.spelling.or_else(|| sent(name).spelling).unwrap_or_default() }
        });
        let resolved = |key: &ThrottleKey| broker.resolved_names.subject(key, broker.clock.now());
        let of_this_spelling = resolved(&name.spelling);
        let subject = match by {
            AttemptIdentifier::Account(account) => Some(Subject::from(account)),
            AttemptIdentifier::Name | AttemptIdentifier::Sent(_) => of_this_spelling.clone(),
        };
        attempt.subject = subject.or_else(|| attempt.subject.take());
        let by_spelling = || of_this_spelling.as_ref().map(|one| (CountOf::ResolvedAccount, of_account(one.as_str())));
        let account = match by {
            AttemptIdentifier::Account(account) => Some((CountOf::Account, of_account(account))),
            AttemptIdentifier::Name => by_spelling(),
            AttemptIdentifier::Sent(_) => by_spelling().or_else(|| {
                let one = resolved(&name.keys.all_networks)?;
                Some((CountOf::AccountOfAnotherSpelling, of_account(one.as_str())))
            }),
        };
        if let Some((CountOf::Account, account)) = &account {
            // The account is known now. Accounts that the name led to before don't matter.
            attempt.admitted.retain(|admitted| match admitted.of {
                CountOf::Name | CountOf::Account => true,
                CountOf::ResolvedAccount | CountOf::AccountOfAnotherSpelling => admitted.key == account.all_networks,
            });
        }
        let is_new = |keys: &ThrottleKeys| !attempt.admitted.iter().any(|admitted| admitted.key == keys.all_networks);
        [(CountOf::Name, name.keys)].into_iter().chain(account).filter(|(_, keys)| is_new(keys)).collect()
    }

    /// Reads counts of no account, to take as long as for an account that the answer names (security rule C42).
    async fn read_dummy_counts(&self) {
        let was_named = self.with_attempt(|attempt| attempt.account_was_named);
        if !was_named && self.name().is_some_and(|name| name.keys.spelling.is_some()) {
            let LoginThrottle { broker, network, .. } = *self.throttle;
            let nobody =
                ThrottleKeys::of(&broker.throttle_mac, ThrottleSubject::Account(&self.provider.id, ""), network);
            let keys: Vec<ThrottleKey> = nobody.all().collect();
            if let Err(why) = broker.store.failures(&keys).await {
                self.throttle.state().store_error = Some(why);
            }
        }
    }

    /// Remembers an unknown name like the name of an account, if the provider looked for one. So the next attempt reads
    /// as many counts as one with the name of an account (security rule C42).
    fn remember_unknown(&self) {
        let looked_for = self.with_attempt(|attempt| Some((attempt.name?, attempt.subject.clone()?)));
        let Some((name, account)) = looked_for else { return };
        let (resolved, now) = (&self.throttle.broker.resolved_names, self.throttle.broker.clock.now());
        for key in [name.keys.all_networks, name.spelling] {
            resolved.remember(key, &account, Proof::Refusal, now);
        }
    }

    /// An attempt that can't be counted is not let through.
    pub(super) fn refuse_uncounted(&self, why: StoreError) -> Result<(), Throttled> {
        self.throttle.state().store_error = Some(why);
        Err(Throttled { seconds: 1, by: ThrottledBy::Account })
    }

    fn name(&self) -> Option<NameKeys> {
        self.with_attempt(|attempt| attempt.name)
    }

    /// Works on the attempt at this provider.
    pub(super) fn with_attempt<T>(&self, work: impl FnOnce(&mut ProviderAttempt) -> T) -> T {
        work(self.throttle.state().providers.entry(self.provider.id.clone()).or_default())
    }
}

/// Whether a name that a provider does not know counts as a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownNames {
    Count,
    /// The app has users of its own, whom no provider knows. Each of their sign-ins would count as a failure.
    Ignore,
}
