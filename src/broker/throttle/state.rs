//! The state of an attempt: at all providers together, and at each.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use super::attempts_in_flight::AttemptInFlight;
use crate::base::ids::{ProviderId, Subject};
use crate::broker::live_config::Provider;
use crate::signin::account::Account;
use crate::signin::challenge::throttle::Failures;
use crate::store::{FailureCount, StoreError, ThrottleKey, ThrottleKeys};

/// One attempt, at all providers that were asked.
#[derive(Debug, Default)]
pub(super) struct AttemptState {
    /// Its entries in `AttemptsInFlight`.
    pub in_flight: Vec<AttemptInFlight>,
    pub providers: BTreeMap<ProviderId, ProviderAttempt>,
    /// The provider that accepted the password, and when its check began.
    pub accepted: Option<(Arc<Provider>, Instant)>,
    /// Why the database could not count.
    pub store_error: Option<StoreError>,
}

/// The attempt at one provider.
#[derive(Debug, Default)]
pub(super) struct ProviderAttempt {
    pub outcome: PasswordOutcome,
    /// The keys of the name, once its count was read.
    pub name: Option<NameKeys>,
    /// The names and accounts that do not have to wait.
    pub admitted: Vec<Admitted>,
    /// The network's key, once the attempt counts for the network: the person is not known there.
    pub network: Option<ThrottleKey>,
    /// Another person may have the same name. Then a right password does not reset the name's count.
    pub name_is_shared: bool,
    /// The module itself has named the account that the name leads to.
    pub account_was_named: bool,
    /// A failure counts under these once more, because the server got the password in two forms.
    pub count_twice: Vec<ThrottleKey>,
    /// The keys of a server that bans addresses. A failure counts under them as long as that server remembers it.
    pub count_at_server: Vec<ThrottleKey>,
    /// A failure counts under these once more, because the server also refused an unknown name.
    pub count_twice_at_server: Vec<ThrottleKey>,
    /// The keys of that server under which the database has a count. A right password resets them.
    pub server_keys_to_reset: Vec<ThrottleKey>,
    /// The account whose count was read, if the provider or an earlier answer named it.
    pub subject: Option<Subject>,
    /// The account whose password was right, if it is disabled here.
    pub disabled_account: Option<Account>,
}

impl ProviderAttempt {
    /// The counts to which a failure is added.
    pub fn counts(&self) -> impl Iterator<Item = FailureCount> {
        let account = self.account();
        let keys = self.admitted.iter().flat_map(|admitted| &admitted.count);
        let network = self.network.map(FailureCount::of_no_account);
        keys.map(move |key| FailureCount { key: *key, account }).chain(network)
    }

    /// The counts to which a second failure is added.
    pub fn counts_again(&self) -> impl Iterator<Item = FailureCount> {
        let account = self.account();
        self.count_twice.iter().map(move |key| FailureCount { key: *key, account })
    }

    /// The key of the account that the name leads to.
    fn account(&self) -> Option<ThrottleKey> {
        self.admitted.iter().find(|admitted| admitted.of != CountOf::Name).map(|admitted| admitted.key)
    }
}

/// The keys of a name.
#[derive(Debug, Clone, Copy)]
pub(super) struct NameKeys {
    pub keys: ThrottleKeys,
    /// The key of this spelling of the name.
    pub spelling: ThrottleKey,
}

/// A name or an account that does not have to wait.
#[derive(Debug)]
pub(super) struct Admitted {
    pub of: CountOf,
    /// Its key for all networks.
    pub key: ThrottleKey,
    /// A failure counts under these.
    pub count: Vec<ThrottleKey>,
    /// What a right password resets. `None`: nothing is counted.
    pub reset: Option<Reset>,
    /// To be stored after a right password, so that the network is known.
    pub known_network: Option<ThrottleKey>,
}

/// What a count is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CountOf {
    Name,
    Account,
    /// The account that the name led to last time.
    ResolvedAccount,
    /// The account that another spelling of the name led to last time.
    AccountOfAnotherSpelling,
}

/// The counts of one name or one account, as the database has them. `None`: nothing is counted.
#[derive(Debug)]
pub(super) struct Counts {
    pub of: CountOf,
    pub keys: ThrottleKeys,
    /// The row of the known network. Its time says when the network became known or was last renewed.
    pub known: Option<Failures>,
    /// The failures from this network (`this_network` of `keys`).
    pub this_network: Option<Failures>,
    /// The failures from all networks that are not known for the person (`all_networks` of `keys`).
    pub all_networks: Option<Failures>,
    /// The failures with this spelling of the name.
    pub spelling: Option<Failures>,
}

/// What a right password resets.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reset {
    All(ThrottleKey),
    /// Only the failures with this spelling of the name. Others may have been guesses at another person.
    Spelling {
        all: ThrottleKey,
        spelling: ThrottleKey,
    },
}

/// What one provider did with the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum PasswordOutcome {
    /// It did not get the password.
    #[default]
    NotChecked,
    /// It has the password. Every answer but an acceptance counts as a failure.
    NotAccepted,
    /// It does not know the name. This counts as a failure unless another provider accepts the password.
    Unknown,
    Accepted,
}
