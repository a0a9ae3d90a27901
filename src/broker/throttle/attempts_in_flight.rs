//! The current attempts, which the database does not count yet. If they did not count, many attempts at once would
//! avoid a wait (security rule C43).

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use time::OffsetDateTime;

use crate::signin::challenge::throttle::{Failures, Limit, Throttled, may_attempt};
use crate::store::ThrottleKey;

/// The attempts in flight at this instance. N instances together let up to N times as many through at the same moment.
#[derive(Debug, Default, Clone)]
pub struct AttemptsInFlight(Arc<Mutex<HashMap<ThrottleKey, KeyInFlight>>>);

/// The attempts and reads in flight under one key.
#[derive(Debug, Default)]
struct KeyInFlight {
    attempts: u32,
    /// Reads of the database's count.
    reads: u32,
    /// Attempts that failed since this entry was made. The last attempt or read that ends removes the entry.
    failed: u32,
}

impl AttemptsInFlight {
    /// Begins a read of the database's counts under these keys. Call it before the database is asked: the database's
    /// answer misses the failures that others count meanwhile.
    pub fn begin_read(&self, keys: &[ThrottleKey]) -> CountRead {
        let mut all = self.locked();
        let mut failed = HashMap::new();
        for key in keys {
            failed.entry(*key).or_insert_with(|| {
                let in_flight = all.entry(*key).or_default();
                in_flight.reads += 1;
                in_flight.failed
            });
        }
        CountRead { failed, of: self.clone() }
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<ThrottleKey, KeyInFlight>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, keys: impl IntoIterator<Item = ThrottleKey>, change: impl Fn(&mut KeyInFlight)) {
        let mut all = self.locked();
        for key in keys {
            if let Entry::Occupied(mut in_flight) = all.entry(key) {
                change(in_flight.get_mut());
                if in_flight.get().attempts == 0 && in_flight.get().reads == 0 {
                    in_flight.remove();
                }
            }
        }
    }
}

/// A read of the database's counts. It ends when this is dropped.
#[derive(Debug)]
pub struct CountRead {
    /// How many attempts under each key had failed when the read began (`KeyInFlight::failed`).
    failed: HashMap<ThrottleKey, u32>,
    of: AttemptsInFlight,
}

impl CountRead {
    /// Lets one more attempt through beside those in flight. `counted`: what the database counts. An attempt that
    /// failed during the read counts again, since the database may have answered before.
    ///
    /// # Errors
    /// How long to wait.
    pub fn begin_attempt(
        &self,
        key: ThrottleKey,
        counted: Option<Failures>,
        limit: &Limit,
        now: OffsetDateTime,
    ) -> Result<AttemptInFlight, Throttled> {
        let mut all = self.of.locked();
        let in_flight = all.entry(key).or_default();
        let before = self.failed.get(&key).copied().unwrap_or(in_flight.failed);
        may_attempt(counted, in_flight.attempts + (in_flight.failed - before), limit, now)?;
        in_flight.attempts += 1;
        Ok(AttemptInFlight { key, of: self.of.clone() })
    }
}

impl Drop for CountRead {
    fn drop(&mut self) {
        self.of.change(self.failed.keys().copied(), |in_flight| in_flight.reads -= 1);
    }
}

/// An attempt under one key. It ends when this is dropped.
#[derive(Debug)]
pub struct AttemptInFlight {
    key: ThrottleKey,
    of: AttemptsInFlight,
}

impl AttemptInFlight {
    /// The attempt failed, and the database counts it.
    pub fn failed(self) {
        self.of.change([self.key], |in_flight| in_flight.failed += 1);
    }

    pub fn key(&self) -> &ThrottleKey {
        &self.key
    }
}

impl Drop for AttemptInFlight {
    fn drop(&mut self) {
        self.of.change([self.key], |in_flight| in_flight.attempts -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: OffsetDateTime = time::macros::datetime!(2026-11-23 12:00 UTC);
    const KEY: ThrottleKey = [1; 32];

    // C43
    #[test]
    fn an_attempt_that_fails_while_another_reads_the_count_is_counted() {
        let (attempts, limit) = (AttemptsInFlight::default(), Limit::account(1));
        let (first, second) = (attempts.begin_read(&[KEY]), attempts.begin_read(&[KEY]));
        first.begin_attempt(KEY, None, &limit, NOON).unwrap().failed();
        assert!(second.begin_attempt(KEY, None, &limit, NOON).is_err(), "its read is too old");
        drop((first, second));
        assert!(attempts.locked().is_empty(), "nothing is kept after the last one");
    }

    // C43
    #[test]
    fn an_attempt_that_succeeds_and_a_read_without_an_attempt_cause_no_wait() {
        let (attempts, limit) = (AttemptsInFlight::default(), Limit::account(1));
        let reads = [(); 9].map(|()| attempts.begin_read(&[KEY]));
        for read in &reads {
            drop(read.begin_attempt(KEY, None, &limit, NOON).unwrap());
        }
        drop(reads);
        assert!(attempts.locked().is_empty());
    }
}
