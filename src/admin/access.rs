//! What people with a role may do on the admin pages: one type for each role (rule R4).
//!
//! A handler gets one of these types, and never the store. A type offers only what its role may do. Each operation
//! checks the role again within its own transaction (rule R6).

mod changes;
mod merges;
mod providers;

pub use changes::AccountChanges;
pub use merges::Merging;

use time::OffsetDateTime;
use tower_sessions::session::Id;

use super::{Admin, AdminError, IdentityPage, SearchPage};
use crate::accounts::{
    AccessDecided, AccessLinked, AccountDetails, AccountError, AccountRef, Accounts, Actor, AdminSession, Disabled,
    Enabled, OtherSessionsEnded, RoleConfig, RoleGiven, RoleTaken, Session, SessionEnded, is_fresh,
};
use crate::base::ids::{AccessRequestId, AccountId, ProviderId, Sid};
use crate::base::role::Role;
use crate::base::username::Username;
use crate::signin::link::access_request::RequestText;
use crate::store::{AccessRequest, AuditQuery, AuditRow, IdentityFilter, Lifetimes, RoleHolder, StoreError};

/// Whether somebody may open the admin pages.
#[derive(Debug)]
pub enum Entrance {
    Open(Box<ViewerAccess>),
    /// The account has no role.
    NoRole,
    /// The sign-in is not fresh, the pages were not used for too long, or the session is by another provider than the
    /// config lists.
    SignInAgain,
}

/// Somebody with a role.
#[derive(Debug)]
pub struct ViewerAccess {
    admin: Admin,
    accounts: Accounts,
    actor: Actor,
    pub role: Role,
    pub username: Username,
    /// The provider by which they signed in.
    pub provider: ProviderId,
}

/// Somebody with the role helpdesk or admin.
#[derive(Debug)]
pub struct HelpdeskAccess<'a>(&'a ViewerAccess);

/// Somebody with the role admin.
#[derive(Debug)]
pub struct AdminAccess<'a>(&'a ViewerAccess);

/// How many rows a list shows.
const ROWS: u32 = 50;

impl Admin {
    /// Whether the person of this session may open the admin pages. They open after a fresh sign-in, and stay open
    /// while they are used.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn enter(&self, session: AdminSession) -> Result<Entrance, StoreError> {
        let now = self.clock.now();
        let Some(live) = self.store.live_session(session.session, now).await? else { return Ok(Entrance::SignInAgain) };
        let config = session.config.as_ref();
        let accounts = Accounts::new(self.store.clone(), self.clock.clone()).in_scripts(config.usernames());
        let Some(role) = accounts.role(&session.account, config).await? else { return Ok(Entrance::NoRole) };
        if live.account.id != session.account || !config.admits_admins(&live.signed_in.provider) {
            return Ok(Entrance::SignInAgain);
        }
        let used = self.store.admin_used_at(session.session).await?;
        let is_open = used.is_some_and(|used| now - used <= config.idle());
        if !is_open && !is_fresh(live.signed_in.auth_time, live.signed_in.started_at, config.fresh(), now) {
            return Ok(Entrance::SignInAgain);
        }
        if !is_open || used.is_some_and(|used| is_worth_a_write(used, config, now)) {
            self.store.touch_admin_session(session.session, now).await?;
        }
        let (username, provider) = (live.account.username, live.signed_in.provider);
        let actor = Actor::Admin(session);
        Ok(Entrance::Open(Box::new(ViewerAccess { admin: self.clone(), accounts, actor, role, username, provider })))
    }
}

impl Admin {
    /// Whether this is the secret of an invitation that nobody has used, and that has not expired.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_invitation(&self, secret: &str) -> Result<bool, StoreError> {
        Accounts::new(self.store.clone(), self.clock.clone()).is_invitation(secret).await
    }

    /// Makes the owner of an account, who is signed in, an admin.
    ///
    /// # Errors
    /// As [`Accounts::accept_invitation`].
    pub async fn accept_invitation(
        &self,
        account: &AccountId,
        session: Option<Id>,
        network: Option<String>,
        secret: &str,
    ) -> Result<RoleGiven, AccountError> {
        let accounts = Accounts::new(self.store.clone(), self.clock.clone());
        let owner = Actor::Owner { session, network };
        accounts.accept_invitation(&owner, &AccountRef::Id(account.clone()), secret).await
    }
}

/// A use is recorded at most once per twentieth of the idle time.
fn is_worth_a_write(used: OffsetDateTime, config: &dyn RoleConfig, now: OffsetDateTime) -> bool {
    now - used >= config.idle() / 20
}

impl ViewerAccess {
    /// The rights of helpdesk, if the role has them.
    #[must_use]
    pub fn helpdesk(&self) -> Option<HelpdeskAccess<'_>> {
        (self.role >= Role::Helpdesk).then_some(HelpdeskAccess(self))
    }

    /// The rights of an admin, if the role has them.
    #[must_use]
    pub fn admin(&self) -> Option<AdminAccess<'_>> {
        (self.role >= Role::Admin).then_some(AdminAccess(self))
    }

    /// Finds accounts: see [`Admin::search`].
    ///
    /// # Errors
    /// As [`Admin::search`].
    pub async fn search(&self, text: &str, after: Option<&str>) -> Result<SearchPage, AdminError> {
        self.admin.search(text, after, ROWS).await
    }

    /// Identities that fit a filter: see [`Admin::identity_page`].
    ///
    /// # Errors
    /// As [`Admin::identity_page`].
    pub async fn identities(&self, filter: &IdentityFilter, after: Option<&str>) -> Result<IdentityPage, AdminError> {
        self.admin.identity_page(filter, after, ROWS).await
    }

    /// # Errors
    /// When there is no such account, or the database fails.
    pub async fn account(&self, account: &AccountRef) -> Result<AccountDetails, AccountError> {
        self.accounts.details(account).await
    }

    /// The role of an account, from the config or the database.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn role_of(&self, account: &AccountDetails, config: &dyn RoleConfig) -> Result<Option<Role>, StoreError> {
        self.accounts.role(&account.id, config).await
    }

    /// # Errors
    /// When there is no such account, or the database fails.
    pub async fn sessions(&self, account: &AccountRef, lifetimes: Lifetimes) -> Result<Vec<Session>, AccountError> {
        Ok(self.accounts.sessions(&self.actor, account, lifetimes).await?.sessions)
    }

    /// Whether the account has a password that is kept here.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_password(&self, account: &AccountDetails) -> Result<bool, StoreError> {
        let stored = self.admin.store.password_of(&account.id).await?;
        Ok(stored.is_some_and(|stored| stored.hash.is_some()))
    }

    /// The newest rows of the audit log about an account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn history(&self, account: &AccountDetails) -> Result<Vec<AuditRow>, StoreError> {
        let query = AuditQuery { account: Some(account.id.clone()), limit: ROWS, ..AuditQuery::default() };
        self.admin.store.audit_list(&query).await
    }

    /// The access requests that wait, the first one first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn waiting_access_requests(&self) -> Result<Vec<AccessRequest>, StoreError> {
        self.admin.store.waiting_access_requests(ROWS).await
    }

    /// # Errors
    /// When the database fails.
    pub async fn access_request(&self, id: &AccessRequestId) -> Result<Option<AccessRequest>, StoreError> {
        self.admin.store.access_request(id).await
    }

    /// The accounts to which the database gives a role.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn role_holders(&self) -> Result<Vec<RoleHolder>, StoreError> {
        self.admin.store.role_holders().await
    }
}

impl HelpdeskAccess<'_> {
    /// # Errors
    /// As [`Accounts::end_other_sessions`].
    pub async fn end_sessions(&self, account: &AccountRef) -> Result<OtherSessionsEnded, AccountError> {
        self.0.accounts.end_other_sessions(&self.0.actor, account).await
    }

    /// # Errors
    /// As [`Accounts::end_session_of`].
    pub async fn end_one_session(&self, account: &AccountRef, sid: &Sid) -> Result<SessionEnded, AccountError> {
        self.0.accounts.end_session_of(&self.0.actor, account, sid).await
    }

    /// # Errors
    /// As [`Accounts::disable`].
    pub async fn disable_account(&self, account: &AccountRef) -> Result<Disabled, AccountError> {
        self.0.accounts.disable(&self.0.actor, account).await
    }

    /// # Errors
    /// As [`Accounts::enable`].
    pub async fn enable_account(&self, account: &AccountRef) -> Result<Enabled, AccountError> {
        self.0.accounts.enable(&self.0.actor, account).await
    }

    /// # Errors
    /// As [`Accounts::let_prove`].
    pub async fn let_prove(&self, id: &AccessRequestId) -> Result<AccessDecided, AccountError> {
        self.0.accounts.let_prove(&self.0.actor, id).await
    }

    /// # Errors
    /// As [`Accounts::refuse_access`].
    pub async fn refuse_access(&self, id: &AccessRequestId, note: &RequestText) -> Result<AccessDecided, AccountError> {
        self.0.accounts.refuse_access(&self.0.actor, id, note).await
    }
}

impl AdminAccess<'_> {
    /// # Errors
    /// As [`Accounts::let_in`].
    pub async fn let_in(&self, id: &AccessRequestId) -> Result<AccessLinked, AccountError> {
        self.0.accounts.let_in(&self.0.actor, id, None).await
    }

    /// # Errors
    /// As [`Accounts::give_role`].
    pub async fn assign_role(&self, account: &AccountRef, role: Role) -> Result<RoleGiven, AccountError> {
        self.0.accounts.give_role(&self.0.actor, account, role).await
    }

    /// # Errors
    /// As [`Accounts::take_role`].
    pub async fn withdraw_role(&self, account: &AccountRef) -> Result<RoleTaken, AccountError> {
        self.0.accounts.take_role(&self.0.actor, account).await
    }
}
