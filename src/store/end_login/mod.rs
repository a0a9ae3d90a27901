//! The end of a login: one call that writes the replay key, the session and the audit row together, or none of them.
//!
//! Nearly all logins are by returning people whom the rules let in. For them the call is one statement and, on SQLite,
//! often a commit that is shared with other logins. All others take a transaction, step by step. The outcome is the
//! same either way: the statement checks everything that the decision relied on, and writes nothing if some of it has
//! changed.
//!
//! | file | holds |
//! | --- | --- |
//! | `step_by_step` | the transaction that can end every login |
//! | `returning_login` | the single statement for a returning person |
//! | `returning_login_row` | its values and its text |
//! | `account_cache` | accounts of recent logins, so that the single statement needs no read before it |
//! | `group_commit` | statements that wait for SQLite's writer share one commit |

mod account_cache;
mod group_commit;
mod returning_login;
mod returning_login_row;
mod step_by_step;

use time::OffsetDateTime;
use tower_sessions::session::Id;

use super::{AuditEntry, SessionLogin, SingleUse, Store, StoreError};
use crate::base::ids::{AccountId, AppId};
use crate::base::username::Username;
use crate::signin::account::{Account, Profile};
use crate::signin::identify::{IdentityKey, PasswordGeneration, ProviderSession};
use account_cache::AccountCache;
use group_commit::GroupCommit;

/// A login whose person is identified: what its end writes, and what the sign-in relied on.
#[derive(Debug)]
pub struct EndingLogin<'l> {
    pub app: &'l AppId,
    pub identity: &'l IdentityKey,
    pub profile: &'l Profile,
    /// When the person last proved who they are, where the provider said so.
    pub auth_time: Option<OffsetDateTime>,
    pub provider_session: &'l ProviderSession,
    /// The local password that was compared, if a local password proved the person (security rule C25).
    pub password: Option<PasswordGeneration>,
    /// Our client at the provider, noted with an identity that this login links.
    pub client_id: Option<&'l str>,
    /// Where the person signs in from, for the audit.
    pub network: Option<&'l str>,
    pub now: OffsetDateTime,
    /// The login that the callback finishes. A password typed on our own page finishes none.
    pub single_use: Option<SingleUse>,
    /// The session to open. An app that asks for its user gets a token and no session.
    pub session: Option<SessionToOpen>,
}

/// A session to open.
#[derive(Debug, Clone, Copy)]
pub struct SessionToOpen {
    pub expires_at: OffsetDateTime,
    /// The browser's session until now, which ends (security rule C37).
    pub replaces: Option<Id>,
}

/// The rules of one login. They are pure: the store asks again when the account turns out to be another than it
/// thought.
pub trait Decide {
    type Grant;
    type Refusal;

    /// No account is linked to the identity: the username of the account to make, or why none is made.
    ///
    /// # Errors
    /// Why the person is refused.
    fn unlinked(&self) -> Result<Username, Self::Refusal>;

    /// This account is linked to the identity.
    fn linked(&self, account: Account) -> Ruling<Self::Grant, Self::Refusal>;
}

/// What the rules say of an account.
#[derive(Debug)]
pub enum Ruling<G, R> {
    /// The person is signed in and may enter the app.
    Grant(G),
    /// The person is signed in, and may not enter this app. `audit` is the row that says so.
    Deny { refusal: R, audit: Box<AuditEntry> },
    /// The person is not signed in.
    Refuse(R),
}

/// How a login ended.
#[derive(Debug)]
pub enum LoginEnd<G, R> {
    /// Everything is written.
    SignedIn { session: Option<Id>, outcome: Result<G, R>, new_account: Option<NewAccount> },
    /// The rules refuse the person. Nothing is written.
    Refused(R),
    /// Another callback finished this login before. Nothing is written.
    Replayed { first_at: OffsetDateTime },
    /// The account has another password by now than the one that was compared (C25). Nothing is written.
    PasswordChanged,
    /// An account was to be made, but its username is taken with all its numbers. Nothing is written.
    NoNameFree,
}

/// An account that this login made, and the name that was wished for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccount {
    pub wished: Username,
    pub given: Username,
    /// The account that has the wished name, or one that looks the same.
    pub taken_by: Option<Username>,
}

/// What the store keeps between logins.
#[derive(Debug, Default)]
pub(super) struct LoginEnds {
    accounts: AccountCache,
    waiting: GroupCommit,
}

impl Store {
    /// Ends a login: links or makes the account, asks the rules, opens the session, and writes the audit row. What the
    /// sign-in relied on still holds when it commits: the link, the account's state, and the generation of its
    /// password.
    ///
    /// # Errors
    /// When the database fails. Then nothing is written.
    pub async fn end_login<D: Decide>(
        &self,
        login: &EndingLogin<'_>,
        rules: &D,
    ) -> Result<LoginEnd<D::Grant, D::Refusal>, StoreError> {
        match self.end_returning_login(login, rules).await? {
            Some(end) => Ok(end),
            None => self.end_login_step_by_step(login, rules).await,
        }
    }
}

impl EndingLogin<'_> {
    fn signed_in(&self, account: AccountId) -> SessionLogin {
        let IdentityKey { provider, issuer, subject } = self.identity.clone();
        SessionLogin {
            account,
            provider,
            issuer,
            subject,
            profile: self.profile.clone(),
            auth_time: self.auth_time,
            started_at: self.now,
            provider_session: self.provider_session.clone(),
        }
    }
}
