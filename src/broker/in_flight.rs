//! Logins whose code is being exchanged right now, or was a moment ago: one exchange a login, however many callbacks come.
//!
//! The store has the last word (security rule C3), and hears of a login when it ends. Asking it here as well would cost each
//! login a trip there and back, to spare one that somebody replays after a restart or at another instance: there the
//! provider refuses the code, or the store the second end.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use time::OffsetDateTime;
use tokio::sync::OwnedMutexGuard;

use crate::base::ids::LoginId;

type Turn = Arc<tokio::sync::Mutex<()>>;

/// Lets callbacks of the same login through one after the other, and those of different logins all at once.
#[derive(Debug, Default)]
pub struct Underway {
    logins: Arc<Mutex<Logins>>,
}

#[derive(Debug, Default)]
struct Logins {
    claimed: HashMap<LoginId, Turn>,
    /// When they ended. The oldest is forgotten first: logins sort by age.
    ended: BTreeMap<LoginId, OffsetDateTime>,
}

/// How many ended logins are remembered: seconds' worth under the heaviest load, and no more than half a megabyte.
const REMEMBERED: usize = 4_096;

/// Held while a login is being finished.
#[derive(Debug)]
pub struct Claimed {
    login: LoginId,
    logins: Arc<Mutex<Logins>>,
    held: Option<OwnedMutexGuard<()>>,
}

impl Underway {
    /// Waits until no other callback is finishing this login. Who hangs up meanwhile leaves nothing behind.
    pub async fn claim(&self, login: LoginId) -> Claimed {
        let mut claimed = Claimed { login, logins: Arc::clone(&self.logins), held: None };
        let turn = Arc::clone(locked(&self.logins).claimed.entry(login).or_default());
        claimed.held = Some(turn.lock_owned().await);
        claimed
    }
}

impl Claimed {
    /// When this login ended, if that was here and lately.
    pub fn ended(&self) -> Option<OffsetDateTime> {
        locked(&self.logins).ended.get(&self.login).copied()
    }

    /// The store has it that this login ended.
    pub fn end(&self, now: OffsetDateTime) {
        let ended = &mut locked(&self.logins).ended;
        ended.entry(self.login).or_insert(now);
        if ended.len() > REMEMBERED {
            ended.pop_first();
        }
    }
}

impl Drop for Claimed {
    fn drop(&mut self) {
        self.held = None;
        let claimed = &mut locked(&self.logins).claimed;
        // Ours is the last reference but the map's own: nobody waits.
        if claimed.get(&self.login).is_some_and(|turn| Arc::strong_count(turn) == 1) {
            claimed.remove(&self.login);
        }
    }
}

fn locked(logins: &Mutex<Logins>) -> MutexGuard<'_, Logins> {
    logins.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Poll;

    use time::Duration;

    use super::{REMEMBERED, Underway};
    use crate::base::clock::Clock;
    use crate::base::ids::LoginId;

    #[tokio::test]
    async fn callbacks_of_one_login_take_turns_and_leave_nothing_behind() {
        let (underway, inside) = (Arc::new(Underway::default()), Arc::new(AtomicUsize::new(0)));
        let login = LoginId::fresh(Clock::system().now());
        let callbacks = (0..20).map(|_| {
            let (underway, inside) = (Arc::clone(&underway), Arc::clone(&inside));
            tokio::spawn(async move {
                let _claimed = underway.claim(login).await;
                assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                tokio::task::yield_now().await;
                inside.fetch_sub(1, Ordering::SeqCst);
            })
        });
        for callback in callbacks.collect::<Vec<_>>() {
            callback.await.unwrap();
        }
        assert!(underway.logins.lock().unwrap().claimed.is_empty());
    }

    #[tokio::test]
    async fn who_hangs_up_while_it_waits_leaves_nothing_behind() {
        let (underway, login) = (Underway::default(), LoginId::fresh(Clock::system().now()));
        let first = underway.claim(login).await;
        let mut second = Box::pin(underway.claim(login));
        assert!(std::future::poll_fn(|context| Poll::Ready(second.as_mut().poll(context))).await.is_pending());
        drop(first);
        drop(second);
        assert!(underway.logins.lock().unwrap().claimed.is_empty());
    }

    // C3
    #[tokio::test]
    async fn an_ended_login_is_remembered_until_thousands_came_after_it() {
        let (underway, now) = (Underway::default(), Clock::system().now());
        let moments = std::iter::successors(Some(now), |last| Some(*last + Duration::MILLISECOND));
        let logins: Vec<LoginId> = moments.take(REMEMBERED + 1).map(LoginId::fresh).collect();
        let (first, rest) = logins.split_first().unwrap();
        let claimed = underway.claim(*first).await;
        assert_eq!(claimed.ended(), None);
        claimed.end(now);
        claimed.end(now + Duration::SECOND);
        drop(claimed);
        assert_eq!(underway.claim(*first).await.ended(), Some(now));
        for login in rest {
            underway.claim(*login).await.end(now);
        }
        assert_eq!(underway.claim(*first).await.ended(), None);
        assert_eq!(underway.claim(rest[0]).await.ended(), Some(now));
    }
}
