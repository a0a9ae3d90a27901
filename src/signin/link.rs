//! Which account an external identity signs in to: its linked account, a new one, or none.

pub mod access_request;
mod proof;
pub mod request;
mod template;

pub use proof::LinkProof;
pub use template::{UsernameError, UsernameTemplate};

use serde_json::{Map, Value};

use super::account::Account;
use crate::base::username::Username;

/// What happens at the first login of an identity, which has no linked account yet.
#[derive(Debug, Clone)]
pub enum FirstLogin {
    /// The identity gets a new account. This template makes the username from the claims.
    Provision(UsernameTemplate),
    /// The identity is refused until an admin links it to an account.
    Refuse,
    /// A page asks the person whether they have an account already.
    Ask(AskAtFirstLogin),
}

/// What the page offers that asks at a first login.
#[derive(Debug, Clone)]
pub struct AskAtFirstLogin {
    /// To link the identity to an account that the person proves.
    pub prove: bool,
    /// To make a new account. The template makes its username from the claims.
    pub new: Option<UsernameTemplate>,
    /// To ask the people who run the site. The template suggests the username of the account that they may make.
    pub request: Option<UsernameTemplate>,
}

/// What to do with an identity. E-mail, name and username never decide it (security rules C21, C22).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    SignIn(Account),
    /// Make an account with this name, or with the next free one after it.
    Provision {
        wished: Username,
    },
    /// Ask the person whether they have an account. `wished`: the name of a new account, if they may have one.
    Ask {
        wished: Option<Username>,
    },
    Refuse,
}

/// Decides only by the account that is linked to the identity's key (provider, issuer, subject).
///
/// # Errors
/// When a new account is needed and the template gives no usable name.
pub fn decide(
    linked: Option<Account>,
    policy: &FirstLogin,
    claims: &Map<String, Value>,
) -> Result<Decision, UsernameError> {
    match linked {
        Some(account) => Ok(Decision::SignIn(account)),
        None => Ok(match policy.unlinked(claims)? {
            Unlinked::Provision(wished) => Decision::Provision { wished },
            Unlinked::Ask { wished } => Decision::Ask { wished },
            Unlinked::Refuse => Decision::Refuse,
        }),
    }
}

/// What to do with an identity that no account has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unlinked {
    /// Make an account with this name, or with the next free one after it.
    Provision(Username),
    /// Ask the person. `wished`: the name of a new account, if they may have one and the claims give one.
    Ask {
        wished: Option<Username>,
    },
    Refuse,
}

impl FirstLogin {
    /// What to do with an identity that no account has.
    ///
    /// # Errors
    /// When a new account is needed and the template gives no usable name.
    pub fn unlinked(&self, claims: &Map<String, Value>) -> Result<Unlinked, UsernameError> {
        Ok(match self {
            Self::Provision(template) => Unlinked::Provision(template.name(claims)?),
            Self::Refuse => Unlinked::Refuse,
            // Nothing but a new account needs a name.
            Self::Ask(AskAtFirstLogin { prove: false, new: Some(template), request: None }) => {
                Unlinked::Ask { wished: Some(template.name(claims)?) }
            }
            Self::Ask(AskAtFirstLogin { new, .. }) => {
                Unlinked::Ask { wished: new.as_ref().and_then(|template| template.name(claims).ok()) }
            }
        })
    }

    /// Whether people may link identities of the provider to their accounts themselves.
    #[must_use]
    pub fn lets_owners_link(&self) -> bool {
        match self {
            Self::Provision(_) => true,
            Self::Refuse => false,
            Self::Ask(ask) => ask.prove,
        }
    }

    /// Makes the usernames of new accounts, if it makes any.
    #[must_use]
    pub fn template(&self) -> Option<&UsernameTemplate> {
        match self {
            Self::Provision(template) => Some(template),
            Self::Refuse => None,
            Self::Ask(ask) => ask.new.as_ref(),
        }
    }

    /// The username that an admin may give a person who asks to be let in.
    #[must_use]
    pub fn suggested(&self, claims: &Map<String, Value>) -> Option<Username> {
        match self {
            Self::Ask(ask) => ask.request.as_ref()?.name(claims).ok(),
            Self::Provision(_) | Self::Refuse => None,
        }
    }
}

/// The last number that is tried for a new account: `dee`, `dee-2`, … `dee-99`.
pub const MAX_SUFFIX: u32 = 99;

/// The names to try in turn: the one from the template, then the same name with a number.
pub fn candidates(wished: &Username) -> impl Iterator<Item = Username> + '_ {
    std::iter::once(wished.clone()).chain((2..=MAX_SUFFIX).map(|number| wished.suffixed(number)))
}

#[cfg(test)]
mod tests;
