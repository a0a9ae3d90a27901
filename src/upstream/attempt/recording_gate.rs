//! The gate of unit tests: it lets every attempt through or none, and records the accounts.

use std::pin::Pin;
use std::sync::Mutex;

use async_trait::async_trait;

use super::Gate;
use crate::base::ids::Subject;
use crate::base::username::folded;
use crate::signin::challenge::throttle::{Throttled, ThrottledBy};

/// Gives every attempt the same answer.
pub struct RecordingGate {
    answer: Result<(), Throttled>,
    accounts: Mutex<Vec<String>>,
    work: Work,
}

/// What happens while an attempt is counted for an account.
type Work = Box<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

impl RecordingGate {
    /// Lets every attempt through.
    pub fn open() -> Self {
        Self::with(Ok(()), no_work())
    }

    /// Lets every attempt through, after this work.
    pub fn open_after(work: Work) -> Self {
        Self::with(Ok(()), work)
    }

    /// Makes every account wait for this many seconds.
    pub fn shut(seconds: u32) -> Self {
        Self::with(Err(Throttled { seconds, by: ThrottledBy::Account }), no_work())
    }

    fn with(answer: Result<(), Throttled>, work: Work) -> Self {
        Self { answer, accounts: Mutex::default(), work }
    }

    /// The accounts of the attempts, oldest first.
    pub fn accounts(&self) -> Vec<String> {
        self.accounts.lock().unwrap().clone()
    }
}

fn no_work() -> Work {
    Box::new(|| Box::pin(std::future::ready(())))
}

#[async_trait]
impl Gate for RecordingGate {
    async fn admit_lookup(&self) -> Result<(), Throttled> {
        Ok(())
    }

    async fn admit_account(&self, account: &str) -> Result<(), Throttled> {
        self.accounts.lock().unwrap().push(account.to_owned());
        (self.work)().await;
        self.answer
    }

    async fn admit_account_again(&self, account: &str) -> Result<(), Throttled> {
        self.admit_account(account).await
    }

    async fn admit_unknown_name(&self) -> Result<(), Throttled> {
        Ok(())
    }

    fn forgive_unknown_name(&self) {}

    async fn admit_sent_name(&self, sent: &str) -> Result<(), Throttled> {
        self.admit_account(folded(sent).trim()).await
    }

    async fn admit_sent_name_again(&self, sent: &str) -> Result<(), Throttled> {
        self.admit_sent_name(sent).await
    }

    async fn is_disabled(&self, _: &Subject) -> bool {
        false
    }

    async fn admit_subject(&self, _: &str) -> Result<(), Throttled> {
        Ok(())
    }
}
