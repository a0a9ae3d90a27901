//! Lists all accounts, one page at a time, and all identities.

use serde::Serialize;

use super::{Admin, AdminError};
use crate::accounts::{AccountDetails, Identity};
use crate::store::AccountQuery;

/// Some accounts, in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountPage {
    #[serde(rename = "users")]
    pub accounts: Vec<AccountDetails>,
    /// The next page begins after this name. `None`: this is the last page.
    pub next: Option<String>,
}

impl Admin {
    /// Accounts in the order of their names. The first one comes after `after`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn accounts(&self, after: &str, limit: u32) -> Result<AccountPage, AdminError> {
        let mut accounts = self.store.accounts(&AccountQuery { after: after.to_owned(), limit: limit + 1 }).await?;
        let more = accounts.len() > limit as usize;
        accounts.truncate(limit as usize);
        let next = accounts.last().filter(|_| more).map(|account| account.username.folded());
        Ok(AccountPage { accounts: accounts.into_iter().map(AccountDetails::from).collect(), next })
    }

    /// Identities in the order of their accounts' names.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn identities(&self, limit: u32) -> Result<Vec<Identity>, AdminError> {
        Ok(self.store.identities(limit).await?.into_iter().map(Identity::from).collect())
    }
}
