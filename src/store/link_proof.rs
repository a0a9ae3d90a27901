//! The proof of an account for a link request: the person signed in with an identity of the account.

use super::{SingleUse, SpendOutcome, Store, StoreError};
use crate::base::ids::LinkRequestId;
use crate::signin::identify::{IdentityKey, PasswordGeneration};
use crate::signin::link::request::{NotProved, ProvingMethod, ProvingSignIn};
use time::OffsetDateTime;

/// A sign-in that shall prove an account.
#[derive(Debug, Clone)]
pub struct LinkProofToKeep<'p> {
    pub request: LinkRequestId,
    pub by: &'p IdentityKey,
    /// What gives subjects at the provider now (C21).
    pub subject_source: &'p str,
    pub method: ProvingMethod,
    /// The local password that was compared.
    pub password: Option<PasswordGeneration>,
    /// The replay key of the login that a callback finishes.
    pub single_use: Option<SingleUse>,
    pub now: OffsetDateTime,
}

/// How such a sign-in ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProofEnd {
    Proved,
    /// Nothing is proved. The login of a redirect is spent nevertheless.
    NotProved(NotProved),
    /// Something else gave the subject when the identity was linked, so it may be another person's.
    OtherSubjectSource {
        former: String,
    },
    /// The account's password has changed since it was compared (C25).
    PasswordChanged,
    /// The provider of the proof is suspended.
    ProviderSuspended,
    /// Another callback finished this login before.
    Replayed {
        first_at: OffsetDateTime,
    },
}

impl Store {
    /// Keeps the proof with the request. It counts once, and for this request alone (rule L7).
    ///
    /// # Errors
    /// When the database fails. Then nothing is written.
    pub async fn prove_account(&self, proof: &LinkProofToKeep<'_>) -> Result<ProofEnd, StoreError> {
        let mut transaction = self.begin().await?;
        if let Some(single_use) = proof.single_use
            && let SpendOutcome::Replayed { first_at } = transaction.spend(single_use).await?
        {
            return Ok(ProofEnd::Replayed { first_at });
        }
        let request = transaction.lock_link_request(proof.request).await?;
        // The person has signed in to it, even if they don't confirm the link.
        transaction.claim_account_of(proof.by).await?;
        let account = transaction.account_by_identity(proof.by).await?;
        let end = if transaction.is_suspended(&proof.by.provider).await? {
            ProofEnd::ProviderSuspended
        } else if let Some(former) =
            transaction.subject_source(proof.by).await?.filter(|former| former != proof.subject_source)
        {
            ProofEnd::OtherSubjectSource { former }
        } else if let (Some(account), Some(compared)) = (&account, proof.password)
            && !transaction.has_password(&account.id, compared).await?
        {
            ProofEnd::PasswordChanged
        } else {
            let sign_in = ProvingSignIn { by: proof.by, account: account.as_ref(), method: proof.method };
            let proved = request.map(|stored| stored.request.prove(&sign_in, proof.now));
            match proved.unwrap_or(Err(NotProved::RequestOver)) {
                Ok(proved) => {
                    transaction.prove_link_request(proof.request, &proved).await?;
                    ProofEnd::Proved
                }
                Err(why) => ProofEnd::NotProved(why),
            }
        };
        transaction.commit().await?;
        Ok(end)
    }
}
