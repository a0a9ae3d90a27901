//! What an operator can do about an error of an operation on accounts.

use crate::accounts::AccountError;

/// The error, and the command that helps.
pub fn with_fix(why: AccountError) -> Box<dyn std::error::Error> {
    match why {
        AccountError::NoSuchAccount(_) => format!("{why}; `vestibule user list` shows the accounts").into(),
        AccountError::NoSuchIdentity => format!("{why}; `vestibule identity list` shows the identities").into(),
        AccountError::NoSuchAccessRequest(_) => format!("{why}; see `vestibule access-request list --all`").into(),
        AccountError::NoSuchOperation(_) => format!("{why}; see `vestibule user merges`").into(),
        AccountError::NoSuggestedName => format!("{why}; choose one: --as USERNAME").into(),
        AccountError::NoSuchInvitation => format!("{why}; `vestibule admin invite` makes one").into(),
        AccountError::AccessRequestDecided { .. }
        | AccountError::NameTaken { .. }
        | AccountError::Scripts(_)
        | AccountError::IdentityOfAnother { .. }
        | AccountError::NotSignedIn
        | AccountError::SameAccount
        | AccountError::AccountDisabled(_)
        | AccountError::HasRole(_)
        | AccountError::Merged { .. }
        | AccountError::UndoneBefore(_)
        | AccountError::UndoExpired { .. }
        | AccountError::LaterOperation { .. }
        | AccountError::OtherVersion { .. }
        | AccountError::NotAllowed(_)
        | AccountError::PasswordPolicy(_)
        | AccountError::HashFailed(_)
        | AccountError::Store(_) => why.into(),
    }
}
