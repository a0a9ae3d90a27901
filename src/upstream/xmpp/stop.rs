//! Tells work on another thread that nobody waits for its result any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Asked by the work, now and then.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

/// Held by the caller. When it is dropped, the work has to stop.
#[derive(Debug)]
pub struct Caller(Stop);

impl Stop {
    pub fn new() -> (Self, Caller) {
        let stop = Self::default();
        (stop.clone(), Caller(stop))
    }

    pub fn is_due(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}
