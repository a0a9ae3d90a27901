//! Changes the password of an account, for its owner.

use time::OffsetDateTime;
use tower_sessions::session::Id;

use super::{Accounts, Actor};
use crate::base::ids::ProviderId;
use crate::base::secret::Secret;
use crate::passwords::policy::PasswordPolicyError;
use crate::passwords::{HashingError, LocalPasswords};
use crate::signin::account::Account;
use crate::signin::identify::PasswordGeneration;
use crate::store::{AuditDetail, AuditEntry, Event, Lifetimes, SessionLogin, StoreError};

/// A change by the owner, who has proved that they know the old password.
#[derive(Debug, Clone, Copy)]
pub struct PasswordChange<'c> {
    pub account: &'c Account,
    /// The generation of the password that the owner proved. The change fails if the account has a newer one.
    pub compared: PasswordGeneration,
    pub old: &'c Secret<String>,
    pub new: &'c Secret<String>,
    /// The lifetimes of the owner's session, which continues.
    pub lifetimes: Lifetimes,
}

/// A password that was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordChanged {
    /// The owner's session, if they have one. It continues under a new id (security rule C37).
    pub session: Option<ContinuedSession>,
    pub other_sessions_ended: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContinuedSession {
    pub id: Id,
    pub provider: ProviderId,
    pub started_at: OffsetDateTime,
}

/// Why a password was not changed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangePasswordError {
    #[error(transparent)]
    PasswordPolicy(#[from] PasswordPolicyError),
    #[error("the new password is the old one")]
    SameAsOld,
    #[error("the account is disabled or removed")]
    AccountClosed,
    #[error("the password was changed meanwhile")]
    OldPasswordReplaced,
    #[error(transparent)]
    HashFailed(#[from] HashingError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Accounts {
    /// Changes the password. All sessions of the account end except the owner's (security rule C25).
    ///
    /// # Errors
    /// When the new password breaks the policy, the old one is no longer valid, or the database fails.
    pub async fn change_password(
        &self,
        actor: &Actor,
        passwords: &LocalPasswords,
        change: PasswordChange<'_>,
    ) -> Result<PasswordChanged, ChangePasswordError> {
        passwords.check_policy(change.new, &change.account.username).await??;
        if passwords.same(change.old, change.new) {
            return Err(ChangePasswordError::SameAsOld);
        }
        let hashed = passwords.hash(change.new).await?;
        let (account, now) = (change.account, self.clock.now());
        let mut operation = self.begin_own(actor).await?;
        // C25: the owner's session may have ended while the password was hashed.
        let held = match actor.session() {
            Some(session) => operation.transaction.lock_session(session, &account.id).await?,
            None => None,
        };
        if !operation.transaction.change_password(&account.id, change.compared, hashed.as_str()).await? {
            let open =
                operation.transaction.account(&account.id).await?.is_some_and(|account| account.disabled.is_none());
            return Err(if open {
                ChangePasswordError::OldPasswordReplaced
            } else {
                ChangePasswordError::AccountClosed
            });
        }
        operation.transaction.claim_account(&account.id).await?;
        let mut session = None;
        if let Some(held) = held {
            let SessionLogin { provider, started_at, .. } = held.signed_in();
            // A clock that was ahead may have written a time in the future.
            let started_at = now.min(*started_at);
            let id = operation.transaction.replace_session_id(&held, change.lifetimes.end(started_at, now)).await?;
            session = id.map(|id| ContinuedSession { id, provider: provider.clone(), started_at });
        }
        let other_sessions_ended = match &session {
            Some(session) => operation.transaction.end_other_sessions_of(&account.id, session.id).await?,
            None => operation.transaction.end_sessions_of(&account.id).await?,
        };
        let detail = AuditDetail::of_username(&account.username)
            .text("; ")
            .counted(other_sessions_ended, "other session", "other sessions")
            .text(" ended");
        let row = AuditEntry {
            provider: Some(passwords.provider().clone()),
            detail: Some(detail),
            ..operation.row_about(Event::PasswordChanged, &account.id)
        };
        operation.transaction.audit(&row).await?;
        operation.commit().await?;
        Ok(PasswordChanged { session, other_sessions_ended })
    }
}
