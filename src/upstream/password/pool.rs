//! Where passwords are hashed: on threads of their own, few at once, and no more waiting than can be served soon.
//!
//! A hash takes a core for milliseconds. On the threads that answer requests it would keep everybody waiting, and without
//! a bound a flood of wrong passwords would use up the machine's memory. These threads give way to all others: where cores
//! are short, whoever types a password waits a little longer, and nobody else does.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout, timeout_at};

/// Runs what takes a core.
#[derive(Debug)]
pub struct Pool {
    /// One for each that runs or waits.
    places: Arc<Semaphore>,
    /// One for each that runs.
    at_once: Arc<Semaphore>,
    threads: Threads,
}

/// Threads that run nothing else: started when they are needed, and ended when they have not been for a while.
#[derive(Debug)]
struct Threads(Option<Runtime>);

impl Threads {
    /// So many at most.
    fn new(most: usize) -> Self {
        let mut threads = Builder::new_current_thread();
        threads.max_blocking_threads(most).thread_name("hashing").on_thread_start(give_way);
        Self(threads.build().ok())
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // Waits for no work: whoever drops this may be serving others.
        if let Some(threads) = self.0.take() {
            threads.shutdown_background();
        }
    }
}

/// Longest wait for a turn: whoever waits longer has long since pressed the button again.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why something was not run to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotRun {
    #[error("more passwords wait to be checked than the queue holds")]
    Full,
    #[error("hashing a password broke off; this is a fault of Vestibule's own, so tell its makers")]
    BrokeOff,
}

impl Pool {
    /// `at_once` are run, and `queue` more wait.
    #[must_use]
    pub fn new(at_once: usize, queue: usize) -> Self {
        let at_once = at_once.clamp(1, Semaphore::MAX_PERMITS / 2);
        let places = at_once + queue.min(Semaphore::MAX_PERMITS / 2);
        let (threads, places) = (Threads::new(at_once), Arc::new(Semaphore::new(places)));
        Self { places, at_once: Arc::new(Semaphore::new(at_once)), threads }
    }

    /// Whether one more would be let in now. Asked before anything is looked up, so that a flood costs no more than its no.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.places.available_permits() > 0
    }

    /// Runs `work` when its turn comes: in the order of arrival.
    ///
    /// # Errors
    /// When too many wait already, or the turn does not come in time.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, NotRun> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| NotRun::Full)?;
        let turn = timeout(PATIENCE, Arc::clone(&self.at_once).acquire_owned()).await;
        let turn = turn.map_err(|_| NotRun::Full)?.map_err(|_| NotRun::BrokeOff)?;
        let threads = self.threads.0.as_ref().ok_or(NotRun::BrokeOff)?;
        let done = threads.spawn_blocking(move || {
            let done = work();
            // Given back when the work is done, not when whoever asked for it hangs up: it takes its memory until then.
            drop((place, turn));
            done
        });
        done.await.map_err(|_| NotRun::BrokeOff)
    }

    /// The same, for somebody who waits until then and no longer: it is we who are slow, as where too many wait.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub async fn run_until<T: Send + 'static>(
        &self,
        until: Instant,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, NotRun> {
        timeout_at(until, self.run(work)).await.unwrap_or(Err(NotRun::Full))
    }
}

/// How nice to others, of 19: a tenth is left to them of a core that somebody else wants, too.
const NICE: i32 = 10;

/// Lowers the priority of this thread, as Linux does by thread, and for good. Where that is not to be, the work is done all the same.
fn give_way() {
    let _as_before = rustix::process::nice(NICE);
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::{Arc, NICE, NotRun, Pool};

    /// Work that ends when it is told to.
    fn held() -> (mpsc::Sender<()>, impl FnOnce() + Send + 'static) {
        let (end, ended) = mpsc::channel();
        (end, move || _ = ended.recv())
    }

    #[tokio::test]
    async fn past_the_queue_it_says_so_at_once_and_nobody_else_waits() {
        let pool = Arc::new(Pool::new(1, 1));
        let (end, work) = held();
        let first = tokio::spawn({
            let pool = Arc::clone(&pool);
            async move { pool.run(work).await }
        });
        let second = tokio::spawn({
            let pool = Arc::clone(&pool);
            async move { pool.run(|| "second").await }
        });
        // This runtime has one thread: that it comes back here while the first runs is what is asked of the pool.
        while pool.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(pool.run(|| "third").await, Err(NotRun::Full));
        assert!(!first.is_finished() && !second.is_finished());
        end.send(()).unwrap();
        assert_eq!((first.await.unwrap(), second.await.unwrap()), (Ok(()), Ok("second")));
        assert_eq!(pool.run(|| "fourth").await, Ok("fourth"));
    }

    #[tokio::test]
    async fn who_hangs_up_leaves_no_place_for_more_work_than_allowed() {
        let pool = Arc::new(Pool::new(1, 0));
        let (end, work) = held();
        let gone = tokio::spawn({
            let pool = Arc::clone(&pool);
            async move { pool.run(work).await }
        });
        while pool.at_once.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        gone.abort();
        assert!(gone.await.is_err());
        assert_eq!(pool.run(|| ()).await, Err(NotRun::Full), "it runs on, and takes its memory");
        end.send(()).unwrap();
        while pool.run(|| ()).await == Err(NotRun::Full) {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn it_gives_way_to_all_other_threads() {
        let own = || rustix::process::getpriority_process(None).unwrap();
        let before = own();
        assert_eq!(Pool::new(1, 0).run(own).await, Ok((before + NICE).min(19)));
        assert_eq!(own(), before, "and nobody else does");
    }

    #[tokio::test]
    async fn work_that_breaks_off_gives_its_place_back() {
        let pool = Pool::new(1, 0);
        let broken: Result<(), _> = pool.run(|| panic!("on purpose")).await;
        assert_eq!(broken, Err(NotRun::BrokeOff));
        while pool.run(|| ()).await == Err(NotRun::Full) {
            tokio::task::yield_now().await;
        }
    }
}
