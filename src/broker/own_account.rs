//! What people see and do on the page of their own account.

use super::context::Context;
use super::deliver::ActiveSession;
use super::live_config::LiveConfig;
use super::refusal::{Cause, Refusal};
use super::{Broker, Visitor};
use crate::accounts::{AccountDetails, AccountError, AccountRef, Export, Session};
use crate::base::ids::{AppId, Sid};
use crate::signin::account::Person;
use crate::signin::app::App;
use crate::signin::identify::IdentityKey;
use crate::store::{AuditQuery, AuditRow, StoreError};

/// The person of this browser's session.
#[derive(Debug)]
pub struct SignedIn {
    pub person: Person,
    /// The identity by which they signed in.
    pub identity: IdentityKey,
    pub freshness: Freshness,
}

/// Whether the person has proved lately who they are (NIST SP 800-63B §4.2.3; OWASP ASVS 5.0 §7.5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    Fresh,
    /// They sign in again before they change something.
    Old,
    /// The same, and their provider does not say when it authenticated them.
    OldWithoutTime,
}

/// An account, as its owner sees it.
#[derive(Debug)]
pub struct OwnAccount {
    pub details: AccountDetails,
    pub has_password: bool,
    /// The newest first.
    pub sessions: Vec<Session>,
    /// The newest rows of the audit log about the account.
    pub history: Vec<AuditRow>,
}

/// How many rows of the audit log the page shows.
const HISTORY: u32 = 20;

impl LiveConfig {
    /// The enabled apps, by their ids.
    #[must_use]
    pub fn enabled_apps(&self) -> Vec<&App> {
        let mut apps: Vec<&App> = self.apps().map(AsRef::as_ref).filter(|app| app.enabled).collect();
        apps.sort_by(|one, other| (&one.name, AppId::as_str(&one.id)).cmp(&(&other.name, other.id.as_str())));
        apps
    }
}

impl Broker {
    /// The person who is signed in. `None`: nobody is, or the session has ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn signed_in(&self, config: &LiveConfig, visitor: &Visitor) -> Result<Option<SignedIn>, Refusal> {
        let session = self.active_session(config, visitor.session).await;
        let session = session.map_err(|why| why.refuse(Context::default()))?;
        Ok(session.map(|session| SignedIn {
            freshness: self.freshness(config, &session),
            person: session.person,
            identity: session.identity,
        }))
    }

    pub(super) fn freshness(&self, config: &LiveConfig, session: &ActiveSession) -> Freshness {
        // A provider may have signed the person in by an older session of its own, and says when that began. Without
        // this time, it has to have been asked to authenticate them again (rule L6).
        let Some(auth_time) = session.auth_time.or(session.reauthenticated.then_some(session.started_at)) else {
            return Freshness::OldWithoutTime;
        };
        match (self.clock.now() - auth_time.min(session.started_at) <= config.fresh, session.auth_time) {
            (true, _) => Freshness::Fresh,
            (false, Some(_)) => Freshness::Old,
            (false, None) => Freshness::OldWithoutTime,
        }
    }

    /// What the page shows. `None`: an admin has removed the account meanwhile.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn own_account(
        &self,
        config: &LiveConfig,
        person: &Person,
        visitor: &Visitor,
    ) -> Result<Option<OwnAccount>, Refusal> {
        let (id, actor) = (&person.account.id, visitor.actor());
        let read = async {
            let account = AccountRef::Id(id.clone());
            let details = self.accounts.details(&account).await?;
            let sessions = self.accounts.sessions(&actor, &account, config.lifetimes).await?.sessions;
            let has_password = config.has_local_passwords() && self.store.password_of(id).await?.is_some();
            let query = AuditQuery { account: Some(id.clone()), limit: HISTORY, ..AuditQuery::default() };
            let history = self.store.audit_list(&query).await?;
            Ok(OwnAccount { details, has_password, sessions, history })
        };
        unless_ended(read.await).map_err(refused)
    }

    /// Ends one session of the person, by its public id. `None`: the person's own session has ended meanwhile.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_own_session(&self, person: &Person, sid: &Sid, visitor: &Visitor) -> Result<Option<()>, Refusal> {
        let account = AccountRef::Id(person.account.id.clone());
        let ended = self.accounts.end_session_of(&visitor.actor(), &account, sid).await;
        unless_ended(ended.map(drop)).map_err(refused)
    }

    /// Ends all sessions of the person but this browser's. `None`: see [`Self::end_own_session`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_other_own_sessions(&self, person: &Person, visitor: &Visitor) -> Result<Option<()>, Refusal> {
        let account = AccountRef::Id(person.account.id.clone());
        let ended = self.accounts.end_other_sessions(&visitor.actor(), &account).await;
        unless_ended(ended.map(drop)).map_err(refused)
    }

    /// Everything in the database that names the person. `None`: see [`Self::end_own_session`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn export_own_account(
        &self,
        config: &LiveConfig,
        person: &Person,
        visitor: &Visitor,
    ) -> Result<Option<Export>, Refusal> {
        let account = AccountRef::Id(person.account.id.clone());
        let export = self.accounts.export(&visitor.actor(), &account, config.lifetimes).await;
        unless_ended(export).map_err(refused)
    }
}

/// `None`: the person's session or account has ended meanwhile, so they sign in again.
fn unless_ended<T>(done: Result<T, AccountError>) -> Result<Option<T>, StoreError> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(AccountError::Store(why)) => Err(why),
        // The others say that the session or the account is gone, or belong to other operations.
        Err(_) => Ok(None),
    }
}

fn refused(why: StoreError) -> Refusal {
    Cause::Store(why).refuse(Context::default())
}
