//! E-mail addresses that an admin or an imported list gave an account, and accounts that nobody has signed in to.
//!
//! What providers say of addresses is with the identities, and never here (rule L3).

use std::str::FromStr;

use sea_orm::Value;
use serde::Serialize;

use super::identities::key_values;
use super::{Store, StoreError, Transaction};
use crate::base::ids::{AccountId, InvalidName};
use crate::base::mail_address::MailAddress;
use crate::signin::account::Account;
use crate::signin::identify::IdentityKey;

/// Who says that an address belongs to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressSource {
    Admin,
    Import,
}

impl AddressSource {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Import => "import",
        }
    }
}

impl FromStr for AddressSource {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Admin, Self::Import].into_iter().find(|it| it.as_str() == text).ok_or(InvalidName("not a source"))
    }
}

/// An address of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountAddress {
    pub address: MailAddress,
    pub source: AddressSource,
}

impl Transaction {
    /// Gives an account an address. Returns whether it did not have it from this source.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_address(
        &mut self,
        account: &AccountId,
        address: &MailAddress,
        source: AddressSource,
    ) -> Result<bool, StoreError> {
        self.lock_account(account).await?;
        let statement = "INSERT INTO address (folded, account_id, source) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        let values = [address.as_str().into(), account.as_str().into(), source.as_str().into()];
        let added = self.sql.run(statement, values).await? == 1;
        self.update_search_terms(account).await?;
        Ok(added)
    }

    /// Takes an address away from an account. Returns whether the account had it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_address(&mut self, account: &AccountId, address: &MailAddress) -> Result<bool, StoreError> {
        self.lock_account(account).await?;
        let statement = "DELETE FROM address WHERE folded = $1 AND account_id = $2";
        let removed = self.sql.run(statement, [address.as_str().into(), account.as_str().into()]).await? > 0;
        self.update_search_terms(account).await?;
        Ok(removed)
    }

    /// Marks an account that an admin or a list has just made: nobody has signed in to it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mark_unclaimed(&mut self, account: &AccountId) -> Result<(), StoreError> {
        let statement = "UPDATE account SET unclaimed = 1 WHERE id = $1";
        self.sql.run(statement, [account.as_str().into()]).await.map(|_| ())
    }

    /// Marks the account of an identity as one to which somebody has signed in. Does nothing at later sign-ins. Call
    /// it before the identity and the account are locked for sharing: on PostgreSQL, two logins could wait for each
    /// other otherwise.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_account_of(&mut self, key: &IdentityKey) -> Result<(), StoreError> {
        let statement = "UPDATE account SET unclaimed = 0, version = version + 1 WHERE unclaimed <> 0 AND id = \
                         (SELECT account_id FROM identity WHERE provider = $1 AND issuer = $2 AND subject = $3)";
        self.sql.run(statement, key_values(key)).await.map(|_| ())
    }

    /// As [`Self::claim_account_of`], for an account that this transaction has locked.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_account(&mut self, account: &AccountId) -> Result<(), StoreError> {
        let statement = "UPDATE account SET unclaimed = 0 WHERE unclaimed <> 0 AND id = $1";
        self.sql.run(statement, [account.as_str().into()]).await.map(|_| ())
    }

    /// The account that a new identity may claim by an address which its provider is authoritative for (rule L4): the
    /// account has the address alone among accounts, an admin or a list made it, nobody ever signed in to it, it is
    /// enabled and has no role, and only admins and lists gave it identities.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn claimable(
        &mut self,
        address: &MailAddress,
        key: &IdentityKey,
    ) -> Result<Option<Account>, StoreError> {
        let statement = "SELECT a.id FROM account a WHERE a.unclaimed = 1 AND a.disabled_at IS NULL \
                         AND NOT EXISTS (SELECT 1 FROM role r WHERE r.account_id = a.id) \
                         AND NOT EXISTS (SELECT 1 FROM address o WHERE o.folded = $1 AND o.account_id <> a.id) \
                         AND NOT EXISTS (SELECT 1 FROM identity i WHERE i.account_id = a.id \
                         AND (i.proof NOT IN ('admin', 'import') OR i.last_sign_in IS NOT NULL) \
                         AND NOT (i.provider = $2 AND i.issuer = $3 AND i.subject = $4)) \
                         AND a.id IN (SELECT d.account_id FROM address d WHERE d.folded = $1)";
        let values: [Value; 1] = [address.as_str().into()];
        let row = self.sql.one(statement, values.into_iter().chain(key_values(key))).await?;
        let Some(row) = row else { return Ok(None) };
        self.account(&AccountId::stored(row.get(0)?)).await
    }
}

impl Store {
    /// The addresses of an account that an admin or a list gave it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn addresses_of(&self, account: &AccountId) -> Result<Vec<AccountAddress>, StoreError> {
        let statement = "SELECT folded, source FROM address WHERE account_id = $1 ORDER BY folded, source";
        let rows = self.reader.all(statement, [account.as_str().into()]).await?;
        rows.iter().map(|row| Ok(AccountAddress { address: row.parsed(0)?, source: row.parsed(1)? })).collect()
    }
}
