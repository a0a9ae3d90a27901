//! In-flight logins: those whose code is being exchanged now, and those that ended a moment ago. Each code is exchanged
//! once, however many callbacks come.
//!
//! The store decides whether a login has ended before (security rule C3), and is asked once, when the login ends.
//! Asking it before the exchange as well would cost every login a round trip. It would spare only the exchange of a
//! login that is replayed after a restart or at another instance. There the provider refuses the code, or the store
//! refuses the second end.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use time::OffsetDateTime;
use tokio::sync::OwnedMutexGuard;

use crate::base::ids::LoginId;

/// One lock for each login that is in flight. Different logins don't wait for each other.
#[derive(Debug, Default)]
pub struct InFlight {
    logins: Arc<Mutex<Logins>>,
}

#[derive(Debug, Default)]
struct Logins {
    locks: HashMap<LoginId, Arc<tokio::sync::Mutex<()>>>,
    /// The logins that ended, and when. The oldest is dropped first: login ids sort by age.
    ended: BTreeMap<LoginId, OffsetDateTime>,
}

/// The most ended logins that are remembered: those of a few seconds under the heaviest load, in half a megabyte at
/// most.
const MAX_ENDED: usize = 4_096;

/// Held while a callback finishes a login.
#[derive(Debug)]
pub struct LoginLock {
    login: LoginId,
    logins: Arc<Mutex<Logins>>,
    guard: Option<OwnedMutexGuard<()>>,
}

impl InFlight {
    /// Waits until no other callback is finishing this login. A caller that stops waiting leaves no lock behind.
    pub async fn lock(&self, login: LoginId) -> LoginLock {
        let mut lock = LoginLock { login, logins: Arc::clone(&self.logins), guard: None };
        let of_login = Arc::clone(lock_logins(&self.logins).locks.entry(login).or_default());
        lock.guard = Some(of_login.lock_owned().await);
        lock
    }
}

impl LoginLock {
    /// When this login ended, if it ended in this process a moment ago.
    pub fn ended(&self) -> Option<OffsetDateTime> {
        lock_logins(&self.logins).ended.get(&self.login).copied()
    }

    /// Remembers that this login ended. The store holds it as well.
    pub fn end(&self, now: OffsetDateTime) {
        let ended = &mut lock_logins(&self.logins).ended;
        ended.entry(self.login).or_insert(now);
        if ended.len() > MAX_ENDED {
            ended.pop_first();
        }
    }
}

impl Drop for LoginLock {
    fn drop(&mut self) {
        self.guard = None;
        let locks = &mut lock_logins(&self.logins).locks;
        // The map holds the last reference: no callback waits.
        if locks.get(&self.login).is_some_and(|lock| Arc::strong_count(lock) == 1) {
            locks.remove(&self.login);
        }
    }
}

fn lock_logins(logins: &Mutex<Logins>) -> MutexGuard<'_, Logins> {
    logins.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Poll;

    use time::Duration;

    use super::{InFlight, MAX_ENDED};
    use crate::base::clock::Clock;
    use crate::base::ids::LoginId;

    #[tokio::test]
    async fn callbacks_of_one_login_take_turns_and_leave_no_lock_behind() {
        let (in_flight, inside) = (Arc::new(InFlight::default()), Arc::new(AtomicUsize::new(0)));
        let login = LoginId::fresh(Clock::system().now());
        let callbacks = (0..20).map(|_| {
            let (in_flight, inside) = (Arc::clone(&in_flight), Arc::clone(&inside));
            tokio::spawn(async move {
                let _lock = in_flight.lock(login).await;
                assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                tokio::task::yield_now().await;
                inside.fetch_sub(1, Ordering::SeqCst);
            })
        });
        for callback in callbacks.collect::<Vec<_>>() {
            callback.await.unwrap();
        }
        assert!(in_flight.logins.lock().unwrap().locks.is_empty());
    }

    #[tokio::test]
    async fn a_callback_cancelled_while_it_waits_leaves_no_lock_behind() {
        let (in_flight, login) = (InFlight::default(), LoginId::fresh(Clock::system().now()));
        let first = in_flight.lock(login).await;
        let mut second = Box::pin(in_flight.lock(login));
        assert!(std::future::poll_fn(|context| Poll::Ready(second.as_mut().poll(context))).await.is_pending());
        drop(first);
        drop(second);
        assert!(in_flight.logins.lock().unwrap().locks.is_empty());
    }

    // C3
    #[tokio::test]
    async fn an_ended_login_is_remembered_until_thousands_of_later_logins_end() {
        let (in_flight, now) = (InFlight::default(), Clock::system().now());
        let moments = std::iter::successors(Some(now), |last| Some(*last + Duration::MILLISECOND));
        let logins: Vec<LoginId> = moments.take(MAX_ENDED + 1).map(LoginId::fresh).collect();
        let (first, rest) = logins.split_first().unwrap();
        let lock = in_flight.lock(*first).await;
        assert_eq!(lock.ended(), None);
        lock.end(now);
        lock.end(now + Duration::SECOND);
        drop(lock);
        assert_eq!(in_flight.lock(*first).await.ended(), Some(now));
        for login in rest {
            in_flight.lock(*login).await.end(now);
        }
        assert_eq!(in_flight.lock(*first).await.ended(), None);
        assert_eq!(in_flight.lock(rest[0]).await.ended(), Some(now));
    }
}
