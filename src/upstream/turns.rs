//! How many checks one server is given at once, and how many may wait for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::signin::identify::password::NotAccepted;

/// Who is being served, and who stands in the short queue before it.
#[derive(Debug)]
pub struct Turns {
    /// Served or waiting.
    inside: Arc<Semaphore>,
    served: Arc<Semaphore>,
}

/// Held while a check runs; dropping it lets the next one in.
#[derive(Debug)]
pub struct Turn {
    _inside: OwnedSemaphorePermit,
    _served: OwnedSemaphorePermit,
}

impl Turns {
    #[must_use]
    pub fn new(at_once: usize, waiting: usize) -> Self {
        let inside = Semaphore::new(at_once.saturating_add(waiting));
        Self { inside: Arc::new(inside), served: Arc::new(Semaphore::new(at_once)) }
    }

    /// Waits for a turn, though not for longer than `patience`.
    ///
    /// # Errors
    /// [`NotAccepted::Busy`], where the queue is full or too slow.
    pub async fn next(&self, patience: Duration) -> Result<Turn, NotAccepted> {
        let inside = Arc::clone(&self.inside).try_acquire_owned().map_err(|_| NotAccepted::Busy)?;
        match tokio::time::timeout(patience, Arc::clone(&self.served).acquire_owned()).await {
            Ok(Ok(served)) => Ok(Turn { _inside: inside, _served: served }),
            Ok(Err(_)) | Err(_) => Err(NotAccepted::Busy),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Turns;
    use crate::signin::identify::password::NotAccepted;

    const SHORT: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn whoever_finds_the_queue_full_is_told_at_once_and_whoever_waits_too_long_soon() {
        let turns = Turns::new(1, 1);
        let first = turns.next(SHORT).await.unwrap();
        let (waits, finds_it_full) = tokio::join!(turns.next(Duration::from_mins(1)), async {
            let full = turns.next(Duration::from_mins(1)).await.map(drop);
            drop(first);
            full
        });
        assert_eq!(finds_it_full, Err(NotAccepted::Busy));
        let second = waits.unwrap();
        assert_eq!(turns.next(SHORT).await.map(drop), Err(NotAccepted::Busy), "nobody left in time");
        drop(second);
        assert!(turns.next(SHORT).await.is_ok(), "whoever gave up holds no place");
    }
}
