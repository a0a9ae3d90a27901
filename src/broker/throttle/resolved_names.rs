//! The account that a name led to last time, so that the account's count is read before the provider is asked again.
//!
//! Each instance has its own cache, and a full cache forgets some names. So no count is reset only because a name is
//! missing here.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hashlink::LruCache;
use time::OffsetDateTime;

use crate::base::ids::Subject;
use crate::signin::challenge::throttle::FAILURES_EXPIRE_AFTER;
use crate::store::ThrottleKey;

/// The most entries, about two megabytes. Most names take two: one for the spelling, and one for all spellings.
const CAPACITY: usize = 8_192;

/// The account of each name, by the name's key.
pub struct ResolvedNames(Mutex<LruCache<ThrottleKey, ResolvedName>>);

#[derive(Clone, PartialEq, Eq)]
struct ResolvedName {
    /// The account that the last answer named.
    subject: Subject,
    /// The account of the last right password.
    proved: Option<Subject>,
    /// Two people proved to have this name. Until this time, a right password of one does not reset guesses at the
    /// other.
    shared_until: Option<OffsetDateTime>,
}

/// The kind of answer that named an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    RightPassword,
    Refusal,
}

/// How many people have a name, as far as this instance knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holders {
    One,
    Several,
}

impl Default for ResolvedNames {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(CAPACITY)))
    }
}

impl ResolvedNames {
    /// The account of a name. `None` also while two people have the name.
    pub fn subject(&self, name: &ThrottleKey, now: OffsetDateTime) -> Option<Subject> {
        let mut names = self.locked();
        let found = names.get(name)?;
        found.shared_until.is_none_or(|until| !lasts(until, now)).then(|| found.subject.clone())
    }

    /// Remembers the account that an answer named. Returns how many people have the name.
    pub fn remember(&self, name: ThrottleKey, subject: &Subject, proof: Proof, now: OffsetDateTime) -> Holders {
        let mut names = self.locked();
        let before = names.peek(&name);
        let proved_before = before.and_then(|resolved| resolved.proved.as_ref());
        let mut shared_until = before.and_then(|resolved| resolved.shared_until).filter(|until| lasts(*until, now));
        let proved = match proof {
            Proof::RightPassword => Some(subject),
            Proof::Refusal => proved_before,
        };
        if proof == Proof::RightPassword && proved_before.is_some_and(|other| other != subject) {
            shared_until = Some(now + FAILURES_EXPIRE_AFTER);
        }
        let resolved = ResolvedName { subject: subject.clone(), proved: proved.cloned(), shared_until };
        if before != Some(&resolved) {
            names.insert(name, resolved);
        }
        if shared_until.is_some() { Holders::Several } else { Holders::One }
    }

    fn locked(&self) -> MutexGuard<'_, LruCache<ThrottleKey, ResolvedName>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the time until `until` still lasts. If it is longer than a day, the clock was set back since.
fn lasts(until: OffsetDateTime, now: OffsetDateTime) -> bool {
    now < until && until - now <= FAILURES_EXPIRE_AFTER
}

impl fmt::Debug for ResolvedNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResolvedNames")
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::{Holders, Proof, ResolvedNames};
    use crate::base::ids::Subject;

    const NOON: time::OffsetDateTime = time::macros::datetime!(2026-11-23 12:00 UTC);
    const NAME: crate::store::ThrottleKey = [1; 32];

    // C43
    #[test]
    fn a_name_that_two_people_have_leads_to_no_account_for_a_day() {
        let (names, [ada, other]) = (ResolvedNames::default(), ["1", "2"].map(Subject::from));
        let later = |hours| NOON + Duration::hours(hours);
        assert_eq!(names.remember(NAME, &ada, Proof::RightPassword, NOON), Holders::One);
        assert_eq!(names.remember(NAME, &other, Proof::Refusal, NOON), Holders::One, "a refusal proves nothing");
        assert_eq!(names.subject(&NAME, NOON), Some(other.clone()));
        for hours in [0, 1, 2] {
            assert_eq!(names.remember(NAME, &other, Proof::RightPassword, later(hours)), Holders::Several);
        }
        assert_eq!(names.subject(&NAME, later(2)), None);
        let set_back = NOON - Duration::days(365);
        assert_eq!(names.subject(&NAME, set_back), Some(other.clone()), "a clock that was set back ends it, too");
        assert_eq!(names.remember(NAME, &other, Proof::RightPassword, later(24)), Holders::One);
        assert_eq!(names.subject(&NAME, later(24)), Some(other));
    }
}
