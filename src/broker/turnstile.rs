//! Counts tries of passwords: by the name as typed, by the account that it leads to, and by the network they come from
//! (security rule C43).
//!
//! Somebody who has signed in from a network before is counted by themselves there: a stranger elsewhere who tries
//! their name makes nobody wait but strangers.
//!
//! Each provider counts for itself. In one try several may be asked: each that had the password and did not accept it
//! counts one failure, and a yes forgives and learns only at the provider that said it. A provider where a name has to
//! wait is passed over, so that a name that one provider refuses at each sign-in does not lock its owner out of the
//! next.
//!
//! Some providers say whose a name is only with their answer, and may take `ada` and `Ada` for two people. There all
//! spellings share the count of strangers' failures, so that no spelling is a way around it. A yes forgives those at
//! its own spelling and at its own account alone, and makes the network known for these: it says nothing of guesses at
//! another spelling.

mod again;
mod gate;

pub use gate::{At, CountsUnknown};

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use time::Duration;

use super::refusal::Cause;
use super::site::Provider;
use super::trying::OneMore;
use super::{Broker, Visitor};
use crate::base::ids::{ProviderId, Subject};
use crate::signin::challenge::waits::{BAN, FORGOTTEN};
use crate::store::{Mark, Marks, StoreError};
use crate::upstream::Challenge;

/// One try on its way: what it went through, and is to be counted under when it goes wrong.
#[derive(Debug)]
pub struct Turnstile<'b> {
    broker: &'b Broker,
    /// As it was typed.
    name: &'b str,
    network: &'b str,
    passed: Mutex<Passed>,
}

#[derive(Debug, Default)]
struct Passed {
    entered: Vec<OneMore>,
    /// The network's mark, once somebody passed who is not known there.
    network: Option<Mark>,
    modules: BTreeMap<ProviderId, Module>,
    /// Who accepted the password, and when they began to look at it.
    accepted: Option<(Arc<Provider>, Instant)>,
    /// What kept an answer from coming.
    fault: Option<StoreError>,
}

/// The try at one provider.
#[derive(Debug, Default)]
struct Module {
    said: Said,
    /// The name, once it was looked at.
    name: Option<Name>,
    /// Names and accounts that passed.
    passed: Vec<Counted>,
    /// The name may be somebody else's, too: a right password says nothing of what is counted under it.
    name_is_shared: bool,
    /// The module has asked about the account that the name belongs to.
    account_was_looked_at: bool,
    /// Under which a failure counts twice: the server got the password in two forms.
    count_again: Vec<Mark>,
    /// Passed limits of a server that bans addresses. A failure counts for as long as the server remembers it.
    count_at_server: Vec<Mark>,
    /// Under which a failure counts twice: the server refused a name that nobody has, too.
    count_at_server_again: Vec<Mark>,
    /// Those of them under which something is counted.
    counted_at_server: Vec<Mark>,
    /// Whose tries were looked at, if the provider or an earlier answer named them.
    named: Option<Subject>,
}

/// The marks of a name.
#[derive(Debug, Clone, Copy)]
struct Name {
    marks: Marks,
    /// Of this spelling of it.
    spelling: Mark,
}

/// A name or an account that passed.
#[derive(Debug)]
struct Counted {
    of: Of,
    /// Its mark anywhere.
    mark: Mark,
    /// Under which a failure counts.
    count: Vec<Mark>,
    /// What a right password forgives, if anything is counted.
    forgive: Option<Forgive>,
    /// To be remembered when it goes well.
    learn: Option<Mark>,
}

/// Whose tries are looked at.
#[derive(Debug, Clone, Copy)]
pub(super) enum Who<'w> {
    /// The name, which the provider looks up by itself.
    Name,
    /// The name, letter for letter as it is sent; whose it is comes with the answer.
    Sent(&'w str),
    /// The name, and the account that it is known to lead to.
    Account(&'w str),
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    Name,
    Account,
    /// The account that the name led to last time.
    Remembered,
    /// The account that another spelling of the name led to last time.
    RememberedOfAnotherSpelling,
}

#[derive(Debug, Clone, Copy)]
enum Forgive {
    All(Mark),
    /// No more than those with the name spelt this way: others may have been guesses at somebody else.
    Spelling {
        all: Mark,
        spelling: Mark,
    },
}

impl Module {
    fn count(&self) -> impl Iterator<Item = Mark> {
        self.passed.iter().flat_map(|counted| &counted.count).copied()
    }
}

/// What came of the password at one provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Said {
    /// Nobody looked at it.
    #[default]
    Nothing,
    /// The provider has it. Whatever it says, if it does not accept the password, is a failure.
    NotAccepted,
    /// It has nobody of that name, and would have been the last to be asked of somebody whom it has.
    Unknown,
    Accepted,
}

/// How long a known place is good before it is written down again.
const RENEWED: Duration = Duration::days(7);

impl<'b> Turnstile<'b> {
    /// Before a try of this name from there.
    #[must_use]
    pub fn new(broker: &'b Broker, name: &'b str, visitor: &'b Visitor) -> Self {
        let network = visitor.network.as_deref().unwrap_or_default();
        Self { broker, name, network, passed: Mutex::default() }
    }

    /// Lets a try of the name through and counts it, if no provider needed the password to refuse it.
    ///
    /// # Errors
    /// Too many tries, or no database to count them in.
    pub async fn enter_unasked(&self, first: Option<&'b Arc<Provider>>) -> Result<(), Cause> {
        let asked = self.passed().modules.values().any(|module| module.said != Said::Nothing);
        let Some(provider) = first.filter(|_| !asked) else { return Ok(()) };
        self.at(provider, None).pass_as(Who::Name).await?.map_err(Cause::Throttled)?;
        self.passed().modules.entry(provider.id.clone()).or_default().said = Said::NotAccepted;
        Ok(())
    }

    /// The gate for one provider's accounts. `bans_after`: as [`crate::upstream::ChecksPasswords::bans_after`].
    #[must_use]
    pub fn at(&self, provider: &'b Arc<Provider>, bans_after: Option<u32>) -> At<'_> {
        At { turnstile: self, provider, bans_after, begun: Instant::now() }
    }

    /// Whose tries were looked at, if the provider or an earlier answer named them.
    pub fn named(&self, provider: &ProviderId) -> Option<Subject> {
        self.passed().modules.get(provider)?.named.clone()
    }

    /// The database may have failed at the gate, where a module could only be told to wait.
    pub fn fault(&self) -> Option<StoreError> {
        self.passed().fault.take()
    }

    /// The password was wrong, or is to look so. Counts a failure at each provider that had it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn went_wrong(self) -> Result<(), StoreError> {
        let counting = self.count();
        // Whoever hangs up now is counted all the same.
        tokio::spawn(counting).await.unwrap_or(Ok(()))
    }

    /// Waits as long as the provider delays a refusal: the password was right, and has to look wrong.
    pub async fn delay_like_a_refusal(&self) {
        let accepted = self.passed().accepted.clone();
        if let Some((provider, begun)) = accepted
            && let Challenge::Password(module) = provider.module.challenge()
        {
            module.delay_like_a_refusal(begun).await;
        }
    }

    /// Nothing is counted: the app's own users come this way each time.
    pub fn nothing_told(self) {
        self.passed().modules.clear();
    }

    /// Writes the failures down, and gives their places back when that is done.
    fn count(&self) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        let Passed { entered, network, modules, .. } = std::mem::take(&mut *self.passed());
        let failed: Vec<_> = modules.into_values().filter(|module| module.said != Said::Nothing).collect();
        let network = network.filter(|_| !failed.is_empty());
        let (store, now) = (Arc::clone(&self.broker.store), self.broker.clock.now());
        async move {
            let marks: Vec<Mark> = failed.iter().flat_map(Module::count).chain(network).collect();
            let all = |of: fn(&Module) -> &Vec<Mark>| failed.iter().flat_map(of).copied().collect::<Vec<_>>();
            let [again, at_servers] = [all(|module| &module.count_again), all(|module| &module.count_at_server)];
            let counted = store.count_try(&marks, FORGOTTEN, now).await;
            let counted = counted.and(store.count_try(&again, FORGOTTEN, now).await);
            let counted = counted.and(store.count_try(&at_servers, BAN, now).await);
            let counted = counted.and(store.count_try(&all(|module| &module.count_at_server_again), BAN, now).await);
            let is_counted = |place: &OneMore| marks.contains(place.mark()) || at_servers.contains(place.mark());
            entered.into_iter().filter(is_counted).for_each(OneMore::went_wrong);
            counted
        }
    }

    /// One provider said yes. Writes only where something was counted, or the place was not known yet; and counts the
    /// failures at the others that had the password. The network's are for tries that let nobody in.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn went_well(self) -> Result<(), StoreError> {
        let (mut forgiven, mut learnt, mut spellings) = (Vec::new(), Vec::new(), Vec::new());
        {
            let mut passed = self.passed();
            passed.network = None;
            for module in passed.modules.values_mut() {
                match module.said {
                    Said::Accepted => {
                        forgiven.append(&mut module.counted_at_server);
                        let is_theirs = |counted: &&Counted| !(counted.of == Of::Name && module.name_is_shared);
                        for counted in module.passed.iter().filter(is_theirs) {
                            learnt.extend(counted.learn);
                            match counted.forgive {
                                Some(Forgive::All(mark)) => forgiven.push(mark),
                                Some(Forgive::Spelling { all, spelling }) => spellings.push((all, spelling)),
                                None => {}
                            }
                        }
                        module.said = Said::Nothing;
                    }
                    Said::Unknown => module.said = Said::Nothing,
                    Said::NotAccepted | Said::Nothing => {}
                }
            }
        }
        let (store, now) = (&self.broker.store, self.broker.clock.now());
        if !forgiven.is_empty() || !learnt.is_empty() {
            store.forgive(&forgiven, &learnt, now).await?;
        }
        for (all, spelling) in spellings {
            store.forgive_spelling(all, spelling, now).await?;
        }
        let others = self.passed().modules.values().any(|module| module.said != Said::Nothing);
        if others { self.went_wrong().await } else { Ok(()) }
    }

    fn passed(&self) -> MutexGuard<'_, Passed> {
        self.passed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A hang-up in mid-check counts, too: a module that answers a right password sooner would tell by its silence.
impl Drop for Turnstile<'_> {
    fn drop(&mut self) {
        if self.passed().modules.values().all(|module| module.said == Said::Nothing) {
            return;
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let counting = self.count();
            runtime.spawn(async move { super::password::counted(counting.await) });
        }
    }
}

#[cfg(test)]
mod tests;
