//! Creates accounts with a local password, and sets passwords.

use std::collections::BTreeSet;

use serde::Serialize;

use super::operation::Operation;
use super::permission::Permission;
use super::{AccountError, AccountName, AccountRef, Accounts, Actor};
use crate::base::ids::{AccountId, Group};
use crate::base::secret::Secret;
use crate::base::username::Username;
use crate::passwords::{HashedPassword, LocalPasswords, SUBJECT_SOURCE};
use crate::signin::link::LinkProof;
use crate::store::{AuditDetail, AuditEntry, Event, LinkOutcome};

/// An account that was created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Created {
    #[serde(flatten)]
    pub account: AccountName,
    pub groups: BTreeSet<Group>,
}

/// A password that was set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PasswordSet {
    #[serde(flatten)]
    pub account: AccountName,
    pub sessions_ended: u64,
}

impl Accounts {
    /// Creates an account whose owner signs in with a local password.
    ///
    /// # Errors
    /// When the name is taken or mixes scripts, the password breaks the policy, or the database fails.
    pub async fn create(
        &self,
        actor: &Actor,
        passwords: &LocalPasswords,
        name: &Username,
        groups: &BTreeSet<Group>,
        password: &Secret<String>,
    ) -> Result<Created, AccountError> {
        self.scripts.admit(name.as_str())?;
        passwords.check_policy(password, name).await??;
        let hashed = passwords.hash(password).await?;
        let mut operation = self.begin(actor, Permission::CommandLine).await?;
        let account = operation.make_account(name).await?;
        operation.transaction.mark_unclaimed(&account.id).await?;
        operation.record(Event::AccountCreated, &account.id, AuditDetail::of_username(name)).await?;
        operation.add_to_groups(&account, groups).await?;
        let account = AccountName::from(&account);
        operation.set_password(passwords, &account, &hashed).await?;
        operation.commit().await?;
        Ok(Created { account, groups: groups.clone() })
    }

    /// Sets an account's password, and replaces the old one if there is one. Its sessions end (security rule C25).
    ///
    /// # Errors
    /// When there is no such account, the password breaks the policy, or the database fails.
    pub async fn set_password(
        &self,
        actor: &Actor,
        passwords: &LocalPasswords,
        account: &AccountRef,
        password: &Secret<String>,
    ) -> Result<PasswordSet, AccountError> {
        let name = self.details(account).await?.username;
        passwords.check_policy(password, &name).await??;
        let hashed = passwords.hash(password).await?;
        let mut operation = self.begin(actor, Permission::CommandLine).await?;
        let account = AccountName::from(&operation.find(account).await?);
        let sessions_ended = operation.set_password(passwords, &account, &hashed).await?;
        operation.commit_on(&account.id).await?;
        Ok(PasswordSet { account, sessions_ended })
    }
}

/// The result of [`Operation::write_password`].
pub(super) enum Written {
    Done {
        sessions_ended: u64,
    },
    /// The identity that the password would prove is linked to another account.
    IdentityOfAnother {
        account: AccountId,
        username: Username,
    },
}

impl Operation<'_> {
    /// Writes the hash and its row in the audit log. Returns how many sessions ended.
    async fn set_password(
        &mut self,
        passwords: &LocalPasswords,
        account: &AccountName,
        hashed: &HashedPassword,
    ) -> Result<u64, AccountError> {
        let sessions_ended =
            match self.write_password(passwords, &account.id, hashed.as_str(), LinkProof::Admin).await? {
                Written::Done { sessions_ended } => sessions_ended,
                Written::IdentityOfAnother { account, username } => {
                    return Err(AccountError::IdentityOfAnother { account, username });
                }
            };
        let row = AuditEntry {
            provider: Some(passwords.provider().clone()),
            detail: Some(
                AuditDetail::of_username(&account.username).text("; ").sessions(sessions_ended).text(" ended"),
            ),
            ..self.row_about(Event::PasswordSet, &account.id)
        };
        self.transaction.audit(&row).await?;
        Ok(sessions_ended)
    }

    /// Writes the hash, and links the account to the identity that the password proves.
    pub(super) async fn write_password(
        &mut self,
        passwords: &LocalPasswords,
        account: &AccountId,
        hash: &str,
        proof: LinkProof,
    ) -> Result<Written, AccountError> {
        let by_link = match self.link(&passwords.identity(account), account, proof, SUBJECT_SOURCE).await? {
            LinkOutcome::Linked { sessions_ended } | LinkOutcome::SourceReplaced { sessions_ended } => sessions_ended,
            LinkOutcome::AlreadyLinked => 0,
            LinkOutcome::LinkedToAnother { account, username } => {
                return Ok(Written::IdentityOfAnother { account, username });
            }
        };
        self.transaction.set_password(account, hash).await?;
        // Last, because it waits for a login that compared the old password, and then ends its session too (C25).
        let sessions_ended = by_link + self.transaction.end_sessions_of(account).await?;
        Ok(Written::Done { sessions_ended })
    }
}
