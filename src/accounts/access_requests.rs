//! Decides about people who ask to be let in. Each request is decided once.

use serde::Serialize;

use super::operation::Operation;
use super::permission::Permission;
use super::{AccountError, AccountName, AccountRef, Accounts, Actor};
use crate::base::ids::AccessRequestId;
use crate::base::username::Username;
use crate::signin::account::Account;
use crate::signin::link::LinkProof;
use crate::signin::link::access_request::{AccessState, RequestText};
use crate::store::{
    AccessDecision, AccessRequest, AuditDetail, AuditEntry, AuditTarget, Event, LinkOutcome, StoreError,
};

/// A decision that links nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccessDecided {
    pub id: AccessRequestId,
    pub state: AccessState,
}

/// The identity of a request was linked to an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccessLinked {
    pub id: AccessRequestId,
    pub account: AccountName,
    pub sessions_ended: u64,
}

impl Accounts {
    /// Makes an account for the person, with this name or the one that their provider suggests.
    ///
    /// # Errors
    /// When the request is not there or decided, the name is taken, or the database fails.
    pub async fn let_in(
        &self,
        actor: &Actor,
        id: &AccessRequestId,
        name: Option<&Username>,
    ) -> Result<AccessLinked, AccountError> {
        let mut operation = self.begin(actor, Permission::AdmitPerson).await?;
        let request = operation.lock_waiting(id).await?;
        let name = name.or(request.wished.as_ref()).ok_or(AccountError::NoSuggestedName)?;
        self.scripts.admit(name.as_str())?;
        let account = operation.make_account(name).await?;
        operation.record(Event::AccountCreated, &account.id, AuditDetail::of_username(name)).await?;
        operation.link_requester(request, &account).await
    }

    /// Links the identity of the request to an account. The account's sessions end (security rule C25).
    ///
    /// # Errors
    /// When the request is not there or decided, there is no such account, or the database fails.
    pub async fn link_requester(
        &self,
        actor: &Actor,
        id: &AccessRequestId,
        account: &AccountRef,
    ) -> Result<AccessLinked, AccountError> {
        let mut operation = self.begin(actor, Permission::AdmitPerson).await?;
        let request = operation.lock_waiting(id).await?;
        let account = operation.find(account).await?;
        operation.link_requester(request, &account).await
    }

    /// Says that the person has an account, and lets them prove it at their next sign-in.
    ///
    /// # Errors
    /// When the request is not there or decided, or the database fails.
    pub async fn let_prove(&self, actor: &Actor, id: &AccessRequestId) -> Result<AccessDecided, AccountError> {
        self.decide(actor, id, AccessState::Proving, None).await
    }

    /// Refuses the person, who reads the note at their next sign-in.
    ///
    /// # Errors
    /// When the request is not there or decided, or the database fails.
    pub async fn refuse_access(
        &self,
        actor: &Actor,
        id: &AccessRequestId,
        note: &RequestText,
    ) -> Result<AccessDecided, AccountError> {
        self.decide(actor, id, AccessState::Refused, Some(note)).await
    }

    async fn decide(
        &self,
        actor: &Actor,
        id: &AccessRequestId,
        state: AccessState,
        note: Option<&RequestText>,
    ) -> Result<AccessDecided, AccountError> {
        let mut operation = self.begin(actor, Permission::AnswerAccessRequest).await?;
        let request = operation.lock_waiting(id).await?;
        let by = actor.audit_name().unwrap_or_default();
        let decision = AccessDecision { state, by: &by, note, account: None };
        operation.transaction.decide_access_request(id, decision).await?;
        operation.record_decision(&request, state, None).await?;
        operation.commit().await?;
        Ok(AccessDecided { id: id.clone(), state })
    }
}

impl Operation<'_> {
    async fn link_requester(mut self, request: AccessRequest, account: &Account) -> Result<AccessLinked, AccountError> {
        let (key, source) = (request.identity(), request.subject_source.as_str());
        let sessions_ended = match self.link(&key, &account.id, LinkProof::Admin, source).await? {
            LinkOutcome::Linked { sessions_ended } | LinkOutcome::SourceReplaced { sessions_ended } => sessions_ended,
            LinkOutcome::AlreadyLinked => 0,
            LinkOutcome::LinkedToAnother { account, username } => {
                return Err(AccountError::IdentityOfAnother { account, username });
            }
        };
        self.record_link(Event::IdentityLinked, &key, account).await?;
        self.record_decision(&request, AccessState::Linked, Some(account)).await?;
        self.commit_on(&account.id).await?;
        Ok(AccessLinked { id: request.id, account: AccountName::from(account), sessions_ended })
    }

    /// Without an account, the row holds no personal value: nobody could erase it with one.
    async fn record_decision(
        &mut self,
        request: &AccessRequest,
        state: AccessState,
        account: Option<&Account>,
    ) -> Result<(), StoreError> {
        let words = AuditDetail::new().text(state.as_str());
        let (row, detail) = match account {
            Some(account) => {
                let row = self.row_about(Event::AccessRequestDecided, &account.id);
                (row, words.text(": ").personal("username", &account.username))
            }
            None => (self.row(Event::AccessRequestDecided), words),
        };
        let (target, provider) = (Some(AuditTarget::from(&request.id)), Some(request.provider.clone()));
        self.transaction.audit(&AuditEntry { target, provider, detail: Some(detail), ..row }).await
    }
}
