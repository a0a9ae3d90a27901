//! Logins whose code is being exchanged right now: one exchange a login, however many callbacks come at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;

use crate::base::ids::LoginId;

type Turn = Arc<tokio::sync::Mutex<()>>;

/// Lets callbacks of the same login through one after the other, and those of different logins all at once.
#[derive(Debug, Default)]
pub struct Underway {
    turns: Arc<Mutex<HashMap<LoginId, Turn>>>,
}

/// Held while a login is being finished.
#[derive(Debug)]
pub struct Claimed {
    login: LoginId,
    turns: Arc<Mutex<HashMap<LoginId, Turn>>>,
    held: Option<OwnedMutexGuard<()>>,
}

impl Underway {
    /// Waits until no other callback is finishing this login.
    pub async fn claim(&self, login: LoginId) -> Claimed {
        let turn = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(turns.entry(login).or_default())
        };
        let held = turn.lock_owned().await;
        Claimed { login, turns: Arc::clone(&self.turns), held: Some(held) }
    }
}

impl Drop for Claimed {
    fn drop(&mut self) {
        self.held = None;
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        // Ours is the last reference but the map's own: nobody waits.
        if turns.get(&self.login).is_some_and(|turn| Arc::strong_count(turn) == 1) {
            turns.remove(&self.login);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::Underway;
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
        assert!(underway.turns.lock().unwrap().is_empty());
    }
}
