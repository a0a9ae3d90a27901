//! Hashing for SCRAM. The server decides how long a hash takes a core, so only a few run at once.

use std::sync::atomic::{AtomicU32, Ordering};

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
    /// Its turn did not come, or it was not done in time: this machine is slow, not the server.
    Busy,
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
        let work = move |cancel: &CancelToken| scram.answer(&challenge, cancel).map(|answered| (scram, answered));
        let answered = self.run(work, deadline).await?;
        let (scram, (answer, rounds)) =
            answered.map_err(|why| ProofError::Wrong(format!("{why}; look at its SASL settings")))?;
        self.rounds.store(rounds, Ordering::Relaxed);
        Ok((scram, answer))
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
        self.run(move |cancel: &CancelToken| mechanism::derive(&chosen, &password, rounds, cancel), deadline).await
    }

    /// A server may ask for seconds of work. When the caller gives up, the work stops and frees its thread.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&CancelToken) -> T + Send + 'static,
        deadline: Instant,
    ) -> Result<T, ProofError> {
        let (cancel, _cancel_on_drop) = CancelToken::new();
        self.pool.run_until(deadline, move || work(&cancel)).await.map_err(|why| match why {
            PoolError::Full | PoolError::Slow => ProofError::Busy,
            PoolError::Failed => ProofError::Wrong(why.to_string()),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::{Hashing, HashingPool, Instant, Ordering, ProofError};
    use crate::base::secret::Secret;
    use crate::upstream::xmpp::mechanism::{SaslClient, tests::scram_sha_256};

    // C42
    #[tokio::test]
    async fn a_busy_pool_gives_the_same_error_for_known_and_unknown_names() {
        let hashing = Arc::new(Hashing { pool: HashingPool::new(1, 0), ..Hashing::new(0) });
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let (deadline, password) = (Instant::now() + Duration::from_mins(1), Secret::new("right".to_owned()));
        let login = tokio::spawn({
            let hashing = Arc::clone(&hashing);
            async move { hashing.run(move |_| _ = ended.recv(), deadline).await }
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
        assert_eq!(hashing.prove(proof, Vec::new(), deadline).await.map(drop), Err(ProofError::Busy));
        end.send(()).unwrap();
        while dummy().await == Err(ProofError::Busy) {}
    }

    // C42
    #[tokio::test]
    async fn an_unknown_name_costs_the_rounds_that_the_server_last_asked_for() {
        let hashing = Hashing::new(0);
        let (chosen, password) = (scram_sha_256(), Secret::new("right".to_owned()));
        let sasl_client = SaslClient::new(&chosen, "ada", &password);
        let first = String::from_utf8(sasl_client.begin()).unwrap();
        let SaslClient::Scram(proof) = sasl_client else { panic!("no SCRAM") };
        let (_, nonce) = first.rsplit_once(",r=").unwrap();
        let challenge = format!("r={nonce}more,s=QSXCR+Q6sek8bf92,i=9000");
        let deadline = Instant::now() + Duration::from_mins(1);
        assert!(hashing.prove(proof, challenge.into_bytes(), deadline).await.is_ok());
        assert_eq!(hashing.rounds.load(Ordering::Relaxed), 9000);
    }
    #[tokio::test]
    async fn a_hash_stops_soon_after_its_login_gave_up_and_frees_its_place() {
        let hashing = Hashing { pool: HashingPool::new(1, 0), ..Hashing::new(0) };
        hashing.rounds.store(u32::MAX, Ordering::Relaxed);
        let (chosen, password) = (scram_sha_256(), Secret::new("right".to_owned()));
        let soon = Instant::now() + Duration::from_millis(50);
        assert_eq!(hashing.hash_dummy(&chosen, &password, soon).await, Err(ProofError::Busy));
        hashing.rounds.store(1, Ordering::Relaxed);
        let late = Instant::now() + Duration::from_mins(1);
        while hashing.hash_dummy(&chosen, &password, late).await == Err(ProofError::Busy) {
            assert!(Instant::now() < late, "the hash still runs, though its login gave up");
            tokio::task::yield_now().await;
        }
    }
}
