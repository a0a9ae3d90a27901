//! A link request: an identity that no account has yet, and the steps by which its owner links it to their account.
//!
//! | state | step | next state |
//! | --- | --- | --- |
//! | asked | the person signs in with an identity of their account: [`LinkRequest::prove`] | proved |
//! | proved | they confirm the page that names both sides: [`LinkRequest::confirm`] | finished |
//! | proved | they go back | asked |
//! | asked | they want a new account | finished |
//!
//! Only the identity that proved the account says which account it is. A username, a name or an e-mail address never
//! does (rule L1).

use std::str::FromStr;

use serde::Serialize;
use time::{Duration, OffsetDateTime};

use crate::base::ids::{AccountId, InvalidName};
use crate::signin::account::Account;
use crate::signin::identify::{IdentityKey, SKEW};

/// How long a request waits for the person.
pub const REQUEST_TIMEOUT: Duration = Duration::minutes(15);

/// How old a proof may be when the person confirms, and how long ago a provider may have authenticated the person when
/// it proves the account (rules L5 and L6).
pub const PROOF_TIMEOUT: Duration = Duration::minutes(5);

/// A request and its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRequest {
    /// The identity to link.
    pub identity: IdentityKey,
    pub state: LinkState,
    pub expires_at: OffsetDateTime,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkState {
    Asked,
    /// The person has proved an account. Nothing is linked yet.
    Proved(AccountProof),
    /// The person has an account now, or has withdrawn the request.
    Finished,
}

/// The proof that the person has an account: they signed in with an identity that is linked to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountProof {
    pub account: AccountId,
    /// The account's version at the proof. Each change of the account needs a new proof (rule L5).
    pub version: u64,
    pub by: IdentityKey,
    pub freshness: Freshness,
    pub at: OffsetDateTime,
}

/// How it is known that the person signed in just now (rule L6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Freshness {
    /// They typed a password here.
    Password,
    /// The provider says when it authenticated them.
    AuthTime,
    /// The provider does not say. It was asked to authenticate them again, and sent them back.
    RoundTrip,
}

impl Freshness {
    /// As the database has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::AuthTime => "auth_time",
            Self::RoundTrip => "round_trip",
        }
    }
}

impl FromStr for Freshness {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all = [Self::Password, Self::AuthTime, Self::RoundTrip];
        all.into_iter().find(|one| one.as_str() == text).ok_or(InvalidName("not the freshness of a proof"))
    }
}

/// A sign-in that shall prove an account.
#[derive(Debug, Clone)]
pub struct ProvingSignIn<'s> {
    pub by: &'s IdentityKey,
    /// The account that the identity is linked to.
    pub account: Option<&'s Account>,
    pub method: ProvingMethod,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProvingMethod {
    Password,
    /// At a provider that was asked to authenticate the person again. `auth_time`: when it did, if it says so.
    Redirect {
        auth_time: Option<OffsetDateTime>,
    },
}

/// Why a sign-in proves no account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotProved {
    /// The request has expired, or is finished.
    RequestOver,
    /// The identity is linked to no account.
    NoAccount,
    AccountDisabled,
    /// The provider authenticated the person this long ago.
    NotFresh {
        age: Duration,
    },
    /// The person has proved another account, and a page may ask about that one now.
    OtherAccountProved,
}

/// What is true when the person confirms, as one transaction reads it.
#[derive(Debug, Clone)]
pub struct ConfirmFacts<'f> {
    /// The account that has the identity of the request meanwhile.
    pub holder: Option<&'f AccountId>,
    /// The account that was proved, as it is now.
    pub account: Option<&'f Account>,
    /// The account that still has the identity that proved it.
    pub proved_by_holder: Option<&'f AccountId>,
}

/// What a confirmation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmed<'r> {
    Link(&'r AccountProof),
    /// Another tab has linked the identity to the same account meanwhile.
    AlreadyLinked(&'r AccountProof),
}

/// Why a confirmation links nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotConfirmed {
    /// The request has expired, or is finished.
    RequestOver,
    /// No account is proved.
    NothingProved,
    ProofTooOld,
    /// The account was removed or disabled.
    AccountClosed,
    /// The account, its groups, identities or password have changed since the proof.
    AccountChanged,
    /// The identity is linked to another account meanwhile.
    LinkedToAnother,
}

impl LinkRequest {
    /// Whether the person can still take a step.
    #[must_use]
    pub fn is_open(&self, now: OffsetDateTime) -> bool {
        now < self.expires_at && self.state != LinkState::Finished
    }

    /// Proves an account by a sign-in (rules L6 and L7).
    ///
    /// # Errors
    /// Why the sign-in proves none.
    pub fn prove(&self, sign_in: &ProvingSignIn<'_>, now: OffsetDateTime) -> Result<AccountProof, NotProved> {
        if !self.is_open(now) {
            return Err(NotProved::RequestOver);
        }
        let account = sign_in.account.ok_or(NotProved::NoAccount)?;
        if account.disabled.is_some() {
            return Err(NotProved::AccountDisabled);
        }
        // Otherwise another tab could change what the button of that page does.
        if matches!(&self.state, LinkState::Proved(former) if former.account != account.id) {
            return Err(NotProved::OtherAccountProved);
        }
        let freshness = match sign_in.method {
            ProvingMethod::Password => Freshness::Password,
            ProvingMethod::Redirect { auth_time: None } => Freshness::RoundTrip,
            ProvingMethod::Redirect { auth_time: Some(at) } if now - at > PROOF_TIMEOUT + SKEW => {
                return Err(NotProved::NotFresh { age: now - at });
            }
            ProvingMethod::Redirect { auth_time: Some(_) } => Freshness::AuthTime,
        };
        let (account, version) = (account.id.clone(), account.version);
        Ok(AccountProof { account, version, by: sign_in.by.clone(), freshness, at: now })
    }

    /// Decides about a confirmation (rule L5).
    ///
    /// # Errors
    /// Why nothing is linked.
    pub fn confirm(&self, facts: &ConfirmFacts<'_>, now: OffsetDateTime) -> Result<Confirmed<'_>, NotConfirmed> {
        if !self.is_open(now) {
            return Err(NotConfirmed::RequestOver);
        }
        let LinkState::Proved(proof) = &self.state else { return Err(NotConfirmed::NothingProved) };
        if now - proof.at > PROOF_TIMEOUT {
            return Err(NotConfirmed::ProofTooOld);
        }
        let account = facts.account.filter(|account| account.id == proof.account && account.disabled.is_none());
        let account = account.ok_or(NotConfirmed::AccountClosed)?;
        match facts.holder {
            Some(holder) if *holder != account.id => return Err(NotConfirmed::LinkedToAnother),
            Some(_) => return Ok(Confirmed::AlreadyLinked(proof)),
            None => {}
        }
        if account.version != proof.version || facts.proved_by_holder != Some(&proof.account) {
            return Err(NotConfirmed::AccountChanged);
        }
        Ok(Confirmed::Link(proof))
    }
}

#[cfg(test)]
mod tests;
