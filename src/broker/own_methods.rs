//! A person removes a sign-in method of their own account.

use super::context::Context;
use super::live_config::LiveConfig;
use super::own_account::SignedIn;
use super::refusal::{Cause, Refusal};
use super::{Broker, Visitor};
use crate::accounts::{RemoveMethodError, UsableMethods};
use crate::base::ids::AccountId;
use crate::signin::identify::IdentityKey;
use crate::store::LinkedIdentity;

/// A sign-in method that its owner may want to remove.
#[derive(Debug)]
pub struct OwnMethod {
    pub identity: LinkedIdentity,
    /// Why it stays. `None`: it can be removed.
    pub stays: Option<WhyStays>,
}

/// Why a sign-in method can't be removed now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyStays {
    /// No other method of the account works.
    Last,
    /// The person is signed in with it.
    InUse,
}

/// The result of [`Broker::remove_own_method`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MethodRemoval {
    Removed,
    Stays(WhyStays),
    /// The person's session has ended meanwhile.
    NotSignedIn,
}

impl LiveConfig {
    /// Whether an identity can sign in now.
    #[must_use]
    pub fn accepts(&self, key: &IdentityKey) -> bool {
        self.provider(&key.provider)
            .is_some_and(|provider| provider.is_on() && provider.module.accepts_issuer(&key.issuer))
    }

    /// The identity that the local password of an account proves, if passwords are kept here.
    #[must_use]
    pub fn local_password_of(&self, account: &AccountId) -> Option<IdentityKey> {
        let passwords = self.local_provider()?.module.local_passwords()?;
        Some(passwords.identity(account))
    }
}

impl Broker {
    /// The sign-in method of this tag. `None`: the account has no such method. What it says may change before the
    /// removal, which checks again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn own_method(
        &self,
        config: &LiveConfig,
        signed_in: &SignedIn,
        tag: &str,
    ) -> Result<Option<OwnMethod>, Refusal> {
        let account = &signed_in.person.account.id;
        let read = async {
            let identities = self.store.identities_of(account).await?;
            let password = self.store.password_of(account).await?.is_some_and(|stored| stored.hash.is_some());
            Ok((identities, password))
        };
        let (identities, has_password) = read.await.map_err(|why| Cause::Store(why).refuse(Context::default()))?;
        let local = config.local_password_of(account);
        let works = |key: &IdentityKey| config.accepts(key) && (has_password || Some(key) != local.as_ref());
        let other_works = identities.iter().any(|other| other.key.tag() != tag && works(&other.key));
        let found = identities.into_iter().find(|identity| identity.key.tag() == tag);
        Ok(found.map(|identity| {
            let stays = if !other_works {
                Some(WhyStays::Last)
            } else if identity.key == signed_in.identity {
                Some(WhyStays::InUse)
            } else {
                None
            };
            OwnMethod { identity, stays }
        }))
    }

    /// Removes a sign-in method. The person's other sessions end (security rule C25).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_own_method(
        &self,
        config: &LiveConfig,
        signed_in: &SignedIn,
        key: &IdentityKey,
        visitor: &Visitor,
    ) -> Result<MethodRemoval, Refusal> {
        let account = &signed_in.person.account.id;
        let local = config.local_password_of(account);
        let is_usable = |key: &IdentityKey| config.accepts(key);
        let usable = UsableMethods { is_usable: &is_usable, local_password: local.as_ref() };
        match self.accounts.remove_method(&visitor.actor(), account, key, usable).await {
            Ok(_) => Ok(MethodRemoval::Removed),
            Err(RemoveMethodError::LastMethod) => Ok(MethodRemoval::Stays(WhyStays::Last)),
            Err(RemoveMethodError::SignedInWithIt) => Ok(MethodRemoval::Stays(WhyStays::InUse)),
            Err(RemoveMethodError::NotSignedIn) => Ok(MethodRemoval::NotSignedIn),
            Err(RemoveMethodError::Store(why)) => Err(Cause::Store(why).refuse(Context::default())),
        }
    }
}
