//! A person who is signed in adds an identity to their account: the link request, with the account proved already.

use time::OffsetDateTime;

use super::link_requests::NewLinkRequest;
use super::{AskedLogin, SingleUse, SpendOutcome, Store, StoreError};
use crate::base::ids::{AccountId, LinkRequestSecret, SessionBinding};
use crate::signin::identify::IdentityKey;
use crate::signin::link::request::{AccountProof, Freshness};

/// An identity to add, which its provider has just attested.
#[derive(Debug, Clone, Copy)]
pub struct MethodToAdd<'m> {
    pub identity: &'m IdentityKey,
    pub login: &'m AskedLogin,
    /// As JSON.
    pub destination: &'m str,
    pub session: SessionBinding,
    /// The account of the session, the identity by which the session was opened, and how fresh that is.
    pub account: &'m AccountId,
    pub by: &'m IdentityKey,
    pub freshness: Freshness,
    /// `None`: a password proved the identity, in this request.
    pub single_use: Option<SingleUse>,
    pub now: OffsetDateTime,
}

/// How it ended.
#[derive(Debug)]
pub enum AdditionEnd {
    /// The page that names both sides asks the person. This secret leads to the request.
    Asked(LinkRequestSecret),
    /// The identity opens this account already.
    AlreadyLinked,
    LinkedToAnother,
    /// The account is gone or disabled.
    AccountClosed,
    /// The provider of the identity is suspended.
    ProviderSuspended,
    /// Another callback finished this login before.
    Replayed {
        first_at: OffsetDateTime,
    },
}

impl Store {
    /// Stores a link request for a person who is signed in. Nothing is linked before they confirm it.
    ///
    /// # Errors
    /// When the database fails. Then nothing is written.
    pub async fn ask_to_add(&self, method: MethodToAdd<'_>) -> Result<AdditionEnd, StoreError> {
        let mut transaction = self.begin().await?;
        if let Some(single_use) = method.single_use
            && let SpendOutcome::Replayed { first_at } = transaction.spend(single_use).await?
        {
            return Ok(AdditionEnd::Replayed { first_at });
        }
        let holder = transaction.account_by_identity_unlocked(method.identity).await?;
        let account = transaction.account(method.account).await?.filter(|account| account.disabled.is_none());
        let suspended = transaction.is_suspended(&method.identity.provider).await?;
        let end = match (holder, account) {
            _ if suspended => AdditionEnd::ProviderSuspended,
            (Some(holder), _) if holder.id == *method.account => AdditionEnd::AlreadyLinked,
            (Some(_), _) => AdditionEnd::LinkedToAnother,
            (None, None) => AdditionEnd::AccountClosed,
            (None, Some(account)) => {
                let MethodToAdd { identity, login, destination, session, by, freshness, now, .. } = method;
                let new = NewLinkRequest { identity, login, destination, session: Some(session) };
                let secret = transaction.ask_to_link(new).await?;
                let (version, by) = (account.version, by.clone());
                let proof = AccountProof { account: account.id, version, by, freshness, at: now };
                transaction.prove_link_request(secret.id(), &proof).await?;
                AdditionEnd::Asked(secret)
            }
        };
        transaction.commit().await?;
        Ok(end)
    }
}
