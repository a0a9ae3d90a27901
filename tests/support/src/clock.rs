//! A clock that the test controls.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};

use time::{Duration, OffsetDateTime};
use vestibule::base::clock::Clock;

/// Follows the system's clock until the test stops it. Clones share the same time.
#[derive(Clone, Default)]
pub struct TestClock {
    seconds_ahead: Arc<AtomicI64>,
    stopped_at: Arc<OnceLock<OffsetDateTime>>,
}

impl TestClock {
    /// A clock that changes only by [`Self::advance`].
    pub fn stopped_at(time: OffsetDateTime) -> Self {
        let clock = Self::default();
        clock.stopped_at.get_or_init(|| time);
        clock
    }

    /// The clock for Vestibule and the fake provider.
    pub fn clock(&self) -> Clock {
        let (this, system) = (self.clone(), Clock::system());
        Clock::from_fn(move || {
            let base = this.stopped_at.get().copied().unwrap_or_else(|| system.now());
            base + Duration::seconds(this.seconds_ahead.load(Ordering::SeqCst))
        })
    }

    pub fn now(&self) -> OffsetDateTime {
        self.clock().now()
    }

    /// Lets this much time pass, in whole seconds.
    pub fn advance(&self, time: Duration) {
        self.seconds_ahead.fetch_add(time.whole_seconds(), Ordering::SeqCst);
    }

    /// From now on, only [`Self::advance`] changes the time, even on a slow machine.
    pub fn stop(&self) {
        self.stopped_at.get_or_init(|| Clock::system().now());
    }
}
