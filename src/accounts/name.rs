//! How callers refer to an account, and how results name it.

use std::fmt;

use serde::Serialize;

use crate::base::ids::AccountId;
use crate::base::username::Username;
use crate::signin::account::Account;

/// Which account an operation is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountRef {
    Name(Username),
    Id(AccountId),
}

impl fmt::Display for AccountRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "\"{name}\""),
            Self::Id(id) => write!(f, "id {id}"),
        }
    }
}

/// The two names of an account.
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
