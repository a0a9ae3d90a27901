//! Which account a name led to last time, so that the account's tries are looked at before the provider is asked again.
//!
//! Other instances know other names, and a full cache forgets some. So no count is forgiven because of what is not
//! here.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hashlink::LruCache;
use time::OffsetDateTime;

use crate::base::ids::Subject;
use crate::signin::challenge::waits::FORGOTTEN;
use crate::store::Mark;

/// How many are remembered: about two megabytes. Most names take two, as they were sent and as all spellings of them.
const MOST: usize = 8_192;

/// Names by their marks, each with the subject of its account.
pub struct Aliases(Mutex<LruCache<Mark, Alias>>);

#[derive(Clone, PartialEq, Eq)]
struct Alias {
    /// Whom the last answer named.
    subject: Subject,
    /// Whose password was right last.
    proved: Option<Subject>,
    /// Two people proved to have this name, so till then no sign-in says anything of the other's guesses.
    shared_until: Option<OffsetDateTime>,
}

/// How an answer names an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    RightPassword,
    Refusal,
}

/// Who else has a name, as far as is known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holders {
    One,
    Several,
}

impl Default for Aliases {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(MOST)))
    }
}

impl Aliases {
    pub fn of(&self, name: &Mark, now: OffsetDateTime) -> Option<Subject> {
        let mut remembered = self.locked();
        let alias = remembered.get(name)?;
        alias.shared_until.is_none_or(|until| until <= now).then(|| alias.subject.clone())
    }

    pub fn remember(&self, name: Mark, subject: &Subject, proof: Proof, now: OffsetDateTime) -> Holders {
        let mut remembered = self.locked();
        let before = remembered.peek(&name);
        let proved_before = before.and_then(|alias| alias.proved.as_ref());
        let mut shared_until = before.and_then(|alias| alias.shared_until).filter(|until| now < *until);
        let proved = match proof {
            Proof::RightPassword => Some(subject),
            Proof::Refusal => proved_before,
        };
        if proof == Proof::RightPassword && proved_before.is_some_and(|other| other != subject) {
            shared_until = Some(now + FORGOTTEN);
        }
        let alias = Alias { subject: subject.clone(), proved: proved.cloned(), shared_until };
        if before != Some(&alias) {
            remembered.insert(name, alias);
        }
        if shared_until.is_some() { Holders::Several } else { Holders::One }
    }

    fn locked(&self) -> MutexGuard<'_, LruCache<Mark, Alias>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Aliases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Aliases")
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::{Aliases, Holders, Proof};
    use crate::base::ids::Subject;

    const NOON: time::OffsetDateTime = time::macros::datetime!(2026-11-23 12:00 UTC);
    const NAME: crate::store::Mark = [1; 32];

    // C43
    #[test]
    fn a_name_that_two_people_proved_to_have_is_nobodys_for_a_day() {
        let (aliases, [ada, other]) = (Aliases::default(), ["1", "2"].map(Subject::from));
        let later = |hours| NOON + Duration::hours(hours);
        assert_eq!(aliases.remember(NAME, &ada, Proof::RightPassword, NOON), Holders::One);
        assert_eq!(aliases.remember(NAME, &other, Proof::Refusal, NOON), Holders::One, "a refusal proves nothing");
        assert_eq!(aliases.of(&NAME, NOON), Some(other.clone()));
        for hours in [0, 1, 2] {
            assert_eq!(aliases.remember(NAME, &other, Proof::RightPassword, later(hours)), Holders::Several);
        }
        assert_eq!(aliases.of(&NAME, later(2)), None);
        assert_eq!(aliases.remember(NAME, &other, Proof::RightPassword, later(24)), Holders::One);
        assert_eq!(aliases.of(&NAME, later(24)), Some(other));
    }
}
