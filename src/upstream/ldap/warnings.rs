//! Warnings that concern every sign-in at a directory, or every sign-in of a person. The log does not have them each
//! time.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::base::ids::Subject;

/// What a warning is about. Holds only words of the config, so a directory can't add warnings without end.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Warning {
    /// The values of this claim can't be read.
    UnreadableClaim(String),
    /// The directory spells this group of the config in another way.
    GroupSpelling(String),
}

/// The warnings that the log has. Locked only if there is something to warn of.
#[derive(Debug, Default)]
pub struct Warned {
    /// Until the config is read again.
    warnings: Mutex<BTreeSet<Warning>>,
    /// The people whose groups are incomplete, with the time of the last warning.
    people: Mutex<HashMap<Subject, Instant>>,
}

/// How often the log names one person.
const PERSON_INTERVAL: Duration = Duration::from_hours(24);
/// How many people are remembered. When there are more, the log may name some of them again.
const MAX_PEOPLE: usize = 10_000;

impl Warned {
    /// Whether the log does not have the warning yet. From then on it counts as logged.
    pub fn is_new(&self, warning: Warning) -> bool {
        locked(&self.warnings).insert(warning)
    }

    /// Whether the log should name this person, whose groups are incomplete: it does so once a day, so that an operator
    /// can find everybody who is concerned.
    pub fn is_due_for(&self, subject: &Subject, now: Instant) -> bool {
        let mut people = locked(&self.people);
        if people.get(subject).is_some_and(|last| now.duration_since(*last) < PERSON_INTERVAL) {
            return false;
        }
        if people.len() >= MAX_PEOPLE {
            people.clear();
        }
        people.insert(subject.clone(), now);
        true
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::{MAX_PEOPLE, PERSON_INTERVAL, Warned};
    use crate::base::ids::Subject;

    #[test]
    fn the_log_names_each_person_with_incomplete_groups_once_a_day() {
        let (warned, now) = (Warned::default(), Instant::now());
        let due = |name: &str, at: Instant| warned.is_due_for(&Subject::from(name), at);
        assert_eq!([due("u-1", now), due("u-2", now)], [true; 2]);
        assert_eq!([due("u-1", now), due("u-2", now + PERSON_INTERVAL / 2)], [false; 2]);
        assert!(due("u-1", now + PERSON_INTERVAL));
        for other in 0..MAX_PEOPLE {
            due(&format!("v-{other}"), now);
        }
        assert!(super::locked(&warned.people).len() <= MAX_PEOPLE);
    }
}
