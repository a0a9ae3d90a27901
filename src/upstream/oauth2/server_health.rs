//! Whether an authorization server answers. It publishes nothing that we fetch, so only logins show it.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

use crate::base::clock::Clock;
use crate::upstream::http::Phase;
use crate::upstream::outage::Outage;
use crate::upstream::{Availability, Due, FetchError, UpstreamError};

/// What the last logins showed.
#[derive(Debug)]
pub struct ServerHealth {
    clock: Clock,
    outage: ArcSwapOption<Outage>,
}

impl ServerHealth {
    pub fn new(clock: Clock) -> Self {
        Self { clock, outage: ArcSwapOption::empty() }
    }

    pub fn availability(&self) -> Availability {
        match self.outage.load_full() {
            Some(outage) => Availability::Silent { since: outage.since, why: outage.fault.to_string() },
            None => Availability::Unknown,
        }
    }

    /// Records the result of a request.
    pub fn record(&self, error: Option<&UpstreamError>) {
        match error {
            Some(UpstreamError::Unreachable { fault: fault @ FetchError::Http { error, .. }, .. }) => match error.phase
            {
                Phase::Resolve | Phase::Connect | Phase::Tls => self.mark_silent(fault),
                // The server got the request, and one person's code may be why it closed the connection.
                Phase::Read | Phase::Address | Phase::Size => {}
            },
            // It has answered.
            None | Some(_) => self.outage.store(None),
        }
    }

    fn mark_silent(&self, fault: &FetchError) {
        let now = self.clock.now();
        let since = self.outage.load().as_ref().map_or(now, |outage| outage.since.min(now));
        self.outage.store(Some(Arc::new(Outage { since, last: now, fault: fault.clone() })));
    }

    /// When a silent server should be asked again.
    pub fn due(&self) -> Option<Due> {
        self.outage.load().as_ref()?.due(self.clock.now())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use time::{Duration, OffsetDateTime};

    use super::ServerHealth;
    use crate::base::clock::Clock;
    use crate::upstream::http::{HttpError, Phase};
    use crate::upstream::{Availability, Due, FetchError, UpstreamError};

    fn unreachable(phase: Phase) -> UpstreamError {
        let error = HttpError::new("api.example".to_owned(), phase, "refused");
        UpstreamError::Unreachable { fault: FetchError::Http { what: "userinfo".into(), error }, since: None }
    }

    #[test]
    fn only_a_server_that_cannot_be_reached_is_silent_and_any_answer_ends_the_silence() {
        let health = ServerHealth::new(Clock::system());
        health.record(Some(&unreachable(Phase::Read)));
        assert_eq!((health.availability(), health.due()), (Availability::Unknown, None));
        for phase in [Phase::Resolve, Phase::Connect, Phase::Tls] {
            health.record(Some(&unreachable(phase)));
            assert!(matches!(health.availability(), Availability::Silent { .. }), "{phase:?}");
            assert!(matches!(health.due(), Some(Due::Soon(_))));
            health.record(Some(&UpstreamError::CodeRefused("x".to_owned())));
            assert_eq!((health.availability(), health.due()), (Availability::Unknown, None));
        }
    }

    #[test]
    fn the_pause_before_the_next_request_is_as_long_as_the_silence() {
        let seconds = Arc::new(AtomicI64::new(0));
        let at = |second: i64| OffsetDateTime::UNIX_EPOCH + Duration::seconds(second);
        let time = Arc::clone(&seconds);
        let health = ServerHealth::new(Clock::from_fn(move || at(time.load(Ordering::Relaxed))));
        let fail_at = |second: i64| {
            seconds.store(second, Ordering::Relaxed);
            health.record(Some(&unreachable(Phase::Connect)));
        };
        fail_at(0);
        fail_at(10);
        assert_eq!(health.due(), None);
        seconds.store(20, Ordering::Relaxed);
        assert_eq!(health.due(), Some(Due::Soon(at(20))));
        fail_at(1_000);
        seconds.store(1_299, Ordering::Relaxed);
        assert_eq!(health.due(), None);
        seconds.store(1_300, Ordering::Relaxed);
        assert_eq!(health.due(), Some(Due::InTurn(at(1_300))));
        // The clock was set back.
        seconds.store(5, Ordering::Relaxed);
        assert!(health.due().is_some());
    }
}
