//! Links identities to accounts, and unlinks them.

use serde::Serialize;

use super::operation::Operation;
use super::permission::Permission;
use super::{AccountError, AccountName, AccountRef, Accounts, Actor, Change};
use crate::base::ids::{Issuer, ProviderId, Subject};
use crate::signin::account::Account;
use crate::signin::identify::IdentityKey;
use crate::signin::link::LinkProof;
use crate::store::{AuditDetail, AuditEntry, Event, LinkOutcome, StoreError};

/// What to do when the account to link to does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfMissing {
    Refuse,
    /// Operators create accounts before the first login of their owners.
    MakeAccount,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Linked {
    pub provider: ProviderId,
    pub issuer: Issuer,
    pub subject: Subject,
    pub account: AccountName,
    pub change: Change,
    /// Whether this operation made the account.
    pub account_created: Change,
    pub sessions_ended: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unlinked {
    pub provider: ProviderId,
    pub issuer: Issuer,
    pub subject: Subject,
    pub account: AccountName,
    pub sessions_ended: u64,
}

impl Accounts {
    /// Links an identity to an account. The account's sessions end (security rule C25). `subject_source`: what gives
    /// the subject with the config.
    ///
    /// # Errors
    /// When the identity is linked to another account (it is never moved), when there is no such account, or when the
    /// database fails.
    pub async fn link(
        &self,
        actor: &Actor,
        (key, subject_source): (&IdentityKey, &str),
        account: &AccountRef,
        missing: IfMissing,
    ) -> Result<Linked, AccountError> {
        let mut operation = self.begin(actor, Permission::LinkIdentity).await?;
        let (account, account_created) = self.account_to_link(&mut operation, account, missing).await?;
        let (change, sessions_ended) = match operation.link(key, &account.id, LinkProof::Admin, subject_source).await? {
            LinkOutcome::Linked { sessions_ended } | LinkOutcome::SourceReplaced { sessions_ended } => {
                (Change::Done, sessions_ended)
            }
            LinkOutcome::AlreadyLinked => (Change::Already, 0),
            LinkOutcome::LinkedToAnother { account, username } => {
                return Err(AccountError::IdentityOfAnother { account, username });
            }
        };
        if change == Change::Done {
            operation.record_link(Event::IdentityLinked, key, &account).await?;
            operation.commit_on(&account.id).await?;
        }
        let IdentityKey { provider, issuer, subject } = key.clone();
        let account = AccountName::from(&account);
        Ok(Linked { provider, issuer, subject, account, change, account_created, sessions_ended })
    }

    async fn account_to_link(
        &self,
        operation: &mut Operation<'_>,
        account: &AccountRef,
        missing: IfMissing,
    ) -> Result<(Account, Change), AccountError> {
        match (operation.find(account).await, account, missing) {
            (Err(AccountError::NoSuchAccount(_)), AccountRef::Name(name), IfMissing::MakeAccount) => {
                self.scripts.admit(name.as_str())?;
                let account = operation.make_account(name).await?;
                operation.transaction.mark_unclaimed(&account.id).await?;
                operation.record(Event::AccountCreated, &account.id, AuditDetail::of_username(name)).await?;
                Ok((account, Change::Done))
            }
            (found, ..) => Ok((found?, Change::Already)),
        }
    }

    /// Unlinks an identity. The sessions of its account end (security rule C25); the account stays, with its name and
    /// its groups.
    ///
    /// # Errors
    /// When no account is linked to it, or the database fails.
    pub async fn unlink(&self, actor: &Actor, key: &IdentityKey) -> Result<Unlinked, AccountError> {
        let mut operation = self.begin(actor, Permission::UnlinkIdentity).await?;
        let unlinked = operation.transaction.unlink(key).await?;
        let (id, sessions_ended) = unlinked.ok_or(AccountError::NoSuchIdentity)?;
        let account = operation.find(&AccountRef::Id(id)).await?;
        operation.record_link(Event::IdentityUnlinked, key, &account).await?;
        operation.commit().await?;
        let IdentityKey { provider, issuer, subject } = key.clone();
        Ok(Unlinked { provider, issuer, subject, account: AccountName::from(&account), sessions_ended })
    }
}

impl Operation<'_> {
    pub(super) async fn record_link(
        &mut self,
        event: Event,
        key: &IdentityKey,
        account: &Account,
    ) -> Result<(), StoreError> {
        let detail = AuditDetail::of_username(&account.username)
            .text(": issuer ")
            .personal("issuer", &key.issuer)
            .text(", subject ")
            .personal("subject", &key.subject);
        let (provider, detail) = (Some(key.provider.clone()), Some(detail));
        let row = AuditEntry { provider, detail, ..self.row_about(event, &account.id) };
        self.transaction.audit(&row).await
    }
}
