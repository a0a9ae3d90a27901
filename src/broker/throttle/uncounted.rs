//! Failures that could not be counted. While there are any, no password is handed out (security rule C43).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Remembers whether a failure could not be written to the database.
///
/// Two numbers instead of a flag: a failure that gets lost while a write shows that the database works again must not
/// be forgotten with the earlier ones.
#[derive(Debug, Default, Clone)]
pub struct UncountedFailures(Arc<Losses>);

#[derive(Debug, Default)]
struct Losses {
    /// How many times failures were lost.
    lost: AtomicU64,
    /// The highest value of `lost` after which a write has succeeded.
    recovered: AtomicU64,
}

impl UncountedFailures {
    /// Runs `counting`, which writes failures. They are lost if it fails, panics or is cancelled.
    ///
    /// # Errors
    /// As `counting`.
    pub async fn track<E>(self, counting: impl Future<Output = Result<(), E>>) -> Result<(), E> {
        let mut lost = LostOnDrop(Some(self.0));
        counting.await?;
        lost.0 = None;
        Ok(())
    }

    /// If failures were lost, runs `write`, which succeeds if failures can be counted again.
    ///
    /// # Errors
    /// As `write`. Then failures still can't be counted.
    pub async fn recover<E>(&self, write: impl Future<Output = Result<(), E>>) -> Result<(), E> {
        let lost = self.0.lost.load(Ordering::SeqCst);
        if lost > self.0.recovered.load(Ordering::SeqCst) {
            write.await?;
            self.0.recovered.fetch_max(lost, Ordering::SeqCst);
        }
        Ok(())
    }
}

/// Counts a loss when it is dropped, unless the failures were counted (`None`).
struct LostOnDrop(Option<Arc<Losses>>);

impl Drop for LostOnDrop {
    fn drop(&mut self) {
        if let Some(losses) = &self.0 {
            losses.lost.fetch_add(1, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::UncountedFailures;

    async fn must_recover(uncounted: &UncountedFailures) -> bool {
        let mut asked = false;
        let write = async {
            asked = true;
            Ok::<_, ()>(())
        };
        uncounted.recover(write).await.unwrap();
        asked
    }

    // C43
    #[tokio::test]
    async fn a_failure_that_is_lost_while_the_database_is_tried_again_is_not_forgotten() {
        let uncounted = UncountedFailures::default();
        assert!(!must_recover(&uncounted).await);
        uncounted.clone().track(async { Err(()) }).await.unwrap_err();
        let meanwhile = uncounted.clone().track(async { Err(()) });
        let write = async {
            meanwhile.await.unwrap_err();
            Ok::<_, ()>(())
        };
        uncounted.recover(write).await.unwrap();
        assert!(must_recover(&uncounted).await);
        assert!(!must_recover(&uncounted).await);
        uncounted.clone().track(async { Ok::<_, ()>(()) }).await.unwrap();
        assert!(!must_recover(&uncounted).await);
    }

    // C43
    #[tokio::test]
    async fn a_failure_whose_count_panics_or_is_cancelled_is_lost() {
        let uncounted = UncountedFailures::default();
        let panicking = uncounted.clone().track::<()>(async { panic!("a test of a panic") });
        assert!(tokio::spawn(panicking).await.unwrap_err().is_panic());
        assert!(must_recover(&uncounted).await);
        let mut cancelled = Box::pin(uncounted.clone().track::<()>(std::future::pending()));
        let polled =
            std::future::poll_fn(|context| std::task::Poll::Ready(cancelled.as_mut().poll(context).is_ready()));
        assert!(!polled.await);
        drop(cancelled);
        assert!(must_recover(&uncounted).await);
        uncounted.recover(async { Err(()) }).await.unwrap();
    }
}
