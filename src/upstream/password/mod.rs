//! `kind = "password"`: our own accounts. People type a name and a password, and the database has the hash.

pub(super) mod kind;
mod probe;
mod settings;

pub use probe::report_unusable_passwords;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::PasswordModule;
use super::attempt::Attempt;
use super::health::Health;
use super::probe::FindingSink;
use crate::base::clock::Clock;
use crate::base::ids::{Issuer, Subject};
use crate::base::username::folded;
use crate::passwords::pool::PoolError;
use crate::passwords::{Comparison, HashAge, HashingError, HashingSettings, ISSUER, LocalPasswords, QUEUE_FULL};
use crate::signin::identify::ExternalIdentity;
use crate::signin::identify::password::{NotAccepted, NotAvailable, RefusalReason};
use crate::store::{StoreError, StoredPassword};

/// The provider of our own accounts.
#[derive(Debug)]
pub struct LocalAccounts {
    passwords: LocalPasswords,
    issuer: Issuer,
    health: Health,
    clock: Clock,
    /// As the config has them. `vestibule check` shows them.
    settings: Arc<HashingSettings>,
}

impl LocalAccounts {
    #[must_use]
    pub fn new(passwords: LocalPasswords, settings: Arc<HashingSettings>, clock: Clock) -> Self {
        Self { passwords, issuer: Issuer::from(ISSUER), health: Health::new(clock.clone()), clock, settings }
    }

    async fn find_and_verify(&self, attempt: &Attempt<'_>) -> Result<ExternalIdentity, NotAccepted> {
        if !self.passwords.has_room() {
            return Err(NotAccepted::Busy(QUEUE_FULL));
        }
        attempt.admit_lookup().await?;
        let name = folded(attempt.trimmed_name());
        let found = self.passwords.store().password_by_name(&name).await.map_err(not_available)?;
        let canonical = found.as_ref().map_or(name.as_str(), |found| found.account.as_str());
        let password = attempt.password_for(canonical).await?;
        let Some(StoredPassword { account, username, hash: Some(hash), generation }) = found else {
            self.passwords.verify_dummy(password).await.map_err(|why| not_verified(attempt, why))?;
            return Err(NotAccepted::Unknown);
        };
        match self.passwords.verify(password, &hash).await.map_err(|why| not_verified(attempt, why))? {
            Comparison::Match(age) => {
                if age == HashAge::Outdated && attempt.may_write() {
                    self.passwords.rehash(account.clone(), password.clone(), hash);
                }
                let claims = Map::from_iter([("preferred_username".to_owned(), Value::from(username.as_str()))]);
                let key = self.passwords.identity(&account);
                let (auth_time, password) = (Some(self.clock.now()), Some(generation));
                Ok(ExternalIdentity { auth_time, password, ..ExternalIdentity::new(key, claims) })
            }
            Comparison::Mismatch => Err(refused(account.as_str())),
            Comparison::Unusable(why) => {
                let provider = self.passwords.provider();
                tracing::error!(%provider, %account, "the hash of its password can't be used: {why}");
                Err(NotAccepted::Refused {
                    why: RefusalReason::NotChecked,
                    subject: Some(Subject::from(account.as_str())),
                })
            }
        }
    }
}

#[async_trait]
impl PasswordModule for LocalAccounts {
    fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    fn health(&self) -> &Health {
        &self.health
    }

    async fn probe(&self, sink: FindingSink<'_>) {
        self.check_provider(sink).await;
    }

    fn local_passwords(&self) -> Option<&LocalPasswords> {
        Some(&self.passwords)
    }

    async fn check(&self, attempt: &Attempt<'_>) -> Result<ExternalIdentity, NotAccepted> {
        let checked = self.find_and_verify(attempt).await;
        self.health.record(&checked, attempt.password_state());
        checked
    }
}

/// A failure of one comparison may be due to the password, so it counts. A full queue or too little memory does not.
fn not_verified(attempt: &Attempt<'_>, why: HashingError) -> NotAccepted {
    match why {
        HashingError::Pool(PoolError::Failed) => why.into(),
        HashingError::Pool(PoolError::Full | PoolError::Slow) | HashingError::Hash(_) => {
            attempt.mark_unsent(why).into()
        }
    }
}

fn refused(account: &str) -> NotAccepted {
    NotAccepted::Refused { why: RefusalReason::Password, subject: Some(Subject::from(account)) }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err asks for")]
fn not_available(why: StoreError) -> NotAccepted {
    NotAvailable::new(why.location().to_string(), "look-up", why.to_string()).into()
}

#[cfg(test)]
mod tests;
