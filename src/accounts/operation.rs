//! An operation in progress: its transaction, and who performs it.

use time::OffsetDateTime;

use super::permission::{Authority, Permission};
use super::{AccountError, AccountRef, Accounts, Actor};
use crate::base::ids::{AccessRequestId, AccountId};
use crate::base::username::Username;
use crate::signin::account::Account;
use crate::signin::identify::IdentityKey;
use crate::signin::link::LinkProof;
use crate::signin::link::access_request::AccessState;
use crate::store::{AccessRequest, AuditDetail, AuditEntry, Event, LinkOutcome, NewLink, StoreError, Transaction};

/// An operation that has begun. Dropped before [`Self::commit`], it changes nothing.
///
/// An operation of several steps, such as an import, uses one `Operation` for all of them.
pub(super) struct Operation<'a> {
    pub transaction: Transaction,
    pub actor: &'a Actor,
    /// The rights of an actor with a role.
    pub(super) authority: Option<Authority>,
    conditions: Conditions,
    now: OffsetDateTime,
}

/// What a caller demands of an operation.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Conditions {
    /// Roll back instead of committing.
    pub dry_run: bool,
    /// The version that the account must have before the operation.
    pub version: Option<u64>,
}

impl Accounts {
    /// Begins an operation, if the actor may do this. [`Operation::find`] checks the account that it is
    /// about.
    pub(super) async fn begin<'a>(
        &self,
        actor: &'a Actor,
        permission: Permission,
    ) -> Result<Operation<'a>, AccountError> {
        let mut operation = self.begin_own(actor).await?;
        operation.authorize(permission).await?;
        Ok(operation)
    }

    /// Begins an operation that people do to their own accounts. It checks itself that they own them.
    pub(super) async fn begin_own<'a>(&self, actor: &'a Actor) -> Result<Operation<'a>, StoreError> {
        let now = self.clock.now();
        Ok(Operation {
            transaction: self.store.begin().await?,
            actor,
            authority: None,
            conditions: self.conditions,
            now,
        })
    }
}

impl Operation<'_> {
    /// Finds an account without a lock, so another transaction may change it before this operation writes. For
    /// operations whose statements return the previous state.
    pub async fn find(&mut self, account: &AccountRef) -> Result<Account, AccountError> {
        let found = self.find_other(account).await?;
        self.check_version(&found)?;
        Ok(found)
    }

    /// As [`Self::find`], for the second account of an operation: the version that the caller demands is the one of
    /// the first account.
    pub async fn find_other(&mut self, account: &AccountRef) -> Result<Account, AccountError> {
        let found = match account {
            AccountRef::Name(name) => self.transaction.account_by_name(name).await?,
            AccountRef::Id(id) => self.transaction.account(id).await?,
        };
        let found = found.ok_or_else(|| AccountError::NoSuchAccount(account.clone()))?;
        self.check_target(&found.id).await?;
        Ok(found)
    }

    /// Checks that nobody changed the account since the caller read it.
    ///
    /// An account that this transaction has locked has its new version already.
    fn check_version(&self, account: &Account) -> Result<(), AccountError> {
        let before = account.version.saturating_sub(u64::from(self.transaction.has_raised(&account.id)));
        match self.conditions.version {
            Some(expected) if expected != before => {
                Err(AccountError::OtherVersion { account: account.id.clone(), expected, found: before })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Finds an account and locks it: this operation sees the changes of earlier ones, and later ones wait. So two
    /// admins who do the same thing at once write one row of the audit log.
    ///
    /// All transactions lock in this order: identities, account, sessions. So an operation must write identities
    /// before it calls this.
    pub async fn lock(&mut self, account: &AccountRef) -> Result<Account, AccountError> {
        let found = self.find(account).await?;
        self.transaction.lock_account(&found.id).await?;
        let locked = self.find(account).await?;
        // Another account may have this name meanwhile. The caller did not mean that account.
        if locked.id == found.id { Ok(locked) } else { Err(AccountError::NoSuchAccount(account.clone())) }
    }

    /// Links an identity to an account, in the name of the actor.
    pub async fn link(
        &mut self,
        key: &IdentityKey,
        account: &AccountId,
        proof: LinkProof,
        subject_source: &str,
    ) -> Result<LinkOutcome, StoreError> {
        let by = self.actor.audit_name();
        let (by, network) = (by.as_deref(), self.actor.network());
        let link = NewLink { by, network, subject_source: Some(subject_source), ..NewLink::of(proof) };
        self.transaction.settle_access_requests_of(key, (account, by)).await?;
        self.transaction.link(key, account, link).await
    }

    /// Locks an access request that nobody has decided about.
    pub async fn lock_waiting(&mut self, id: &AccessRequestId) -> Result<AccessRequest, AccountError> {
        let request = self.transaction.lock_access_request(id).await?;
        let request = request.ok_or_else(|| AccountError::NoSuchAccessRequest(id.clone()))?;
        if request.state == AccessState::Waiting {
            return Ok(request);
        }
        let by = request.decided_by.unwrap_or_else(|| "the person".to_owned());
        let at = request.decided_at.unwrap_or(request.last_at);
        Err(AccountError::AccessRequestDecided { id: id.clone(), state: request.state, by, at })
    }

    /// Makes an account without an identity.
    pub async fn make_account(&mut self, name: &Username) -> Result<Account, AccountError> {
        if let Some(account) = self.transaction.make_account(name).await? {
            return Ok(account);
        }
        Err(match self.transaction.holder(name).await? {
            Some(by) => AccountError::NameTaken { wished: name.clone(), by },
            None => AccountError::NoSuchAccount(AccountRef::Name(name.clone())),
        })
    }

    /// A row of the audit log that is not about one account, to be filled in.
    pub fn row(&self, event: Event) -> AuditEntry {
        self.actor.row(event, self.now)
    }

    /// A row of the audit log about this account, to be filled in.
    pub fn row_about(&self, event: Event, account: &AccountId) -> AuditEntry {
        self.actor.row_about(event, account, self.now)
    }

    /// Writes a row about this account into the audit log.
    pub async fn record(&mut self, event: Event, account: &AccountId, detail: AuditDetail) -> Result<(), StoreError> {
        let row = AuditEntry { detail: Some(detail), ..self.row_about(event, account) };
        self.transaction.audit(&row).await
    }

    pub fn now(&self) -> OffsetDateTime {
        self.now
    }

    /// Commits, or rolls back when this is a dry run.
    pub async fn commit(self) -> Result<(), StoreError> {
        if self.conditions.dry_run {
            return Ok(());
        }
        self.transaction.commit().await
    }

    /// As [`Self::commit`], for an operation that found its account without a lock: checks the version of the account
    /// again, since it is locked now.
    pub async fn commit_on(mut self, account: &AccountId) -> Result<(), AccountError> {
        if self.conditions.version.is_some()
            && let Some(now) = self.transaction.account(account).await?
        {
            self.check_version(&now)?;
        }
        Ok(self.commit().await?)
    }
}
