//! Changes a person's own password. The old password is checked and counted as at any sign-in (security rule C43).

use std::time::Duration;

use super::context::Context;
use super::live_config::LiveConfig;
use super::outcome::NewSession;
use super::refusal::{Cause, Refusal};
use super::{Broker, Visitor};
use crate::accounts::{self, ContinuedSession, PasswordChange, PasswordChanged};
use crate::base::secret::Secret;
use crate::passwords::policy::PasswordPolicyError;
use crate::passwords::{HashingError, QUEUE_FULL};
use crate::signin::account::Account;
use crate::signin::app::WhenUnknown;
use crate::signin::identify::password::{Credentials, NotAccepted, RefusalReason};

/// The fields of the form.
#[derive(Debug)]
pub struct PasswordChangeRequest {
    pub name: String,
    pub old: Secret<String>,
    pub new: Secret<String>,
}

/// Why a password was not changed. Nothing is written.
#[derive(Debug)]
pub enum PasswordChangeError {
    /// The new password breaks a rule. The name and the old password are right.
    Unfit(PasswordPolicyError),
    /// The new password is the old one, which is right.
    SameAsOld,
    Refused(Box<Refusal>),
}

impl From<Refusal> for PasswordChangeError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl LiveConfig {
    /// Whether people can change a password here.
    #[must_use]
    pub fn has_local_passwords(&self) -> bool {
        self.local_provider().is_some()
    }
}

impl Broker {
    /// Changes the password of a person who knows the old one. All their sessions end but this browser's, which
    /// continues under a new id (security rules C25, C37).
    ///
    /// # Errors
    /// When the old password is wrong, the new one breaks a rule, or the database fails.
    pub async fn change_password(
        &self,
        config: &LiveConfig,
        change: PasswordChangeRequest,
        visitor: &Visitor,
    ) -> Result<Option<NewSession>, PasswordChangeError> {
        let own = config.local_provider();
        let Some((provider, passwords)) = own.and_then(|own| Some((own, own.module.local_passwords()?))) else {
            return Err(Cause::PageNotFound.refuse(Context::default()).into());
        };
        let context = Context::default().with_provider(provider);
        let PasswordChangeRequest { name, old, new } = change;
        let typed =
            Credentials::parse(name, old).map_err(|why| Cause::InvalidCredentials(why).refuse(context.clone()))?;
        let authenticated = self.authenticate(&[provider], &typed, WhenUnknown::Refuse, &context, visitor).await;
        let (authenticated, throttle) = authenticated?;
        let mut owner = None;
        let changed = async {
            let account = self.store.account_by_identity(&authenticated.identity.key).await?;
            let account = account.filter(|account| account.disabled.is_none());
            let account = account.ok_or(accounts::ChangePasswordError::AccountClosed)?;
            owner = Some(account.id_and_username());
            let generation =
                authenticated.identity.password.ok_or(accounts::ChangePasswordError::OldPasswordReplaced)?;
            let (old, lifetimes) = (typed.password(), config.lifetimes);
            let change = PasswordChange { account: &account, compared: generation, old, new: &new, lifetimes };
            let changed = self.accounts.change_password(&visitor.actor(), passwords, change).await?;
            Ok((account, changed))
        };
        let changed = changed.await;
        let context = Context { account: owner, ..context };
        let refused = |cause: Cause| Err(cause.refuse(context.clone()).of_attempt().into());
        let result = match changed {
            Ok((account, changed)) => Ok(self.changed(config, &account, changed)),
            Err(accounts::ChangePasswordError::PasswordPolicy(why)) => Err(PasswordChangeError::Unfit(why)),
            Err(accounts::ChangePasswordError::SameAsOld) => Err(PasswordChangeError::SameAsOld),
            // C42: the owner of a disabled account learns no more than a stranger who guesses.
            Err(accounts::ChangePasswordError::AccountClosed) => {
                refused(self.closed_meanwhile(&authenticated.identity).await)
            }
            Err(accounts::ChangePasswordError::OldPasswordReplaced) => {
                refused(Cause::PasswordRefused(RefusalReason::ChangedMeanwhile))
            }
            Err(accounts::ChangePasswordError::HashFailed(why)) => refused(hashing_cause(why)),
            Err(accounts::ChangePasswordError::Store(why)) => refused(Cause::Store(why)),
        };
        match result {
            Err(PasswordChangeError::Refused(refusal)) => Err(throttle.settle_refused(*refusal).await.into()),
            // The page shows that the old password is right.
            Ok(_) | Err(PasswordChangeError::Unfit(_) | PasswordChangeError::SameAsOld) => {
                throttle.settle(Ok(())).await?;
                result
            }
        }
    }

    /// Logs the change. Returns the cookie of the session that continues under a new id.
    fn changed(&self, config: &LiveConfig, account: &Account, changed: PasswordChanged) -> Option<NewSession> {
        let PasswordChanged { session, other_sessions_ended: others } = changed;
        tracing::info!(account = %account.id, others, "password changed, and other sessions ended");
        session.map(|ContinuedSession { id, provider, started_at }| {
            let ends = started_at + config.lifetimes.absolute;
            NewSession { id, provider, lifetime: Duration::try_from(ends - self.clock.now()).unwrap_or_default() }
        })
    }
}

fn hashing_cause(why: HashingError) -> Cause {
    match NotAccepted::from(why) {
        NotAccepted::NotAvailable(why) => Cause::ModuleUnavailable { why, since: None },
        NotAccepted::Busy(why) => Cause::Busy(why),
        NotAccepted::Throttled(_) | NotAccepted::Refused { .. } | NotAccepted::Unknown => Cause::Busy(QUEUE_FULL),
    }
}
