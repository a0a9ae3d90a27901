//! Whether a server that checks passwords answers. Each check updates it, and the page where people choose a provider
//! shows it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use time::OffsetDateTime;

use super::Availability;
use super::attempt::PasswordState;
use crate::base::clock::Clock;
use crate::signin::identify::password::{NotAccepted, NotAvailable};

/// The result of the last checks.
#[derive(Debug)]
pub struct Health {
    clock: Clock,
    availability: Mutex<Availability>,
}

impl Health {
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { clock, availability: Mutex::new(Availability::Unknown) }
    }

    /// Records the result of a check. A server that refuses a password is up, too.
    pub fn record<T>(&self, checked: &Result<T, NotAccepted>, password: PasswordState) {
        match (checked, password) {
            (Ok(_) | Err(NotAccepted::Refused { .. } | NotAccepted::Unknown), _) => {
                *self.locked() = Availability::Answering;
            }
            (Err(NotAccepted::NotAvailable(why)), PasswordState::Withheld) => self.mark_silent(why),
            // One person's name or password may have caused the error, or the server was not asked.
            (Err(NotAccepted::NotAvailable(_)), PasswordState::HandedOut)
            | (Err(NotAccepted::Busy(_) | NotAccepted::Throttled(_)), _) => {}
        }
    }

    #[must_use]
    pub fn availability(&self) -> Availability {
        self.locked().clone()
    }

    fn mark_silent(&self, why: &NotAvailable) {
        let mut availability = self.locked();
        let since = match &*availability {
            Availability::Silent { since, .. } => *since,
            Availability::Answering | Availability::Unknown => self.clock.now(),
        };
        *availability = Availability::Silent { since, why: why.to_string() };
    }

    fn locked(&self) -> MutexGuard<'_, Availability> {
        self.availability.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Since when a server has been silent, if it is.
#[must_use]
pub fn silent_since(availability: &Availability) -> Option<OffsetDateTime> {
    match availability {
        Availability::Silent { since, .. } => Some(*since),
        Availability::Answering | Availability::Unknown => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Health, silent_since};
    use crate::base::clock::Clock;
    use crate::signin::identify::password::{NotAccepted, NotAvailable, RefusalReason};
    use crate::upstream::Availability;
    use crate::upstream::attempt::PasswordState::{HandedOut, Withheld};

    #[test]
    fn a_silence_counts_from_its_first_error_and_ends_with_any_answer() {
        let health = Health::new(Clock::system());
        assert_eq!(health.availability(), Availability::Unknown);
        let unavailable = |why: &str| NotAccepted::from(NotAvailable::new("ldap:636", "connect", why));
        health.record::<()>(&Err(unavailable("refused")), Withheld);
        let since = silent_since(&health.availability());
        assert!(since.is_some());
        health.record::<()>(&Err(unavailable("no answer in time")), Withheld);
        assert_eq!(silent_since(&health.availability()), since);
        health.record::<()>(&Err(NotAccepted::Busy("busy")), Withheld);
        assert_eq!(silent_since(&health.availability()), since);
        health.record::<()>(&Err(NotAccepted::Refused { why: RefusalReason::Password, subject: None }), Withheld);
        assert_eq!(health.availability(), Availability::Answering);
        health.record::<()>(&Err(unavailable("status 500")), HandedOut);
        assert_eq!(health.availability(), Availability::Answering, "one person's password may have caused it");
    }
}
