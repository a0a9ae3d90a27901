//! Identities: listed, tied to an account, untied.

use serde::Serialize;
use time::OffsetDateTime;

use super::{AccountName, Admin, AdminError, Change, Whom, find, taken};
use crate::base::ids::{Issuer, ProviderId, Subject};
use crate::signin::account::Account;
use crate::signin::identify::IdentityKey;
use crate::store::{Event, Linking, TiedIdentity, Transaction};

/// An identity and the account it is tied to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Identity {
    pub provider: ProviderId,
    pub issuer: Issuer,
    pub subject: Subject,
    pub account: AccountName,
    pub client_id: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    pub tied_at: OffsetDateTime,
}

impl From<TiedIdentity> for Identity {
    fn from(tied: TiedIdentity) -> Self {
        Self {
            provider: tied.key.provider,
            issuer: tied.key.issuer,
            subject: tied.key.subject,
            account: AccountName { id: tied.account, username: tied.username },
            client_id: tied.client_id,
            tied_at: tied.created_at,
        }
    }
}

/// What to do when the account to link to is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfMissing {
    Refuse,
    /// For people who are set up by hand before their first login.
    MakeAccount,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Linked {
    pub provider: ProviderId,
    pub issuer: Issuer,
    pub subject: Subject,
    pub account: AccountName,
    pub change: Change,
    /// Whether the account was made for it.
    pub account_made: Change,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unlinked {
    pub provider: ProviderId,
    pub issuer: Issuer,
    pub subject: Subject,
    pub account: AccountName,
}

impl Admin {
    /// The ties there are, in the order of the accounts' names.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn identities(&self, limit: u32) -> Result<Vec<Identity>, AdminError> {
        Ok(self.store.identities(limit).await?.into_iter().map(Identity::from).collect())
    }

    /// Ties an identity to an account.
    ///
    /// # Errors
    /// When it is another's (nobody's account is ever taken over), when there is no such account, or the database
    /// fails.
    pub async fn link(&self, key: &IdentityKey, whom: &Whom, missing: IfMissing) -> Result<Linked, AdminError> {
        let mut transaction = self.store.begin().await?;
        let (account, account_made) = self.account_to_link(&mut transaction, whom, missing).await?;
        let change = match transaction.link(key, &account.id).await? {
            Linking::Done { .. } => Change::Done,
            Linking::Already => Change::WasSoBefore,
            Linking::Anothers { account, username } => {
                return Err(AdminError::IdentityOfAnother { account, username });
            }
        };
        if change == Change::Done {
            let mut entry = self.entry_about(Event::IdentityLinked, &account.id, words(key, &account));
            entry.provider = Some(key.provider.clone());
            transaction.audit(&entry).await?;
            transaction.commit().await?;
        }
        Ok(Linked {
            provider: key.provider.clone(),
            issuer: key.issuer.clone(),
            subject: key.subject.clone(),
            account: AccountName::from(&account),
            change,
            account_made,
        })
    }

    async fn account_to_link(
        &self,
        transaction: &mut Transaction,
        whom: &Whom,
        missing: IfMissing,
    ) -> Result<(Account, Change), AdminError> {
        match (find(transaction, whom).await, whom, missing) {
            (Err(AdminError::NoSuchAccount(_)), Whom::Name(name), IfMissing::MakeAccount) => {
                self.scripts.admit(name.as_str())?;
                let Some(account) = transaction.make_account(name).await? else {
                    return Err(taken(transaction, name).await);
                };
                transaction.audit(&self.entry_about(Event::AccountMade, &account.id, name.as_str())).await?;
                Ok((account, Change::Done))
            }
            (found, ..) => Ok((found?, Change::WasSoBefore)),
        }
    }

    /// Unties an identity; the sessions of its account end. The account itself stays, with its name and its groups.
    ///
    /// # Errors
    /// When no account is tied to it, or the database fails.
    pub async fn unlink(&self, key: &IdentityKey) -> Result<Unlinked, AdminError> {
        let mut transaction = self.store.begin().await?;
        let id = transaction.unlink(key).await?.ok_or(AdminError::NoSuchIdentity)?;
        let account = find(&mut transaction, &Whom::Id(id)).await?;
        let mut entry = self.entry_about(Event::IdentityUnlinked, &account.id, words(key, &account));
        entry.provider = Some(key.provider.clone());
        transaction.audit(&entry).await?;
        transaction.commit().await?;
        Ok(Unlinked {
            provider: key.provider.clone(),
            issuer: key.issuer.clone(),
            subject: key.subject.clone(),
            account: AccountName::from(&account),
        })
    }
}

fn words(key: &IdentityKey, account: &Account) -> String {
    format!("{}: issuer {}, subject {}", account.username, key.issuer, key.subject)
}
