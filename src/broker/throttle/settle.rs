//! What an attempt does to the counts, by its result (security rule C43).

use super::LoginThrottle;
use crate::broker::refusal::Cause;
use crate::signin::permit::Denied;

/// What a refusal does to the counts of the providers that had the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Settlement {
    /// The page shows that the password is right, so its counts are reset.
    Forgives,
    /// The password was wrong, has to look wrong, or met an error.
    Counts,
    /// Nothing is counted or reset.
    Neither,
}

impl LoginThrottle<'_> {
    /// Settles the attempt. `refused`: why it ended without a sign-in or a change, if it did.
    ///
    /// # Errors
    /// The cause that replaces the given one: the database can't count a failure. Then a wrong password gets the same
    /// answer as a right one, because the session of a right one can't be stored, either (security rules C42, C43).
    pub async fn settle(self, refused: Option<&Cause>) -> Result<(), Cause> {
        match refused.map_or(Settlement::Forgives, Cause::settlement) {
            Settlement::Forgives => self.succeeded().await,
            Settlement::Counts => {
                let looks_wrong =
                    |cause: &Cause| cause.is_shown_as_wrong_password() || matches!(cause, Cause::PasswordRefused(_));
                if refused.is_some_and(looks_wrong) {
                    self.delay_like_a_refusal().await;
                }
                self.failed().await?;
            }
            Settlement::Neither => self.ignore(),
        }
        Ok(())
    }
}

impl Cause {
    /// No `_` arm, so that each new cause needs a decision.
    pub(super) fn settlement(&self) -> Settlement {
        match self {
            // They look like a wrong password (C42), or are an error after a provider got the password (C43).
            Self::AccountDisabled(..)
            | Self::NotPermitted(Denied::AccountDisabled(_))
            | Self::PasswordRefused(_)
            | Self::UnknownUser
            | Self::Throttled(_)
            | Self::Busy(_)
            | Self::ModuleUnavailable { .. }
            | Self::Store(_) => Settlement::Counts,
            Self::NotPermitted(Denied::NoRule { .. } | Denied::Username(_) | Denied::Provider(_))
            | Self::IdentityUnknown(_)
            | Self::PasswordUnlinked { .. }
            | Self::NoName(_)
            | Self::NamesExhausted
            | Self::LocationRemoved
            | Self::Upstream(_)
            | Self::Signer(_) => Settlement::Forgives,
            // The app's own users, whom no provider knows, take the path of `NoOpinion` at each sign-in. The others end
            // an attempt before a provider gets the password, or belong to a redirect.
            Self::NoOpinion
            | Self::PageNotFound
            | Self::BadRequest(_)
            | Self::CrossSitePost
            | Self::OriginNotAllowed(_)
            | Self::AuthserverNotConfigured
            | Self::UnknownApp(_)
            | Self::AppRemoved
            | Self::UnknownProvider(_)
            | Self::Start(_)
            | Self::AppDisabled
            | Self::ProviderDisabled
            | Self::ProviderNotListed
            | Self::IssuerChanged
            | Self::ProviderRemoved(_)
            | Self::InvalidCallback(_)
            | Self::Unreadable(_)
            | Self::LoginExpired { .. }
            | Self::LoginReplayed { .. }
            | Self::LoginEvicted(_)
            | Self::LoginMissing
            | Self::OtherProvider { .. }
            | Self::Declined(_)
            | Self::SameAccount
            | Self::NoAccountChoice(_)
            | Self::InvalidCredentials(_) => Settlement::Neither,
        }
    }
}
