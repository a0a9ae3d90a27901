//! The errors of operations. An operation that fails changes nothing.

use std::fmt;

use time::OffsetDateTime;

use super::{AccountRef, NotAllowed};
use crate::base::clock::format_utc;
use crate::base::ids::{AccessRequestId, AccountId, OperationId};
use crate::base::lookalike::MixedScripts;
use crate::base::username::Username;
use crate::passwords::HashingError;
use crate::passwords::policy::PasswordPolicyError;
use crate::signin::link::access_request::AccessState;
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
    #[error("the account {account} was changed meanwhile: it has version {found}, not {expected}")]
    OtherVersion { account: AccountId, expected: u64, found: u64 },
    #[error("an account can't be merged into itself")]
    SameAccount,
    #[error("the account \"{0}\" is disabled; enable it first")]
    AccountDisabled(Username),
    #[error("the account \"{0}\" has a role; take the role away first")]
    HasRole(Username),
    #[error("the account was merged into \"{into}\"; undo {operation} instead")]
    Merged { into: Username, operation: OperationId },
    #[error("there is no operation {0}")]
    NoSuchOperation(OperationId),
    #[error("{0} was undone before")]
    UndoneBefore(OperationId),
    #[error("{id} could be undone until {}", format_utc(*until))]
    UndoExpired { id: OperationId, until: OffsetDateTime },
    #[error("{later} moved the identities on; undo it first")]
    LaterOperation { later: OperationId },
    #[error("there is no access request {0}")]
    NoSuchAccessRequest(AccessRequestId),
    #[error("the access request {id} was decided before, by {by} at {}: {}", format_utc(*at), decision(*state))]
    AccessRequestDecided { id: AccessRequestId, state: AccessState, by: String, at: OffsetDateTime },
    #[error("the provider suggests no username for this person")]
    NoSuggestedName,
    #[error("the session of the account's owner has ended")]
    NotSignedIn,
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    #[error("this invitation was used, has expired, or was never made")]
    NoSuchInvitation,
    #[error(transparent)]
    PasswordPolicy(#[from] PasswordPolicyError),
    #[error(transparent)]
    HashFailed(#[from] HashingError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What was decided about an access request.
const fn decision(state: AccessState) -> &'static str {
    match state {
        AccessState::Waiting => "it waits",
        AccessState::Proving => "the person may prove that they have an account",
        AccessState::Linked => "the identity was linked to an account",
        AccessState::Refused => "the person was refused",
    }
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
