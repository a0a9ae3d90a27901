//! Accounts of our own: made with a password, given another, removed; and a person's change of their own.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{AccountName, Admin, AdminError, Change, Whom, find};
use crate::base::clock::Clock;
use crate::base::ids::Group;
use crate::base::secret::Secret;
use crate::base::username::Username;
use crate::signin::identify::password::{NotAccepted, Typed, Unusable, Wrong};
use crate::store::{AuditEntry, Event, Linking, LiveSession, StoreError, Transaction};
use crate::upstream::attempt::Attempt;
use crate::upstream::password::policy::Weak;
use crate::upstream::password::{Compared, Hashed, Keeper, NotDone};

/// An account that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Added {
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

/// An account that is gone, and what went with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RemovedUser {
    #[serde(flatten)]
    pub account: AccountName,
    pub identities: u64,
    pub sessions_ended: u64,
}

impl Admin {
    /// Makes an account that its owner signs in to by a password.
    ///
    /// # Errors
    /// When the name is taken, the password is none, or the database fails.
    pub async fn add_user(
        &self,
        keeper: &Keeper,
        name: &Username,
        groups: &BTreeSet<Group>,
        password: &Secret<String>,
    ) -> Result<Added, AdminError> {
        fit(keeper, password, name).await?;
        let hashed = keeper.hash(password).await?;
        let mut transaction = self.store.begin().await?;
        let Some(account) = transaction.make_account(name).await? else {
            let by = find(&mut transaction, &Whom::Name(name.clone())).await?.username;
            return Err(AdminError::NameTaken { wished: name.clone(), by });
        };
        transaction.audit(&self.entry_about(Event::AccountMade, &account.id, name.as_str())).await?;
        for group in groups {
            transaction.add_to_group(&account.id, group).await?;
            let detail = format!("{name}: {group}");
            transaction.audit(&self.entry_about(Event::GroupAdded, &account.id, detail)).await?;
        }
        let account = AccountName::from(&account);
        self.set(&mut transaction, keeper, &account, &hashed).await?;
        transaction.commit().await?;
        Ok(Added { account, groups: groups.clone() })
    }

    /// Gives an account a password, or another in place of the one it has. Its sessions end (security rule C25).
    ///
    /// # Errors
    /// When there is no such account, the password is none, or the database fails.
    pub async fn set_password(
        &self,
        keeper: &Keeper,
        whom: &Whom,
        password: &Secret<String>,
    ) -> Result<PasswordSet, AdminError> {
        let name = self.user(whom).await?.username;
        fit(keeper, password, &name).await?;
        let hashed = keeper.hash(password).await?;
        let mut transaction = self.store.begin().await?;
        let account = AccountName::from(&find(&mut transaction, whom).await?);
        let sessions_ended = self.set(&mut transaction, keeper, &account, &hashed).await?;
        transaction.commit().await?;
        Ok(PasswordSet { account, sessions_ended })
    }

    /// Removes an account for good: its name is free, its id is never used again. What it did stays in the audit.
    ///
    /// # Errors
    /// When there is no such account, or the database fails.
    pub async fn remove_user(&self, whom: &Whom) -> Result<RemovedUser, AdminError> {
        let mut transaction = self.store.begin().await?;
        let account = AccountName::from(&find(&mut transaction, whom).await?);
        let removed = transaction.remove_account(&account.id).await?;
        let detail = format!(
            "{}; {} identities and {} sessions went with it",
            account.username, removed.identities, removed.sessions
        );
        transaction.audit(&self.entry_about(Event::AccountRemoved, &account.id, detail)).await?;
        transaction.commit().await?;
        Ok(RemovedUser { account, identities: removed.identities, sessions_ended: removed.sessions })
    }

    /// Writes the hash down, and ties the account to the provider that asks for it. Says how many sessions ended.
    async fn set(
        &self,
        transaction: &mut Transaction,
        keeper: &Keeper,
        account: &AccountName,
        hashed: &Hashed,
    ) -> Result<u64, AdminError> {
        let sessions = transaction.end_sessions_of(&account.id).await?;
        transaction.set_password(&account.id, hashed.as_str()).await?;
        if let Linking::Anothers { account, username } =
            transaction.link(&keeper.identity(&account.id), &account.id).await?
        {
            return Err(AdminError::IdentityOfAnother { account, username });
        }
        let detail = format!("{}; {sessions} sessions ended", account.username);
        let mut entry = self.entry_about(Event::PasswordSet, &account.id, detail);
        entry.provider = Some(keeper.provider().clone());
        transaction.audit(&entry).await?;
        Ok(sessions)
    }
}

/// Whether it may become this account's password. Whatever may not be typed at a sign-in (security rule C41) may not be set.
async fn fit(keeper: &Keeper, password: &Secret<String>, name: &Username) -> Result<(), Unfit> {
    Typed::parse(name.to_string(), password.clone())?;
    Ok(keeper.weigh(password, name.to_string()).await??)
}

/// Why it may not become a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error(transparent)]
    Unusable(#[from] Unusable),
    #[error(transparent)]
    Weak(#[from] Weak),
    #[error(transparent)]
    NotDone(#[from] NotDone),
}

/// A person's change of their own password.
#[derive(Debug)]
pub struct OwnChange<'c> {
    /// The session that they ask in: it stays, all others end.
    pub session: &'c LiveSession,
    /// The account's name and the old password, behind the gate that counts tries: by [`Attempt::new`], with the gate of
    /// [`Keeper::provider`], so that a stolen session is no way around the count.
    pub old: Attempt<'c>,
    pub new: &'c Secret<String>,
    /// For the audit.
    pub network: Option<&'c str>,
}

/// Why a password was not changed. Nothing was.
#[derive(Debug, thiserror::Error)]
pub enum NotChanged {
    /// Held, busy, or refused with [`Wrong::Password`]: a try to be counted.
    #[error("the old password: {0}")]
    Old(NotAccepted),
    #[error("the account has no password")]
    NoPassword,
    #[error("the new one: {0}")]
    New(#[from] Unfit),
    #[error("it was changed by somebody else at the same moment")]
    Meanwhile,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<NotDone> for NotChanged {
    fn from(why: NotDone) -> Self {
        Self::Old(why.into())
    }
}

/// A password that its owner changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnChanged {
    #[serde(flatten)]
    pub account: AccountName,
    pub change: Change,
    /// The others: the one they asked in stands.
    pub sessions_ended: u64,
}

/// Changes the password of whoever is signed in, who has to know the old one. Their other sessions end (security rule C25).
/// The new one may be the old one: then nothing is written.
///
/// # Errors
/// When the old one is wrong, the new one is none, or the database fails.
pub async fn change_own(keeper: &Keeper, clock: &Clock, change: OwnChange<'_>) -> Result<OwnChanged, NotChanged> {
    let account = AccountName::from(&change.session.account);
    fit(keeper, change.new, &account.username).await?;
    let kept = keeper.store().password_of(&account.id).await?.and_then(|kept| kept.hash);
    let kept = kept.ok_or(NotChanged::NoPassword)?;
    let old = change.old.password_for(account.id.as_str()).await.map_err(NotChanged::Old)?;
    let wrong = || NotAccepted::Refused { why: Wrong::Password, who: Some(account.id.as_str().into()) };
    match keeper.compare(old, &kept).await? {
        Compared::Same(_) => {}
        Compared::Different => return Err(NotChanged::Old(wrong())),
        Compared::Unusable(why) => {
            tracing::error!(account = %account.id, "its password can't be compared with: {why}");
            return Err(NotChanged::Old(wrong()));
        }
    }
    if keeper.same(old, change.new) {
        return Ok(OwnChanged { account, change: Change::WasSoBefore, sessions_ended: 0 });
    }
    let hashed = keeper.hash(change.new).await?;
    let mut transaction = keeper.store().begin().await?;
    if !transaction.change_password(&account.id, &kept, hashed.as_str()).await? {
        return Err(NotChanged::Meanwhile);
    }
    let sessions_ended = transaction.end_other_sessions_of(&account.id, change.session.id).await?;
    let entry = AuditEntry {
        provider: Some(keeper.provider().clone()),
        account: Some(account.id.clone()),
        detail: Some(format!("{}; {sessions_ended} other sessions ended", account.username)),
        network: change.network.map(str::to_owned),
        ..AuditEntry::new(clock.now(), Event::PasswordChanged)
    };
    transaction.audit(&entry).await?;
    transaction.commit().await?;
    Ok(OwnChanged { account, change: Change::Done, sessions_ended })
}
