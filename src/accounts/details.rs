//! Accounts and identities, as pages, commands and the API show them.

use std::collections::BTreeSet;

use serde::Serialize;
use time::OffsetDateTime;

use super::{AccountError, AccountName, AccountRef, Accounts};
use crate::base::ids::{AccountId, Group, Issuer, ProviderId, Subject};
use crate::base::username::Username;
use crate::signin::account::Account;
use crate::store::LinkedIdentity;

/// An account with its details.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountDetails {
    pub id: AccountId,
    pub username: Username,
    pub groups: BTreeSet<Group>,
    pub disabled: Option<DisabledBy>,
    /// `None` in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identities: Option<Vec<Identity>>,
}

/// Who disabled an account, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DisabledBy {
    pub by: String,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// An identity and the account that it is linked to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Identity {
    pub provider: ProviderId,
    pub issuer: Issuer,
    pub subject: Subject,
    pub account: AccountName,
    pub client_id: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    pub linked_at: OffsetDateTime,
}

impl Accounts {
    /// One account, with its identities.
    ///
    /// # Errors
    /// When there is no such account, or the database fails.
    pub async fn details(&self, account: &AccountRef) -> Result<AccountDetails, AccountError> {
        let found = match account {
            AccountRef::Name(name) => self.store.account_by_name(name).await?,
            AccountRef::Id(id) => self.store.account(id).await?,
        };
        let found = found.ok_or_else(|| AccountError::NoSuchAccount(account.clone()))?;
        let identities = self.store.identities_of(&found.id).await?;
        let identities = Some(identities.into_iter().map(Identity::from).collect());
        Ok(AccountDetails { identities, ..AccountDetails::from(found) })
    }
}

impl From<Account> for AccountDetails {
    fn from(account: Account) -> Self {
        Self {
            id: account.id,
            username: account.username,
            groups: account.groups,
            disabled: account.disabled.map(|off| DisabledBy { by: off.by, at: off.at }),
            identities: None,
        }
    }
}

impl From<LinkedIdentity> for Identity {
    fn from(linked: LinkedIdentity) -> Self {
        Self {
            provider: linked.key.provider,
            issuer: linked.key.issuer,
            subject: linked.key.subject,
            account: AccountName { id: linked.account, username: linked.username },
            client_id: linked.client_id,
            linked_at: linked.created_at,
        }
    }
}
