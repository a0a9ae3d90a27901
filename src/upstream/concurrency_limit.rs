//! Bounds how many checks one server gets at once, with a short queue.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::signin::identify::password::NotAccepted;

/// The log messages when a check gets no permit: cause and fix, with the config keys of the provider's kind.
#[derive(Debug, Clone, Copy)]
pub struct OverloadMessages {
    /// The queue is full.
    pub full: &'static str,
    /// The permit did not come in time.
    pub slow: &'static str,
}

/// The checks that run, and those that wait.
#[derive(Debug)]
pub struct ConcurrencyLimit {
    messages: OverloadMessages,
    /// Running or waiting.
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
}

/// Held while a check runs. Dropping it lets the next check run.
#[derive(Debug)]
pub struct Permit {
    _admitted: OwnedSemaphorePermit,
    _running: OwnedSemaphorePermit,
}

impl ConcurrencyLimit {
    #[must_use]
    pub fn new(at_once: usize, waiting: usize, messages: OverloadMessages) -> Self {
        let admitted = Semaphore::new(at_once.saturating_add(waiting));
        Self { messages, admitted: Arc::new(admitted), running: Arc::new(Semaphore::new(at_once)) }
    }

    /// Waits for a permit, at most for `timeout`.
    ///
    /// # Errors
    /// [`NotAccepted::Busy`], when the queue is full or too slow.
    pub async fn acquire(&self, timeout: Duration) -> Result<Permit, NotAccepted> {
        let OverloadMessages { full, slow } = self.messages;
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| NotAccepted::Busy(full))?;
        match tokio::time::timeout(timeout, Arc::clone(&self.running).acquire_owned()).await {
            Ok(Ok(running)) => Ok(Permit { _admitted: admitted, _running: running }),
            Ok(Err(_)) | Err(_) => Err(NotAccepted::Busy(slow)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{ConcurrencyLimit, OverloadMessages};
    use crate::signin::identify::password::NotAccepted;

    const SHORT: Duration = Duration::from_millis(20);

    const MESSAGES: OverloadMessages = OverloadMessages { full: "full", slow: "slow" };

    #[tokio::test]
    async fn a_full_queue_refuses_at_once_and_a_slow_queue_after_the_timeout() {
        let limit = ConcurrencyLimit::new(1, 1, MESSAGES);
        let first = limit.acquire(SHORT).await.unwrap();
        let (waiting, refused) = tokio::join!(limit.acquire(Duration::from_mins(1)), async {
            let full = limit.acquire(Duration::from_mins(1)).await.map(drop);
            drop(first);
            full
        });
        assert_eq!(refused, Err(NotAccepted::Busy("full")));
        let second = waiting.unwrap();
        assert_eq!(limit.acquire(SHORT).await.map(drop), Err(NotAccepted::Busy("slow")), "no check ended in time");
        drop(second);
        assert!(limit.acquire(SHORT).await.is_ok(), "a check that timed out keeps no place in the queue");
    }
}
