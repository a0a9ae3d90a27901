//! Our own accounts, by a name and a password that is kept here as a hash.

mod argon;
pub mod foreign;
mod hash;
mod keeper;
pub mod policy;
pub mod pool;
mod probe;
pub mod settings;

pub use hash::{Cost, Made, Pepper, Unusable};
pub use keeper::{Compared, Hashed, Keeper, NotDone};

use async_trait::async_trait;
use serde_json::{Map, Value};

use self::pool::NotRun;
use super::ChecksPasswords;
use super::attempt::Attempt;
use super::health::Health;
use super::probe::Tell;
use crate::base::clock::Clock;
use crate::base::ids::{Issuer, Subject};
use crate::base::username::folded;
use crate::signin::identify::ExternalIdentity;
use crate::signin::identify::password::{NotAccepted, NotAvailable, Wrong};
use crate::store::{PasswordOf, StoreError};

/// In the key of every identity that stands for an account of our own.
pub const ISSUER: &str = "urn:vestibule:password";

/// The provider that knows our own accounts.
#[derive(Debug)]
pub struct OwnAccounts {
    keeper: Keeper,
    issuer: Issuer,
    health: Health,
    clock: Clock,
    /// As the config has it, for whoever asks how it stands.
    settings: settings::Settings,
}

impl OwnAccounts {
    #[must_use]
    pub fn new(keeper: Keeper, settings: settings::Settings, clock: Clock) -> Self {
        Self { keeper, issuer: Issuer::from(ISSUER), health: Health::new(clock.clone()), clock, settings }
    }

    async fn look_up_and_compare(&self, attempt: &Attempt<'_>) -> Result<ExternalIdentity, NotAccepted> {
        if !self.keeper.has_room() {
            return Err(NotAccepted::Busy);
        }
        attempt.may_be_looked_up().await?;
        // A phone's keyboard puts a space after a name. Of the password nothing is ever trimmed.
        let name = folded(attempt.name().trim());
        let found = self.keeper.store().password_of_name(&name).await.map_err(not_available)?;
        let canonical = found.as_ref().map_or(name.as_str(), |found| found.account.as_str());
        let password = attempt.password_for(canonical).await?;
        let Some(PasswordOf { account, username, hash: Some(hash), generation }) = found else {
            self.keeper.compare_with_nothing(password).await.map_err(|why| not_compared(attempt, why))?;
            return Err(NotAccepted::Unknown);
        };
        match self.keeper.compare(password, &hash).await.map_err(|why| not_compared(attempt, why))? {
            Compared::Same(made) => {
                if made == Made::Otherwise && attempt.may_write() {
                    self.keeper.rehash(account.clone(), password.clone(), hash);
                }
                let claims = Map::from_iter([("preferred_username".to_owned(), Value::from(username.as_str()))]);
                let key = self.keeper.identity(&account);
                let password = Some(generation);
                Ok(ExternalIdentity { key, claims, auth_time: Some(self.clock.now()), password })
            }
            Compared::Different => Err(refused(account.as_str())),
            Compared::Unusable(why) => {
                tracing::error!(provider = %self.keeper.provider(), %account, "its password can't be compared with: {why}");
                Err(NotAccepted::Refused { why: Wrong::Untried, who: Some(Subject::from(account.as_str())) })
            }
        }
    }
}

#[async_trait]
impl ChecksPasswords for OwnAccounts {
    fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    fn health(&self) -> &Health {
        &self.health
    }

    async fn probe(&self, tell: Tell<'_>) {
        self.look(tell).await;
    }

    fn keeper(&self) -> Option<&Keeper> {
        Some(&self.keeper)
    }

    async fn check(&self, attempt: &Attempt<'_>) -> Result<ExternalIdentity, NotAccepted> {
        let checked = self.look_up_and_compare(attempt).await;
        self.health.learn(&checked, attempt.password());
        checked
    }
}

/// An error of one comparison may be due to the password; a full queue or too little memory is not.
fn not_compared(attempt: &Attempt<'_>, why: NotDone) -> NotAccepted {
    match why {
        NotDone::NotRun(NotRun::BrokeOff) => why.into(),
        NotDone::NotRun(NotRun::Full) | NotDone::NotHashed(_) => attempt.unsent(why).into(),
    }
}

fn refused(account: &str) -> NotAccepted {
    NotAccepted::Refused { why: Wrong::Password, who: Some(Subject::from(account)) }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err asks for")]
fn not_available(why: StoreError) -> NotAccepted {
    NotAvailable { server: why.place().to_string(), phase: "look-up", why: why.to_string() }.into()
}

#[cfg(test)]
mod tests;
