//! Tries of passwords that are under way, so that many at once are no way around a wait (security rule C43).

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use time::OffsetDateTime;

use crate::signin::challenge::waits::{Held, Limit, Tries, may_try};
use crate::store::Mark;

/// What is being tried at this moment, here. Several instances together let through a few more.
#[derive(Debug, Default, Clone)]
pub struct Trying(Arc<Mutex<HashMap<Mark, Under>>>);

/// What happens under one mark.
#[derive(Debug, Default)]
struct Under {
    /// Tries under way.
    tries: u32,
    /// Looks under way.
    looks: u32,
    /// Tries that went wrong since anything was under way here.
    failed: u32,
}

impl Trying {
    /// Begins to look at what the database counts under these marks. Begin before the database is asked: its answer
    /// misses what others count meanwhile.
    pub fn look(&self, marks: &[Mark]) -> Look {
        let mut trying = self.locked();
        let mut failed = HashMap::new();
        for mark in marks {
            failed.entry(*mark).or_insert_with(|| {
                let under = trying.entry(*mark).or_default();
                under.looks += 1;
                under.failed
            });
        }
        Look { failed, of: self.clone() }
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<Mark, Under>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, marks: impl IntoIterator<Item = Mark>, change: impl Fn(&mut Under)) {
        let mut trying = self.locked();
        for mark in marks {
            if let Entry::Occupied(mut under) = trying.entry(mark) {
                change(under.get_mut());
                if under.get().tries == 0 && under.get().looks == 0 {
                    under.remove();
                }
            }
        }
    }
}

/// A look at what the database counts, until this is dropped.
#[derive(Debug)]
pub struct Look {
    /// How many tries had gone wrong when it began.
    failed: HashMap<Mark, u32>,
    of: Trying,
}

impl Look {
    /// Lets one more through beside those that are being tried. `tries` is what the database counts. A try that went
    /// wrong during the look counts again: the database may have answered before.
    pub fn one_more(
        &self,
        mark: Mark,
        tries: Option<Tries>,
        limit: &Limit,
        now: OffsetDateTime,
    ) -> Result<OneMore, Held> {
        let mut trying = self.of.locked();
        let under = trying.entry(mark).or_default();
        let before = self.failed.get(&mark).copied().unwrap_or(under.failed);
        may_try(tries, under.tries + (under.failed - before), limit, now)?;
        under.tries += 1;
        Ok(OneMore { mark, of: self.of.clone() })
    }
}

impl Drop for Look {
    fn drop(&mut self) {
        self.of.change(self.failed.keys().copied(), |under| under.looks -= 1);
    }
}

/// One is being tried, until this is dropped.
#[derive(Debug)]
pub struct OneMore {
    mark: Mark,
    of: Trying,
}

impl OneMore {
    /// It went wrong, and the database counts it.
    pub fn went_wrong(self) {
        self.of.change([self.mark], |under| under.failed += 1);
    }

    pub fn mark(&self) -> &Mark {
        &self.mark
    }
}

impl Drop for OneMore {
    fn drop(&mut self) {
        self.of.change([self.mark], |under| under.tries -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: OffsetDateTime = time::macros::datetime!(2026-11-23 12:00 UTC);
    const MARK: Mark = [1; 32];

    // C43
    #[test]
    fn a_try_that_goes_wrong_while_another_looks_at_the_count_is_counted() {
        let (trying, limit) = (Trying::default(), Limit::account(1));
        let (first, second) = (trying.look(&[MARK]), trying.look(&[MARK]));
        first.one_more(MARK, None, &limit, NOON).unwrap().went_wrong();
        assert!(second.one_more(MARK, None, &limit, NOON).is_err(), "what it read is too old");
        drop((first, second));
        assert!(trying.locked().is_empty(), "nothing is kept when all have gone");
    }

    // C43
    #[test]
    fn a_try_that_goes_well_and_a_look_that_leads_to_none_make_nobody_wait() {
        let (trying, limit) = (Trying::default(), Limit::account(1));
        let looks = [(); 9].map(|()| trying.look(&[MARK]));
        for look in &looks {
            drop(look.one_more(MARK, None, &limit, NOON).unwrap());
        }
        drop(looks);
        assert!(trying.locked().is_empty());
    }
}
