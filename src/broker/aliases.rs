//! Which account a typed name led to last time, so that the account's tries are looked at before the provider is asked again.
//!
//! The store decides nothing by it: where it knows nothing, the tries are looked at once the answer names the account.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hashlink::LruCache;

use crate::base::ids::Subject;
use crate::store::Mark;

/// How many are remembered: about a megabyte.
const MOST: usize = 4_096;

/// Names by their marks, each with the subject of its account.
pub struct Aliases(Mutex<LruCache<Mark, Subject>>);

impl Default for Aliases {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(MOST)))
    }
}

impl Aliases {
    pub fn of(&self, name: &Mark) -> Option<Subject> {
        self.locked().get(name).cloned()
    }

    pub fn remember(&self, name: Mark, subject: &Subject) {
        let mut remembered = self.locked();
        if remembered.peek(&name) != Some(subject) {
            remembered.insert(name, subject.clone());
        }
    }

    fn locked(&self) -> MutexGuard<'_, LruCache<Mark, Subject>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Aliases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Aliases")
    }
}
