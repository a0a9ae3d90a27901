//! Bounds how many checks one server gets at once, with a short queue.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::signin::identify::password::NotAccepted;

/// What the log says if no turn comes: cause and fix, in the keys that the kind of provider has.
#[derive(Debug, Clone, Copy)]
pub struct Overload {
    /// More wait than may.
    pub full: &'static str,
    /// The turn did not come in time.
    pub slow: &'static str,
}

/// The checks that run, and those that wait.
#[derive(Debug)]
pub struct Turns {
    overload: Overload,
    /// Running or waiting.
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
}

/// Held while a check runs; dropping it lets the next one in.
#[derive(Debug)]
pub struct Turn {
    _admitted: OwnedSemaphorePermit,
    _running: OwnedSemaphorePermit,
}

impl Turns {
    #[must_use]
    pub fn new(at_once: usize, waiting: usize, overload: Overload) -> Self {
        let admitted = Semaphore::new(at_once.saturating_add(waiting));
        Self { overload, admitted: Arc::new(admitted), running: Arc::new(Semaphore::new(at_once)) }
    }

    /// Waits for a turn, at most for `patience`.
    ///
    /// # Errors
    /// [`NotAccepted::Busy`], when the queue is full or too slow.
    pub async fn next(&self, patience: Duration) -> Result<Turn, NotAccepted> {
        let Overload { full, slow } = self.overload;
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| NotAccepted::Busy(full))?;
        match tokio::time::timeout(patience, Arc::clone(&self.running).acquire_owned()).await {
            Ok(Ok(running)) => Ok(Turn { _admitted: admitted, _running: running }),
            Ok(Err(_)) | Err(_) => Err(NotAccepted::Busy(slow)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Overload, Turns};
    use crate::signin::identify::password::NotAccepted;

    const SHORT: Duration = Duration::from_millis(20);

    const OVERLOAD: Overload = Overload { full: "full", slow: "slow" };

    #[tokio::test]
    async fn a_full_queue_refuses_at_once_and_a_slow_one_in_time() {
        let turns = Turns::new(1, 1, OVERLOAD);
        let first = turns.next(SHORT).await.unwrap();
        let (waits, finds_it_full) = tokio::join!(turns.next(Duration::from_mins(1)), async {
            let full = turns.next(Duration::from_mins(1)).await.map(drop);
            drop(first);
            full
        });
        assert_eq!(finds_it_full, Err(NotAccepted::Busy("full")));
        let second = waits.unwrap();
        assert_eq!(turns.next(SHORT).await.map(drop), Err(NotAccepted::Busy("slow")), "no turn ended in time");
        drop(second);
        assert!(turns.next(SHORT).await.is_ok(), "a check that gave up holds no place");
    }
}
