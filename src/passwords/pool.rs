//! The hashing threads: few run at once, and a short queue waits for them.
//!
//! A hash takes a core for milliseconds. On the threads that answer requests it would delay every visitor, and without
//! a bound a flood of wrong passwords would use up the memory. These threads have a low priority: when cores are short,
//! only people who type a password wait longer.

use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout, timeout_at};

/// Runs hashing, and other work that takes a core.
#[derive(Debug)]
pub struct HashingPool {
    /// One permit for each piece of work that runs or waits.
    admitted: Arc<Semaphore>,
    /// One permit for each piece of work that runs.
    running: Arc<Semaphore>,
    threads: Threads,
}

/// Threads only for hashing. Each starts when it is needed and ends after some idle time.
#[derive(Debug)]
struct Threads(Option<Runtime>);

impl Threads {
    fn new(most: usize) -> Self {
        let mut threads = Builder::new_current_thread();
        threads.max_blocking_threads(most).thread_name("hashing").on_thread_start(lower_priority);
        Self(threads.build().ok())
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // Does not wait for running work: the thread that drops the pool may be serving requests.
        if let Some(threads) = self.0.take() {
            threads.shutdown_background();
        }
    }
}

/// Longest wait for a turn. After that long, people have pressed the button again.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// Why work was not run to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    #[error("more passwords wait to be checked than the queue holds")]
    Full,
    #[error("a password waited too long to be checked")]
    Slow,
    #[error("hashing a password stopped with a panic; this is a bug in Vestibule, so please report it")]
    Failed,
}

impl HashingPool {
    /// `at_once` run, and `queue` more wait.
    #[must_use]
    pub fn new(at_once: usize, queue: usize) -> Self {
        let at_once = at_once.clamp(1, Semaphore::MAX_PERMITS / 2);
        let admitted = at_once + queue.min(Semaphore::MAX_PERMITS / 2);
        let (admitted, running) = (Semaphore::new(admitted), Semaphore::new(at_once));
        Self { admitted: Arc::new(admitted), running: Arc::new(running), threads: Threads::new(at_once) }
    }

    /// Whether one more would be admitted now. Ask before a look-up, so that refusing a flood costs little.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.admitted.available_permits() > 0
    }

    /// Runs `work` when its turn comes, in the order of arrival.
    ///
    /// # Errors
    /// When the queue is full, or the turn does not come in time.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, PoolError> {
        let admission = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| PoolError::Full)?;
        let turn = timeout(MAX_WAIT, Arc::clone(&self.running).acquire_owned()).await;
        let turn = turn.map_err(|_| PoolError::Slow)?.map_err(|_| PoolError::Failed)?;
        let threads = self.threads.0.as_ref().ok_or(PoolError::Failed)?;
        let done = threads.spawn_blocking(move || {
            let done = work();
            // Released when the work is done, not when the caller gives up: the work uses its memory until then.
            drop((admission, turn));
            done
        });
        done.await.map_err(|_| PoolError::Failed)
    }

    /// As [`Self::run`], but fails at `until` with [`PoolError::Slow`].
    ///
    /// # Errors
    /// As [`Self::run`].
    pub async fn run_until<T: Send + 'static>(
        &self,
        until: Instant,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PoolError> {
        timeout_at(until, self.run(work)).await.unwrap_or(Err(PoolError::Slow))
    }
}

/// How many passwords are hashed at once by default. The other cores serve people who sign in without a password.
#[must_use]
pub fn half_of_the_cores() -> usize {
    (available_parallelism().map_or(1, NonZero::get) / 2).max(1)
}

/// The nice value of these threads, at most 19. Next to a busy thread of normal priority, they get a tenth of a core.
const NICE: i32 = 10;

/// Lowers the priority of this thread only, which Linux allows. If the system refuses, the work runs with normal
/// priority.
fn lower_priority() {
    let _as_before = rustix::process::nice(NICE);
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::{Arc, HashingPool, NICE, PoolError};

    /// Work that runs until the sender sends.
    fn blocked() -> (mpsc::Sender<()>, impl FnOnce() + Send + 'static) {
        let (end, ended) = mpsc::channel();
        (end, move || _ = ended.recv())
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once_and_does_not_block_other_tasks() {
        let pool = Arc::new(HashingPool::new(1, 1));
        let (end, work) = blocked();
        let first = tokio::spawn({
            let pool = Arc::clone(&pool);
            async move { pool.run(work).await }
        });
        let second = tokio::spawn({
            let pool = Arc::clone(&pool);
            async move { pool.run(|| "second").await }
        });
        // This runtime has one thread, so this loop ends only if the pool does not block it.
        while pool.admitted.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(pool.run(|| "third").await, Err(PoolError::Full));
        assert!(!first.is_finished() && !second.is_finished());
        end.send(()).unwrap();
        assert_eq!((first.await.unwrap(), second.await.unwrap()), (Ok(()), Ok("second")));
        assert_eq!(pool.run(|| "fourth").await, Ok("fourth"));
    }

    #[tokio::test]
    async fn work_keeps_its_permit_after_its_caller_gave_up() {
        let pool = Arc::new(HashingPool::new(1, 0));
        let (end, work) = blocked();
        let gone = tokio::spawn({
            let pool = Arc::clone(&pool);
            async move { pool.run(work).await }
        });
        while pool.running.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        gone.abort();
        assert!(gone.await.is_err());
        assert_eq!(pool.run(|| ()).await, Err(PoolError::Full), "the work still runs and uses its memory");
        end.send(()).unwrap();
        while pool.run(|| ()).await == Err(PoolError::Full) {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn only_the_hashing_threads_have_a_low_priority() {
        let own = || rustix::process::getpriority_process(None).unwrap();
        let before = own();
        assert_eq!(HashingPool::new(1, 0).run(own).await, Ok((before + NICE).min(19)));
        assert_eq!(own(), before, "this thread keeps its priority");
    }

    #[tokio::test]
    async fn work_that_panics_returns_its_permit() {
        let pool = HashingPool::new(1, 0);
        let broken: Result<(), _> = pool.run(|| panic!("on purpose")).await;
        assert_eq!(broken, Err(PoolError::Failed));
        while pool.run(|| ()).await == Err(PoolError::Full) {
            tokio::task::yield_now().await;
        }
    }
}
