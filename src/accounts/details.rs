//! Accounts and identities, as pages, commands and the API show them.

use std::collections::BTreeSet;

use serde::Serialize;
use time::OffsetDateTime;

use super::{AccountError, AccountName, AccountRef, Accounts};
use crate::base::ids::{AccountId, Group, Issuer, ProviderId, Subject};
use crate::base::username::Username;
use crate::signin::account::Account;
use crate::signin::identify::IdentityKey;
use crate::signin::link::LinkProof;
use crate::signin::remembered_profile::LastProfile;
use crate::store::{AccountAddress, LinkedIdentity};

/// An account with its details.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountDetails {
    pub id: AccountId,
    pub username: Username,
    pub groups: BTreeSet<Group>,
    pub disabled: Option<DisabledBy>,
    /// Rises with each change of the account, its groups, identities or password.
    pub version: u64,
    /// `None` in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identities: Option<Vec<Identity>>,
    /// E-mail addresses that an admin or a list gave it. `None` in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub addresses: Option<Vec<AccountAddress>>,
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
    pub proof: LinkProof,
    /// The admin who linked it. `None`: the person did.
    pub linked_by: Option<String>,
    /// The network of the person who linked it.
    pub linked_from: Option<String>,
    /// `2026-11-30`. `None`: nobody has signed in with it, as far as the database knows.
    pub last_sign_in: Option<String>,
    /// What gave the subject. `None`: nobody knows.
    pub subject_source: Option<String>,
    /// What the provider sent at the last sign-in, as far as the config lets it be kept.
    pub profile: Option<LastProfile>,
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
        let addresses = Some(self.store.addresses_of(&found.id).await?);
        Ok(AccountDetails { identities, addresses, ..AccountDetails::from(found) })
    }
}

impl Identity {
    #[must_use]
    pub fn key(&self) -> IdentityKey {
        let Self { provider, issuer, subject, .. } = self;
        IdentityKey { provider: provider.clone(), issuer: issuer.clone(), subject: subject.clone() }
    }
}

impl From<Account> for AccountDetails {
    fn from(account: Account) -> Self {
        Self {
            id: account.id,
            username: account.username,
            groups: account.groups,
            disabled: account.disabled.map(|off| DisabledBy { by: off.by, at: off.at }),
            version: account.version,
            identities: None,
            addresses: None,
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
            proof: linked.proof,
            linked_by: linked.linked_by,
            linked_from: linked.linked_from,
            last_sign_in: linked.last_sign_in.map(|day| day.to_string()),
            subject_source: linked.subject_source,
            profile: linked.profile,
        }
    }
}
