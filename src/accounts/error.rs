//! The errors of operations. An operation that fails changes nothing.

use std::fmt;

use super::AccountRef;
use crate::base::ids::AccountId;
use crate::base::lookalike::MixedScripts;
use crate::base::username::Username;
use crate::passwords::HashingError;
use crate::passwords::policy::PasswordPolicyError;
use crate::store::StoreError;

/// Why an operation failed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("there is no account {0}")]
    NoSuchAccount(AccountRef),
    #[error("\"{wished}\" is taken: {}", WhyTaken { wished, by })]
    NameTaken { wished: Username, by: Username },
    #[error(transparent)]
    Scripts(#[from] MixedScripts),
    #[error("this identity is linked to the account \"{username}\" (id {account}); unlink it there first")]
    IdentityOfAnother { account: AccountId, username: Username },
    #[error("no account is linked to this identity")]
    NoSuchIdentity,
    #[error("the session of the account's owner has ended")]
    NotSignedIn,
    #[error(transparent)]
    PasswordPolicy(#[from] PasswordPolicyError),
    #[error(transparent)]
    HashFailed(#[from] HashingError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Explains why a name is taken.
struct WhyTaken<'n> {
    wished: &'n Username,
    by: &'n Username,
}

impl fmt::Display for WhyTaken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { wished, by } = self;
        if wished == by {
            write!(f, "the account \"{by}\" has that name already")
        } else if wished.folded() == by.folded() {
            write!(f, "the account \"{by}\" has the same name, since case makes no difference; choose another")
        } else {
            write!(f, "it looks like the account \"{by}\", whose name is written in other letters; choose another")
        }
    }
}
