//! Hashing for SCRAM. The server decides how long a hash takes a core, so only a few run at once.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::time::Instant;

use super::cancellation::CancelToken;
use super::mechanism::{self, ChosenMechanism};
use super::scram::Scram;
use crate::base::secret::Secret;
use crate::passwords::pool::{HashingPool, PoolError, half_of_the_cores};

/// Hashes for the logins of one provider. When a caller gives up, its hash stops soon, and counts until then.
#[derive(Debug)]
pub struct Hashing {
    pool: HashingPool,
    /// The rounds that a server last asked for, which is what a wrong password costs. Used for unknown names.
    rounds: AtomicU32,
}

/// Why there is no proof.
#[derive(Debug, PartialEq, Eq)]
pub enum ProofError {
    /// Its turn did not come in time: other logins keep the threads busy.
    Busy,
    /// Its own hashing took too long.
    TooSlow { rounds: u32 },
    /// The cause, and the fix.
    Wrong(String),
}

impl Hashing {
    /// `waiting` logins may wait for their turn.
    #[must_use]
    pub fn new(waiting: usize) -> Self {
        // RFC 7677 §4: 4096 rounds are the least that a server should ask for.
        Self { pool: HashingPool::new(half_of_the_cores(), waiting), rounds: AtomicU32::new(4096) }
    }

    /// Hashes the password as the server asks.
    ///
    /// # Errors
    /// When we are busy, or the server's challenge is invalid.
    pub async fn prove(
        &self,
        mut scram: Box<Scram>,
        challenge: Vec<u8>,
        deadline: Instant,
    ) -> Result<(Box<Scram>, Vec<u8>), ProofError> {
        let wrong = |why: String| ProofError::Wrong(format!("{why}; look at its SASL settings"));
        let challenge = scram.challenge(challenge).map_err(wrong)?;
        let rounds = challenge.rounds;
        // Stored before the work: if it takes too long, it must take too long for an unknown name, too (C42).
        self.rounds.store(rounds, Ordering::Relaxed);
        let work = move |cancel: &CancelToken| scram.answer(&challenge, cancel).map(|answer| (scram, answer));
        self.run(work, rounds, deadline).await?.map_err(wrong)
    }

    /// The work of a proof, for an unknown name.
    ///
    /// # Errors
    /// When the pool is busy, exactly as for a proof. Otherwise the error would show whether the name exists (security
    /// rule C42).
    pub async fn hash_dummy(
        &self,
        chosen: &ChosenMechanism,
        password: &Secret<String>,
        deadline: Instant,
    ) -> Result<(), ProofError> {
        let (chosen, password) = (chosen.clone(), password.clone());
        let rounds = self.rounds.load(Ordering::Relaxed);
        let work = move |cancel: &CancelToken| mechanism::derive(&chosen, &password, rounds, cancel);
        self.run(work, rounds, deadline).await
    }

    /// A server may ask for seconds of work. When the caller gives up, the work stops and frees its thread.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&CancelToken) -> T + Send + 'static,
        rounds: u32,
        deadline: Instant,
    ) -> Result<T, ProofError> {
        let (cancel, _cancel_on_drop) = CancelToken::new();
        let started = Arc::new(OnceLock::new());
        let start = Arc::clone(&started);
        let half_time = Instant::now() + deadline.saturating_duration_since(Instant::now()) / 2;
        let timed = move || {
            _ = start.set(Instant::now());
            work(&cancel)
        };
        self.pool.run_until(deadline, timed).await.map_err(|why| match why {
            // It had at least half of the time, so another login was not the cause.
            PoolError::Slow if started.get().is_some_and(|started| *started < half_time) => {
                ProofError::TooSlow { rounds }
            }
            PoolError::Full | PoolError::Slow => ProofError::Busy,
            PoolError::Failed => ProofError::Wrong(why.to_string()),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Arc, Hashing, HashingPool, Instant, Ordering, ProofError, Scram};
    use crate::base::secret::Secret;
    use crate::upstream::xmpp::mechanism::{SaslClient, tests::scram_sha_256};

    fn challenge_to(scram: &Scram, rounds: u32) -> Vec<u8> {
        let first = String::from_utf8(scram.begin()).unwrap();
        let (_, nonce) = first.rsplit_once(",r=").unwrap();
        format!("r={nonce}more,s=QSXCR+Q6sek8bf92,i={rounds}").into_bytes()
    }

    // C42
    #[tokio::test]
    async fn a_busy_pool_gives_the_same_error_for_known_and_unknown_names() {
        let hashing = Arc::new(Hashing { pool: HashingPool::new(1, 0), ..Hashing::new(0) });
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let (deadline, password) = (Instant::now() + Duration::from_mins(1), Secret::new("right".to_owned()));
        let login = tokio::spawn({
            let hashing = Arc::clone(&hashing);
            async move { hashing.run(move |_| _ = ended.recv(), 1, deadline).await }
        });
        let chosen = scram_sha_256();
        let dummy = async || hashing.hash_dummy(&chosen, &password, deadline).await;
        // This runtime has one thread: after this, the other task has taken the pool's place.
        tokio::task::yield_now().await;
        assert_eq!(dummy().await, Err(ProofError::Busy));
        login.abort();
        assert!(login.await.is_err());
        assert_eq!(dummy().await, Err(ProofError::Busy), "the hash of an aborted login still runs");
        let SaslClient::Scram(proof) = SaslClient::new(&chosen, "ada", &password) else { panic!("no SCRAM") };
        let challenge = challenge_to(&proof, 4096);
        assert_eq!(hashing.prove(proof, challenge, deadline).await.map(drop), Err(ProofError::Busy));
        end.send(()).unwrap();
        while dummy().await == Err(ProofError::Busy) {}
    }

    // C42
    #[tokio::test]
    async fn an_unknown_name_costs_the_rounds_that_the_server_last_asked_for() {
        let hashing = Hashing::new(0);
        let (chosen, password) = (scram_sha_256(), Secret::new("right".to_owned()));
        let proof = || match SaslClient::new(&chosen, "ada", &password) {
            SaslClient::Scram(proof) => proof,
            SaslClient::Plain(_) => panic!("no SCRAM"),
        };
        let late = Instant::now() + Duration::from_mins(1);
        let first = proof();
        let challenge = challenge_to(&first, 9000);
        assert!(hashing.prove(first, challenge, late).await.is_ok());
        assert_eq!(hashing.rounds.load(Ordering::Relaxed), 9000);
        // A hash that takes too long takes too long for an unknown name, too.
        let soon = || Instant::now() + Duration::from_millis(500);
        let second = proof();
        let challenge = challenge_to(&second, 1_500_000);
        let too_slow = Err(ProofError::TooSlow { rounds: 1_500_000 });
        assert_eq!(hashing.prove(second, challenge, soon()).await.map(drop), too_slow);
        // The cancelled hash keeps its place for about a millisecond.
        while hashing.run(|_| (), 1, late).await.is_err() {}
        assert_eq!(hashing.hash_dummy(&chosen, &password, soon()).await, too_slow);
    }

    #[tokio::test]
    async fn a_hash_stops_soon_after_its_login_gave_up_and_frees_its_place() {
        let hashing = Hashing { pool: HashingPool::new(1, 0), ..Hashing::new(0) };
        hashing.rounds.store(u32::MAX, Ordering::Relaxed);
        let (chosen, password) = (scram_sha_256(), Secret::new("right".to_owned()));
        let soon = Instant::now() + Duration::from_millis(500);
        let too_slow = ProofError::TooSlow { rounds: u32::MAX };
        assert_eq!(hashing.hash_dummy(&chosen, &password, soon).await, Err(too_slow));
        hashing.rounds.store(1, Ordering::Relaxed);
        let late = Instant::now() + Duration::from_mins(1);
        while hashing.hash_dummy(&chosen, &password, late).await == Err(ProofError::Busy) {
            assert!(Instant::now() < late, "the hash still runs, though its login gave up");
            tokio::task::yield_now().await;
        }
    }
}
