//! Counts tries of passwords: by the name as typed, by the account that it leads to, and by the network they come from
//! (security rule C43).
//!
//! Somebody who has signed in from a network before is counted by themselves there: a stranger elsewhere who tries their
//! name makes nobody wait but strangers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use time::{Duration, OffsetDateTime};

use super::refusal::Cause;
use super::{Broker, Visitor};
use crate::base::ids::ProviderId;
use crate::signin::challenge::waits::{Tries, may_try};
use crate::signin::identify::password::{Held, HeldBy};
use crate::store::{KNOWN_FOR, Mark, Marks, StoreError, Whose};
use crate::upstream::attempt::Gate;

/// What is being tried at this moment, here. Several instances together let through a few more.
#[derive(Debug, Default, Clone)]
pub struct Trying(Arc<Mutex<HashMap<Mark, u32>>>);

impl Trying {
    /// Lets one more through beside those that are being tried.
    fn one_more(&self, mark: Mark, tries: Option<Tries>, by: HeldBy, now: OffsetDateTime) -> Result<OneMore, Held> {
        let mut trying = self.locked();
        let times = trying.get(&mark).copied().unwrap_or_default();
        may_try(tries, times, by, now)?;
        trying.insert(mark, times + 1);
        Ok(OneMore { mark, of: self.clone() })
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<Mark, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One is being tried, until this is dropped.
#[derive(Debug)]
struct OneMore {
    mark: Mark,
    of: Trying,
}

impl Drop for OneMore {
    fn drop(&mut self) {
        let mut trying = self.of.locked();
        if let Some(times) = trying.get_mut(&self.mark) {
            *times -= 1;
            if *times == 0 {
                trying.remove(&self.mark);
            }
        }
    }
}

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
    /// The name as typed may be tried.
    by_name: bool,
    entered: Vec<OneMore>,
    /// Under which a failure counts.
    count: Vec<Mark>,
    /// Those of them under which something is counted.
    counted: Vec<Mark>,
    /// To be remembered when it goes well.
    learn: Vec<Mark>,
    /// What kept an answer from coming.
    fault: Option<StoreError>,
    /// A module had the password, and may have looked at it.
    handed_out: bool,
    /// A module said no to it.
    refused: bool,
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

    /// Lets a try of the name through, whoever it is. Nothing is asked twice.
    ///
    /// # Errors
    /// Too many tries, or no database to count them in.
    pub async fn enter(&self) -> Result<(), Cause> {
        self.pass_as(None).await?.map_err(Cause::Throttled)
    }

    /// The gate for one module's accounts.
    #[must_use]
    pub fn at(&self, provider: &'b ProviderId) -> At<'_> {
        At { turnstile: self, provider }
    }

    /// The database may have failed at the gate, where a module could only be told to wait.
    pub fn fault(&self) -> Option<StoreError> {
        self.passed().fault.take()
    }

    /// A module said no, whatever others say after it.
    pub fn was_refused(&self) {
        self.passed().refused = true;
    }

    /// The password was wrong, or is to look so.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn went_wrong(self) -> Result<(), StoreError> {
        let counting = self.count();
        // Whoever hangs up now is counted all the same.
        tokio::spawn(counting).await.unwrap_or(Ok(()))
    }

    /// Nobody could tell, in the end. But a module that said no has told: behind one that can't be asked nobody guesses for
    /// nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn nobody_told(self) -> Result<(), StoreError> {
        let refused = self.passed().refused;
        if refused {
            return self.went_wrong().await;
        }
        // There is nothing to count.
        self.passed().handed_out = false;
        Ok(())
    }

    /// Writes the failure down, and gives its place back when that is done.
    fn count(&self) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        let Passed { entered, count, .. } = std::mem::take(&mut *self.passed());
        let (store, now) = (Arc::clone(&self.broker.store), self.broker.clock.now());
        async move {
            let counted = store.count_try(&count, now).await;
            drop(entered);
            counted
        }
    }

    /// It was right. Writes only where something was counted, or the place was not known yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn went_well(self) -> Result<(), StoreError> {
        let (counted, learn) = {
            let mut passed = self.passed();
            passed.handed_out = false;
            (std::mem::take(&mut passed.counted), std::mem::take(&mut passed.learn))
        };
        if counted.is_empty() && learn.is_empty() {
            return Ok(());
        }
        self.broker.store.forgive(&counted, &learn, self.broker.clock.now()).await.map(|_| ())
    }

    /// By the name, unless it passed before, and by the account that it leads to: both are looked at in one go.
    async fn pass_as(&self, account: Option<Whose<'_>>) -> Result<Result<(), Held>, StoreError> {
        let name = (!self.passed().by_name).then_some(Whose::Typed(self.name));
        let whose = name.into_iter().chain(account);
        let marks: Vec<Marks> = whose.map(|whose| Marks::of(&self.broker.marker, whose, self.network)).collect();
        if marks.is_empty() {
            return Ok(Ok(()));
        }
        let all: Vec<_> = marks.iter().map(Marks::all).collect();
        let tries = self.broker.store.tries(all.as_flattened()).await?;
        let now = self.broker.clock.now();
        let decided = marks.iter().zip(tries.chunks(4)).try_for_each(|(marks, tries)| self.decide(marks, tries, now));
        self.passed().by_name |= decided.is_ok();
        Ok(decided)
    }

    fn decide(&self, marks: &Marks, tries: &[Option<Tries>], now: OffsetDateTime) -> Result<(), Held> {
        let [known, here, anywhere, network] = [0, 1, 2, 3].map(|place| tries.get(place).copied().flatten());
        let known_until = known.map(|known| known.last + KNOWN_FOR);
        let is_known = known_until.is_some_and(|until| now < until);
        let (mark, tries) = if is_known { (marks.here, here) } else { (marks.anywhere, anywhere) };
        let mut passed = self.passed();
        // Whoever is known there makes no newcomer wait, and waits for none.
        if !is_known && !passed.count.contains(&marks.network) {
            let one_more = self.broker.trying.one_more(marks.network, network, HeldBy::Network, now)?;
            passed.entered.push(one_more);
            passed.count.push(marks.network);
        }
        passed.entered.push(self.broker.trying.one_more(mark, tries, HeldBy::Account, now)?);
        passed.count.push(mark);
        if tries.is_some() {
            passed.counted.push(mark);
        }
        if known_until.is_none_or(|until| until - now < KNOWN_FOR - RENEWED) {
            passed.learn.push(marks.known);
        }
        Ok(())
    }

    fn passed(&self) -> MutexGuard<'_, Passed> {
        self.passed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whoever hangs up in mid-check learns nothing by it that is not counted: a module that answers a right password sooner
/// than a wrong one would tell by its silence.
impl Drop for Turnstile<'_> {
    fn drop(&mut self) {
        if !self.passed().handed_out {
            return;
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let counting = self.count();
            runtime.spawn(async move { super::password::counted(counting.await) });
        }
    }
}

/// The gate of one module.
#[derive(Debug)]
pub struct At<'t> {
    turnstile: &'t Turnstile<'t>,
    provider: &'t ProviderId,
}

#[async_trait]
impl Gate for At<'_> {
    async fn enter(&self) -> Result<(), Held> {
        self.turnstile.pass_as(None).await.unwrap_or_else(|why| self.can_not_count(why))
    }

    async fn pass(&self, account: &str) -> Result<(), Held> {
        let account = Whose::Account(self.provider, account);
        let passed = self.turnstile.pass_as(Some(account)).await.unwrap_or_else(|why| self.can_not_count(why));
        passed.inspect(|()| self.turnstile.passed().handed_out = true)
    }
}

impl At<'_> {
    /// Nobody is tried whose tries can't be counted.
    fn can_not_count(&self, why: StoreError) -> Result<(), Held> {
        self.turnstile.passed().fault = Some(why);
        Err(Held { seconds: 1, by: HeldBy::Account })
    }
}
