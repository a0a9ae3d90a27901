//! How many logins may be at a server at once, and how many may wait for their turn.

use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use crate::signin::identify::password::NotAccepted;

/// At once: each holds a connection, and most of its time waits for words from the server.
const AT_ONCE: usize = 16;
/// Behind them.
const WAITING: usize = 32;

/// The way to a server's door.
#[derive(Debug)]
pub struct Queue {
    /// Those that are being asked about, and those that wait.
    all: Semaphore,
    asked: Semaphore,
}

impl Default for Queue {
    fn default() -> Self {
        Self { all: Semaphore::new(AT_ONCE + WAITING), asked: Semaphore::new(AT_ONCE) }
    }
}

/// A turn, until it is dropped.
#[derive(Debug)]
pub struct Turn<'q> {
    _of_all: SemaphorePermit<'q>,
    _asked: SemaphorePermit<'q>,
}

impl Queue {
    /// Waits for a turn, but not long.
    ///
    /// # Errors
    /// When too many wait, or the turn does not come.
    pub async fn turn(&self, patience: Duration) -> Result<Turn<'_>, NotAccepted> {
        let of_all = self.all.try_acquire().map_err(|_| NotAccepted::Busy)?;
        let asked = timeout(patience, self.asked.acquire()).await;
        match asked {
            Ok(Ok(asked)) => Ok(Turn { _of_all: of_all, _asked: asked }),
            Ok(Err(_)) | Err(_) => Err(NotAccepted::Busy),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{AT_ONCE, Queue, WAITING};
    use crate::signin::identify::password::NotAccepted;

    #[tokio::test(start_paused = true)]
    async fn past_a_short_queue_nobody_waits() {
        let queue = Queue::default();
        let patience = Duration::from_secs(1);
        let mut turns = Vec::new();
        for _ in 0..AT_ONCE {
            turns.push(queue.turn(patience).await.unwrap());
        }
        assert_eq!(queue.turn(patience).await.err(), Some(NotAccepted::Busy));
        let waiting = async {
            let waits = (0..WAITING).map(|_| queue.turn(patience));
            futures_util::future::join_all(waits).await
        };
        let late = async {
            tokio::task::yield_now().await;
            let began = tokio::time::Instant::now();
            let said = queue.turn(patience).await.err();
            (said, began.elapsed())
        };
        let (_, (said, took)) = tokio::join!(waiting, late);
        assert_eq!((said, took), (Some(NotAccepted::Busy), Duration::ZERO));
        drop(turns);
        assert!(queue.turn(patience).await.is_ok());
    }
}
