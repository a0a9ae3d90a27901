//! Cancels work on another thread when its caller has given up.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The work checks it from time to time.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

/// Held by the caller. Its drop cancels the work.
#[derive(Debug)]
pub struct CancelOnDrop(CancelToken);

impl CancelToken {
    pub fn new() -> (Self, CancelOnDrop) {
        let token = Self::default();
        (token.clone(), CancelOnDrop(token))
    }

    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}
