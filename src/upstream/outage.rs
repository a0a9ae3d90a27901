//! A provider that can't be reached.

use time::{Duration, OffsetDateTime};

use super::{Due, FetchError, UpstreamError};

/// The longest pause before a silent provider is asked again.
const MAX_RETRY_INTERVAL: Duration = Duration::minutes(5);

/// A provider that does not answer: since when, when it was last asked, and the last fault.
#[derive(Debug, Clone)]
pub struct Outage {
    pub since: OffsetDateTime,
    pub last: OffsetDateTime,
    pub fault: FetchError,
}

impl Outage {
    /// When to ask again. The pause after a failed try is as long as the silence before it: none at first, then longer
    /// and longer, up to [`MAX_RETRY_INTERVAL`].
    pub fn due(&self, now: OffsetDateTime) -> Option<Due> {
        let silent = self.last - self.since;
        let pause = silent.min(MAX_RETRY_INTERVAL);
        let at = self.last + pause;
        let due = if silent < MAX_RETRY_INTERVAL { Due::Soon(at) } else { Due::InTurn(at) };
        (!is_within(pause, self.last, now)).then_some(due)
    }
}

/// Whether less than `span` has passed. If the clock was set back, `since` may lie in the future: it counts as passed.
pub fn is_within(span: Duration, since: OffsetDateTime, now: OffsetDateTime) -> bool {
    (Duration::ZERO..span).contains(&(now - since))
}

impl From<Outage> for UpstreamError {
    fn from(Outage { since, fault, .. }: Outage) -> Self {
        Self::Unreachable { fault, since: Some(since) }
    }
}
