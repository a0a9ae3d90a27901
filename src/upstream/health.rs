//! Whether a server that checks passwords answers. Each check updates it, and the page of choices shows it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use time::OffsetDateTime;

use super::Standing;
use super::attempt::Password;
use crate::base::clock::Clock;
use crate::signin::identify::password::{NotAccepted, NotAvailable};

/// What the last check showed.
#[derive(Debug)]
pub struct Health {
    clock: Clock,
    standing: Mutex<Standing>,
}

impl Health {
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { clock, standing: Mutex::new(Standing::Unknown) }
    }

    /// Learns from a check. A server that refuses a password is up, too.
    pub fn learn<T>(&self, checked: &Result<T, NotAccepted>, password: Password) {
        match (checked, password) {
            (Ok(_) | Err(NotAccepted::Refused { .. } | NotAccepted::Unknown), _) => {
                *self.locked() = Standing::Answering;
            }
            (Err(NotAccepted::NotAvailable(why)), Password::Kept) => self.went_silent(why),
            // One person's name or password may have caused the error, or the server was not asked.
            (Err(NotAccepted::NotAvailable(_)), Password::HandedOut)
            | (Err(NotAccepted::Busy(_) | NotAccepted::Throttled(_)), _) => {}
        }
    }

    #[must_use]
    pub fn standing(&self) -> Standing {
        self.locked().clone()
    }

    fn went_silent(&self, why: &NotAvailable) {
        let mut standing = self.locked();
        let since = match &*standing {
            Standing::Silent { since, .. } => *since,
            Standing::Answering | Standing::Unknown => self.clock.now(),
        };
        *standing = Standing::Silent { since, why: why.to_string() };
    }

    fn locked(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Since when a server has been silent, if it is.
#[must_use]
pub fn silent_since(standing: &Standing) -> Option<OffsetDateTime> {
    match standing {
        Standing::Silent { since, .. } => Some(*since),
        Standing::Answering | Standing::Unknown => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Health, silent_since};
    use crate::base::clock::Clock;
    use crate::signin::identify::password::{NotAccepted, NotAvailable, Wrong};
    use crate::upstream::Standing;
    use crate::upstream::attempt::Password::{HandedOut, Kept};

    #[test]
    fn a_silence_counts_from_its_first_error_and_ends_with_any_answer() {
        let health = Health::new(Clock::system());
        assert_eq!(health.standing(), Standing::Unknown);
        let away = |why: &str| {
            NotAccepted::from(NotAvailable { server: "ldap:636".into(), phase: "connect", why: why.to_owned() })
        };
        health.learn::<()>(&Err(away("refused")), Kept);
        let since = silent_since(&health.standing());
        assert!(since.is_some());
        health.learn::<()>(&Err(away("no answer in time")), Kept);
        assert_eq!(silent_since(&health.standing()), since);
        health.learn::<()>(&Err(NotAccepted::Busy("busy")), Kept);
        assert_eq!(silent_since(&health.standing()), since);
        health.learn::<()>(&Err(NotAccepted::Refused { why: Wrong::Password, who: None }), Kept);
        assert_eq!(health.standing(), Standing::Answering);
        health.learn::<()>(&Err(away("status 500")), HandedOut);
        assert_eq!(health.standing(), Standing::Answering, "one person's password may have caused it");
    }
}
