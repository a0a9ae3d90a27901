//! The end of a login: one call that writes the replay key, the session and the audit row together, or none of them.
//!
//! Nearly all logins are by returning people whom the rules let in. Such a login is one statement and, on SQLite, often
//! shares its commit with other logins. All other logins use a transaction of several statements. The outcome is the
//! same: the single statement checks all facts that the decision relied on, and writes nothing if one has changed.
//!
//! | file | holds |
//! | --- | --- |
//! | `step_by_step` | the transaction that can end every login |
//! | `domain_claim` | the account that an identity claims by its address |
//! | `link_answer` | the account of a person who was asked at their first login |
//! | `returning_login` | the single statement for a returning person |
//! | `returning_login_row` | its values and its text |
//! | `account_cache` | accounts of recent logins, so that the single statement needs no read before it |
//! | `group_commit` | statements that wait for SQLite's writer share one commit |

mod account_cache;
mod domain_claim;
mod group_commit;
mod link_answer;
mod returning_login;
mod returning_login_row;
mod step_by_step;

use time::OffsetDateTime;
use tower_sessions::session::Id;

use super::{AuditEntry, SessionLogin, SingleUse, Store, StoreError};
use crate::base::ids::{AccountId, AppId, LinkRequestId, LinkRequestSecret, ProviderId};
use crate::base::mail_address::MailAddress;
use crate::base::user_agent::UserAgent;
use crate::base::username::Username;
use crate::signin::account::{Account, Profile};
use crate::signin::identify::{ExternalIdentity, IdentityKey, SettingsFingerprint};
use crate::signin::link::request::NotConfirmed;
use crate::signin::remembered_profile::RememberedProfile;
use account_cache::AccountCache;
use group_commit::GroupCommit;

/// A login of an identified person: the values to write at its end, and the facts that the sign-in relied on.
#[derive(Debug)]
pub struct EndingLogin<'l> {
    /// `None`: the login leads to a page of our own.
    pub app: Option<&'l AppId>,
    pub identity: &'l ExternalIdentity,
    pub profile: &'l Profile,
    /// What the database keeps of `profile` with the identity.
    pub remembered: &'l RememberedProfile,
    /// The provider's settings that `profile` relies on.
    pub settings: &'l SettingsFingerprint,
    /// What gives subjects at the provider now. An identity whose subject something else gave is refused (C21).
    pub subject_source: &'l str,
    /// Our client at the provider. It is stored with an identity that this login links.
    pub client_id: Option<&'l str>,
    /// Whether the provider was asked to authenticate the person again.
    pub reauthenticated: bool,
    /// The network of the person, for the audit and the session.
    pub network: Option<&'l str>,
    pub now: OffsetDateTime,
    /// The replay key of the login that a callback finishes. `None` for a password that was typed on our own page.
    pub single_use: Option<SingleUse>,
    /// The answer of a person who was asked at their first login. `None`: this is a login.
    pub answer: Option<LinkAnswer>,
    /// The session to open. `None` if an app itself asks for its user: it gets a token and no session.
    pub session: Option<SessionToOpen>,
    /// The verified address of the person, if the provider is authoritative for its domain (rule L3). By it, an unknown
    /// identity may claim an account.
    pub authoritative_address: Option<&'l MailAddress>,
}

/// The answer to a [`Question`].
#[derive(Debug, Clone, Copy)]
pub struct LinkAnswer {
    pub request: LinkRequestId,
    pub choice: LinkChoice,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkChoice {
    /// The person has no account yet.
    MakeAccount,
    /// The identity shall open the account that they have proved.
    LinkToProved,
}

/// A session to open.
#[derive(Debug, Clone, Copy)]
pub struct SessionToOpen {
    pub expires_at: OffsetDateTime,
    /// The browser's previous session. It ends (security rule C37).
    pub replaces: Option<Id>,
    /// The browser, so that the person recognises the session later.
    pub agent: Option<UserAgent>,
}

/// The rules of one login. They must be pure: if the account has changed meanwhile, the store calls them again.
pub trait Decide {
    type Grant;
    type Refusal;

    /// The decision when no account is linked to the identity.
    ///
    /// # Errors
    /// Why the person is refused.
    fn unlinked(&self) -> Result<UnlinkedRuling, Self::Refusal>;

    /// The decision when this account is linked to the identity.
    fn linked(&self, account: Account) -> Ruling<Self::Grant, Self::Refusal>;
}

/// The decision of the rules about an identity that no account has.
#[derive(Debug)]
pub enum UnlinkedRuling {
    /// Make an account with this name, or with the next free one after it.
    Provision(Username),
    Ask(Box<Question>),
}

/// The person is asked whether they have an account.
#[derive(Debug)]
pub struct Question {
    /// The name of a new account, if they may have one.
    pub wished: Option<Username>,
    /// The username that an admin may give the person.
    pub suggested: Option<Username>,
    /// Where the sign-in leads, as JSON.
    pub destination: String,
}

/// The decision of the rules about an account.
#[derive(Debug)]
pub enum Ruling<G, R> {
    /// The person is signed in and may enter the app.
    Grant(G),
    /// The person is signed in, and may not enter this app. `audit`: the row that records this.
    Deny { refusal: R, audit: Box<AuditEntry> },
    /// The person is not signed in.
    Refuse(R),
}

/// How a login ended.
#[derive(Debug)]
pub enum LoginEnd<G, R> {
    /// Everything is written.
    SignedIn { session: Option<Id>, outcome: Result<G, R>, new_account: Option<NewAccount> },
    /// The person is asked whether they have an account. This secret leads to the request.
    Asked(LinkRequestSecret),
    /// The answer to the question links nothing. Nothing is written.
    NotConfirmed(NotConfirmed),
    /// The rules refuse the person. Nothing is written.
    Refused(R),
    /// Something else gave the subject when the identity was linked, so it may be another person's. Nothing is written.
    OtherSubjectSource { former: String },
    /// This provider is suspended: the one of the identity, or the one by which the account was proved. Nothing is
    /// written.
    ProviderSuspended(ProviderId),
    /// Another callback finished this login before. Nothing is written.
    Replayed { first_at: OffsetDateTime },
    /// The account's password has changed since it was compared (C25). Nothing is written.
    PasswordChanged,
    /// An account should be made, but its username is taken, and so are its variants with a number. Nothing is written.
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

/// The state that the store keeps between logins.
#[derive(Debug, Default)]
pub(super) struct LoginEnds {
    accounts: AccountCache,
    waiting: GroupCommit,
}

impl Store {
    /// Ends a login: links or makes the account, calls the rules, opens the session, and writes the audit row. Until
    /// the commit, nothing can change what the sign-in relied on: the link, the account's state, and the generation of
    /// its password.
    ///
    /// # Errors
    /// When the database fails. Then nothing is written.
    pub async fn end_login<D: Decide>(
        &self,
        login: &EndingLogin<'_>,
        rules: &D,
    ) -> Result<LoginEnd<D::Grant, D::Refusal>, StoreError> {
        if login.answer.is_none()
            && let Some(end) = self.end_returning_login(login, rules).await?
        {
            return Ok(end);
        }
        self.end_login_step_by_step(login, rules).await
    }
}

impl EndingLogin<'_> {
    fn signed_in(&self, account: AccountId) -> SessionLogin {
        let IdentityKey { provider, issuer, subject } = self.identity.key.clone();
        SessionLogin {
            account,
            provider,
            issuer,
            subject,
            profile: self.profile.clone(),
            settings: self.settings.clone(),
            auth_time: self.identity.auth_time,
            started_at: self.now,
            provider_session: self.identity.provider_session.clone(),
            reauthenticated: self.reauthenticated,
        }
    }
}
