//! Removes a sign-in method of an account, for its owner.

use std::collections::BTreeSet;

use serde::Serialize;

use super::operation::Operation;
use super::{AccountName, Accounts, Actor, Change};
use crate::base::ids::AccountId;
use crate::signin::account::Account;
use crate::signin::identify::IdentityKey;
use crate::store::{AuditDetail, AuditEntry, Event, StoreError};

/// What the config says about the sign-in methods of an account.
#[derive(Clone, Copy)]
pub struct UsableMethods<'u> {
    /// Whether an identity can sign in now: its provider is in the config and enabled, and accepts the issuer.
    pub is_usable: &'u (dyn Fn(&IdentityKey) -> bool + Sync),
    /// The identity that the local password of the account proves.
    pub local_password: Option<&'u IdentityKey>,
}

/// A removed sign-in method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MethodRemoved {
    #[serde(flatten)]
    pub account: AccountName,
    pub change: Change,
    pub sessions_ended: u64,
}

/// Why a sign-in method was not removed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum RemoveMethodError {
    #[error("the owner of the account is no longer signed in")]
    NotSignedIn,
    #[error("no other sign-in method of the account works")]
    LastMethod,
    #[error("the owner of the account is signed in with it now")]
    SignedInWithIt,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Accounts {
    /// Removes an identity from the account of its owner, and with the identity of the local password also the
    /// password. The owner's other sessions end (security rule C25).
    ///
    /// # Errors
    /// When the owner is not signed in, or is signed in with this identity; when no other identity of the account is
    /// usable; or when the database fails.
    pub async fn remove_method(
        &self,
        actor: &Actor,
        account: &AccountId,
        key: &IdentityKey,
        usable: UsableMethods<'_>,
    ) -> Result<MethodRemoved, RemoveMethodError> {
        let mut operation = self.begin_own(actor).await?;
        // All identities first, in one order: two removals at once wait for each other, and the second one counts what
        // the first one left.
        let methods = operation.transaction.lock_identities_of(account).await?;
        operation.transaction.lock_account(account).await?;
        let found = operation.transaction.account(account).await?;
        let found = found.filter(|account| account.disabled.is_none()).ok_or(RemoveMethodError::NotSignedIn)?;
        let session = actor.session().ok_or(RemoveMethodError::NotSignedIn)?;
        let signed_in = operation.transaction.signed_in_with(session, account).await?;
        let signed_in = signed_in.filter(|by| methods.contains(by)).ok_or(RemoveMethodError::NotSignedIn)?;
        let name = AccountName::from(&found);
        if !methods.contains(key) {
            return Ok(MethodRemoved { account: name, change: Change::Already, sessions_ended: 0 });
        }
        let UsableMethods { is_usable, local_password } = usable;
        let mut suspended = BTreeSet::new();
        for provider in methods.iter().map(|method| &method.provider) {
            if operation.transaction.is_suspended(provider).await? {
                suspended.insert(provider);
            }
        }
        let has_password = operation.transaction.has_any_password(account).await?;
        let is_on = |method: &IdentityKey| is_usable(method) && !suspended.contains(&method.provider);
        let works = |method: &IdentityKey| is_on(method) && (has_password || Some(method) != local_password);
        if !methods.iter().any(|other| other != key && works(other)) {
            return Err(RemoveMethodError::LastMethod);
        }
        if signed_in == *key {
            return Err(RemoveMethodError::SignedInWithIt);
        }
        operation.transaction.delete_link(key, account).await?;
        if Some(key) == local_password {
            operation.transaction.remove_password(account).await?;
        }
        let sessions_ended = operation.transaction.end_other_sessions_of(account, session).await?;
        operation.record_removal(key, &found, sessions_ended).await?;
        operation.commit().await?;
        Ok(MethodRemoved { account: name, change: Change::Done, sessions_ended })
    }
}

impl Operation<'_> {
    async fn record_removal(&mut self, key: &IdentityKey, account: &Account, sessions: u64) -> Result<(), StoreError> {
        let detail = AuditDetail::of_username(&account.username)
            .text(": issuer ")
            .personal("issuer", &key.issuer)
            .text(", subject ")
            .personal("subject", &key.subject)
            .text("; ")
            .counted(sessions, "other session", "other sessions")
            .text(" ended");
        let (provider, detail) = (Some(key.provider.clone()), Some(detail));
        let row = AuditEntry { provider, detail, ..self.row_about(Event::IdentityUnlinked, &account.id) };
        self.transaction.audit(&row).await
    }
}
