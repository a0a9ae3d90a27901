//! Tries of passwords that are under way, so that many at once are no way around a wait (security rule C43).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use time::OffsetDateTime;

use crate::signin::challenge::waits::{Limit, Tries, may_try};
use crate::signin::identify::password::Held;
use crate::store::Mark;

/// What is being tried at this moment, here. Several instances together let through a few more.
#[derive(Debug, Default, Clone)]
pub struct Trying(Arc<Mutex<HashMap<Mark, u32>>>);

impl Trying {
    /// Lets one more through beside those that are being tried.
    pub fn one_more(
        &self,
        mark: Mark,
        tries: Option<Tries>,
        limit: &Limit,
        now: OffsetDateTime,
    ) -> Result<OneMore, Held> {
        let mut trying = self.locked();
        let times = trying.get(&mark).copied().unwrap_or_default();
        may_try(tries, times, limit, now)?;
        trying.insert(mark, times + 1);
        Ok(OneMore { mark, of: self.clone() })
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<Mark, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One is being tried, until this is dropped.
#[derive(Debug)]
pub struct OneMore {
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
