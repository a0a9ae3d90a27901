//! What an identity admin can do, written once for the command line, the pages and the API.
//!
//! Each act is one transaction with its row in the audit, and returns what it did, ready to be shown or serialised.

mod change;
mod identities;
mod import;
mod keys;
mod passwords;
mod push;
mod rehearse;
mod tries;
mod users;

pub use change::Change;
pub use identities::{Identity, IfMissing, Linked, Unlinked};
pub use import::{Import, Imported, Listed, Place, Problem, Refused, Run, Settled, WhoIsThere};
pub use keys::{Key, RotatedKeys};
pub use passwords::{Added, PasswordSet, RemovedUser};
pub use push::{PushedKeys, PushedTo, SERVER};
pub use rehearse::{Entry, WouldBe, entries, would_be};
pub use tries::{AllReleased, NameReleased, Released};
pub use users::{Disabled, Enabled, GroupChanged, Renamed, User, UserPage};

use serde::Serialize;

use crate::base::clock::Clock;
use crate::base::ids::AccountId;
use crate::base::lookalike::{MixedScripts, Scripts};
use crate::base::username::Username;
use crate::passwords::HashingError;
use crate::passwords::policy::Unfit;
use crate::signer::SignerError;
use crate::signin::account::Account;
use crate::store::{AuditEntry, Event, Store, StoreError, Transaction};

/// An admin at work.
#[derive(Debug, Clone)]
pub struct Admin {
    store: Store,
    clock: Clock,
    actor: String,
    scripts: Scripts,
}

/// Whose account an act is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    Name(Username),
    Id(AccountId),
}

impl std::fmt::Display for Whom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(name) => write!(f, "\"{name}\""),
            Self::Id(id) => write!(f, "id {id}"),
        }
    }
}

/// Why an act was not done. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    #[error("there is no account {0}; `vestibule user list` shows those there are")]
    NoSuchAccount(Whom),
    #[error("\"{wished}\" is taken: {}", WhyTaken { wished, by })]
    NameTaken { wished: Username, by: Username },
    #[error(transparent)]
    Scripts(#[from] MixedScripts),
    #[error("this identity is tied to the account \"{username}\" (id {account}); untie it there first")]
    IdentityOfAnother { account: AccountId, username: Username },
    #[error("no account is tied to this identity; `vestibule identity list` shows the ties there are")]
    NoSuchIdentity,
    #[error("no keys yet: the first start of `vestibule serve` makes one")]
    NoKeys,
    #[error(transparent)]
    NotAPassword(#[from] Unfit),
    #[error(transparent)]
    NotHashed(#[from] HashingError),
    #[error(transparent)]
    Signer(#[from] SignerError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Admin {
    /// `actor` is how the audit names who acts: `cli:root`.
    #[must_use]
    pub fn new(store: Store, clock: Clock, actor: impl Into<String>) -> Self {
        Self { store, clock, actor: actor.into(), scripts: Scripts::default() }
    }

    /// The same admin, who gives names in such scripts.
    #[must_use]
    pub fn in_scripts(self, scripts: Scripts) -> Self {
        Self { scripts, ..self }
    }

    /// An entry of the audit, to be filled in.
    fn entry(&self, event: Event) -> AuditEntry {
        AuditEntry { actor: Some(self.actor.clone()), ..AuditEntry::new(self.clock.now(), event) }
    }

    fn entry_about(&self, event: Event, account: &AccountId, detail: impl Into<String>) -> AuditEntry {
        AuditEntry { account: Some(account.clone()), detail: Some(detail.into()), ..self.entry(event) }
    }
}

/// What a name has in common with the name of another account.
struct WhyTaken<'n> {
    wished: &'n Username,
    by: &'n Username,
}

impl std::fmt::Display for WhyTaken<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { wished, by } = self;
        if wished.folded() == by.folded() {
            write!(f, "the account \"{by}\" has that name, or one that differs only in case")
        } else {
            write!(f, "it looks like the account \"{by}\", whose name is written in other letters; choose another")
        }
    }
}

/// The error where a name could not be given.
async fn taken(transaction: &mut Transaction, wished: &Username) -> AdminError {
    match transaction.holder(wished).await {
        Ok(Some(by)) => AdminError::NameTaken { wished: wished.clone(), by },
        Ok(None) => AdminError::NoSuchAccount(Whom::Name(wished.clone())),
        Err(why) => why.into(),
    }
}

async fn find(transaction: &mut Transaction, whom: &Whom) -> Result<Account, AdminError> {
    let found = match whom {
        Whom::Name(name) => transaction.account_by_name(name).await?,
        Whom::Id(id) => transaction.account(id).await?,
    };
    found.ok_or_else(|| AdminError::NoSuchAccount(whom.clone()))
}

/// An account, named shortly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountName {
    pub id: AccountId,
    pub username: Username,
}

impl From<&Account> for AccountName {
    fn from(account: &Account) -> Self {
        Self { id: account.id.clone(), username: account.username.clone() }
    }
}

#[cfg(test)]
mod tests;
