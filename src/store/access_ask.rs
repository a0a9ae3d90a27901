//! The answer "Ask to be let in" to the question at a first login.

use time::OffsetDateTime;

use super::access_requests::AccessRequest;
use super::{AuditEntry, AuditTarget, Event, Store, StoreError, StoredLinkRequest};
use crate::base::ids::{AccessRequestId, AppId, LinkRequestId};
use crate::signin::link::AskAtFirstLogin;
use crate::signin::link::access_request::{AccessState, RequestText};
use crate::signin::remembered_profile::LastProfile;

/// What the person says, and what is known of their sign-in.
#[derive(Debug, Clone)]
pub struct AccessAsk<'a> {
    pub request: LinkRequestId,
    /// What the provider's question offers.
    pub offers: &'a AskAtFirstLogin,
    /// What gives subjects at the provider.
    pub subject_source: &'a str,
    /// What the provider said, as far as the config lets it be kept.
    pub profile: LastProfile,
    pub message: RequestText,
    /// `None`: the person wanted to enter a page of our own.
    pub app: Option<AppId>,
    pub room: Option<String>,
    /// The most requests that may wait.
    pub most: u32,
    /// The network of the person, for the audit.
    pub network: Option<&'a str>,
    pub now: OffsetDateTime,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessAsked {
    Waiting(Box<AccessRequest>),
    /// Too many requests wait. Nothing is written.
    Full,
    /// The link request has expired or is finished, the identity has an account meanwhile, or the person may not ask
    /// now. Nothing is written.
    NotOpen,
}

impl Store {
    /// Keeps the access request, and finishes the link request, which counts once (rule L10).
    ///
    /// # Errors
    /// When the database fails. Then nothing is written.
    pub async fn ask_for_access(&self, ask: AccessAsk<'_>) -> Result<AccessAsked, StoreError> {
        let mut transaction = self.begin().await?;
        let stored = transaction.lock_link_request(ask.request).await?;
        let Some(StoredLinkRequest { request, login: Some(login), .. }) = stored else {
            return Ok(AccessAsked::NotOpen);
        };
        let latest = transaction.lock_access_request_of(&request.identity).await?;
        let may_ask = ask.offers.answers(latest.as_ref().map(AccessRequest::standing), ask.now).request;
        let has_account = transaction.account_by_identity(&request.identity).await?.is_some();
        if !request.is_open(ask.now) || !may_ask || has_account {
            return Ok(AccessAsked::NotOpen);
        }
        let waits = |it: Option<AccessRequest>| it.is_some_and(|it| it.state == AccessState::Waiting);
        if !waits(latest)
            && transaction.count_waiting_access_requests(ask.most).await? >= u64::from(ask.most)
            // On PostgreSQL, another tab of this person may have asked between these two statements.
            && !waits(transaction.lock_access_request_of(&request.identity).await?)
        {
            return Ok(AccessAsked::Full);
        }
        let key = request.identity;
        let new = AccessRequest {
            id: AccessRequestId::fresh(),
            provider: key.provider,
            issuer: key.issuer,
            subject: key.subject,
            subject_source: ask.subject_source.to_owned(),
            profile: ask.profile,
            wished: login.suggested,
            message: ask.message,
            app: ask.app,
            room: ask.room,
            count: 1,
            first_at: ask.now,
            last_at: ask.now,
            state: AccessState::Waiting,
            account: None,
            decided_by: None,
            decided_at: None,
            note: None,
        };
        let kept = transaction.put_access_request(&new).await?;
        transaction.finish_link_request(ask.request).await?;
        // No personal value: the row is about no account, so nobody could erase it with one.
        let entry = AuditEntry {
            app: kept.app.clone(),
            provider: Some(kept.provider.clone()),
            target: Some(AuditTarget::from(&kept.id)),
            network: ask.network.map(str::to_owned),
            ..AuditEntry::new(ask.now, Event::AccessRequested)
        };
        transaction.audit(&entry).await?;
        transaction.commit().await?;
        Ok(AccessAsked::Waiting(Box::new(kept)))
    }
}
