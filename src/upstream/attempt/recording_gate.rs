//! The gate of unit tests: it lets every try through or none, and records them.

use std::sync::Mutex;

use async_trait::async_trait;

use super::Gate;
use crate::base::ids::Subject;
use crate::base::username::folded;
use crate::signin::challenge::throttle::{Throttled, ThrottledBy};

/// Answers every try alike.
pub struct RecordingGate {
    answer: Result<(), Throttled>,
    accounts: Mutex<Vec<String>>,
}

impl RecordingGate {
    /// Lets every try through.
    pub fn open() -> Self {
        Self { answer: Ok(()), accounts: Mutex::default() }
    }

    /// Makes every account wait for so many seconds.
    pub fn shut(seconds: u32) -> Self {
        Self { answer: Err(Throttled { seconds, by: ThrottledBy::Account }), accounts: Mutex::default() }
    }

    /// The accounts of the tries, oldest first.
    pub fn accounts(&self) -> Vec<String> {
        self.accounts.lock().unwrap().clone()
    }
}

#[async_trait]
impl Gate for RecordingGate {
    async fn admit_lookup(&self) -> Result<(), Throttled> {
        Ok(())
    }

    async fn admit_account(&self, account: &str) -> Result<(), Throttled> {
        self.accounts.lock().unwrap().push(account.to_owned());
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

    async fn is_switched_off(&self, _: &Subject) -> bool {
        false
    }

    async fn admit_subject(&self, _: &str) -> Result<(), Throttled> {
        Ok(())
    }
}
