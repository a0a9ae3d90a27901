//! Lists and ends sessions.

use serde::Serialize;
use time::OffsetDateTime;
use tower_sessions::session::Id;

use super::operation::Operation;
use super::permission::Permission;
use super::{AccountError, AccountName, AccountRef, Accounts, Actor, Change};
use crate::base::ids::{AccountId, ProviderId, Sid};
use crate::base::user_agent::UserAgent;
use crate::store::{AuditDetail, AuditEntry, Event, Lifetimes, LiveSession, SessionRow, StoreError};

/// A session that has not ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Session {
    pub sid: Sid,
    /// `None`: nobody knows.
    pub agent: Option<UserAgent>,
    /// The network of the sign-in: an IPv4 /24 or an IPv6 /64.
    pub network: Option<String>,
    pub provider: ProviderId,
    #[serde(with = "time::serde::rfc3339")]
    pub started_at: OffsetDateTime,
    /// To about a twentieth of the idle time. The session may have been used later.
    #[serde(with = "time::serde::rfc3339")]
    pub last_used: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
    /// Whether it is the session of the actor.
    pub is_current: bool,
}

/// The sessions of one account, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sessions {
    pub account: AccountName,
    pub sessions: Vec<Session>,
}

/// One session that was ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SessionEnded {
    pub account: AccountName,
    pub sid: Sid,
    pub change: Change,
}

/// All sessions of an account that were ended. The session of the actor stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OtherSessionsEnded {
    pub account: AccountName,
    pub sessions_ended: u64,
}

impl Accounts {
    /// Ends a session (security rule C37). If it was live, returns it and writes a row into the audit log.
    ///
    /// # Errors
    /// When the database fails. Then the session has not ended.
    pub async fn end_session(&self, actor: &Actor, session: Id) -> Result<Option<LiveSession>, StoreError> {
        let live = self.store.live_session(session, self.clock.now()).await?;
        let mut operation = self.begin_own(actor).await?;
        let was_there = operation.transaction.end_session(session).await?;
        let ended = live.filter(|_| was_there);
        if let Some(LiveSession { account, signed_in, .. }) = &ended {
            let provider = Some(signed_in.provider.clone());
            let row = AuditEntry { provider, ..operation.row_about(Event::SignedOut, &account.id) };
            operation.transaction.audit(&row).await?;
        }
        operation.commit().await?;
        Ok(ended)
    }

    /// The sessions of an account. `lifetimes` tell when a session was last used.
    ///
    /// # Errors
    /// When there is no such account, or the database fails.
    pub async fn sessions(
        &self,
        actor: &Actor,
        account: &AccountRef,
        lifetimes: Lifetimes,
    ) -> Result<Sessions, AccountError> {
        let (account, now) = (self.details(account).await?, self.clock.now());
        let rows = self.store.sessions_of(&account.id, actor.session(), now).await?;
        let sessions = rows.into_iter().map(|row| Session::of(row, lifetimes, now)).collect();
        Ok(Sessions { account: AccountName { id: account.id, username: account.username }, sessions })
    }

    /// Ends one session of an account, by its public id. Another account's session does not end.
    ///
    /// # Errors
    /// When there is no such account, the owner who asks is no longer signed in, or the database fails.
    pub async fn end_session_of(
        &self,
        actor: &Actor,
        account: &AccountRef,
        sid: &Sid,
    ) -> Result<SessionEnded, AccountError> {
        let mut operation = self.begin(actor, Permission::EndSessions).await?;
        let account = AccountName::from(&operation.find(account).await?);
        operation.check_owner(&account.id).await?;
        // The raised version drops the proofs of the account in link requests, which another browser may hold (rule
        // L8).
        operation.transaction.lock_account(&account.id).await?;
        let change = if operation.transaction.end_session_of(&account.id, sid).await? {
            operation.record(Event::SessionEnded, &account.id, AuditDetail::new().text("session ").fact(sid)).await?;
            operation.commit().await?;
            Change::Done
        } else {
            Change::Already
        };
        Ok(SessionEnded { account, sid: sid.clone(), change })
    }

    /// Ends all sessions of an account but the one of the actor.
    ///
    /// # Errors
    /// When there is no such account, the owner who asks is no longer signed in, or the database fails.
    pub async fn end_other_sessions(
        &self,
        actor: &Actor,
        account: &AccountRef,
    ) -> Result<OtherSessionsEnded, AccountError> {
        let mut operation = self.begin(actor, Permission::EndSessions).await?;
        let account = AccountName::from(&operation.find(account).await?);
        operation.check_owner(&account.id).await?;
        // As above. A browser with a link request may have no session.
        operation.transaction.lock_account(&account.id).await?;
        let sessions_ended = match actor.session() {
            Some(stays) => operation.transaction.end_other_sessions_of(&account.id, stays).await?,
            None => operation.transaction.end_sessions_of(&account.id).await?,
        };
        if sessions_ended > 0 {
            let detail = AuditDetail::new().sessions(sessions_ended).text(" ended");
            operation.record(Event::SessionsEnded, &account.id, detail).await?;
        }
        operation.commit().await?;
        Ok(OtherSessionsEnded { account, sessions_ended })
    }
}

impl Operation<'_> {
    /// Checks that the owner who acts is still signed in to this account (security rule C27). Their session may have
    /// ended since the request was read.
    pub(super) async fn check_owner(&mut self, account: &AccountId) -> Result<(), AccountError> {
        let held = match self.actor {
            Actor::Owner { session: Some(session), .. } => self.transaction.lock_session(*session, account).await?,
            Actor::Owner { session: None, .. } => None,
            Actor::Admin(_) | Actor::Operator { .. } | Actor::Server | Actor::Demo => return Ok(()),
        };
        held.map(drop).ok_or(AccountError::NotSignedIn)
    }
}

impl Session {
    fn of(row: SessionRow, lifetimes: Lifetimes, now: OffsetDateTime) -> Self {
        let last_used = lifetimes.last_used(&row, now);
        let SessionRow { sid, signed_in, network, agent, expires_at, is_current } = row;
        let (provider, started_at) = (signed_in.provider, signed_in.started_at);
        Self { sid, agent, network, provider, started_at, last_used, expires_at, is_current }
    }
}
