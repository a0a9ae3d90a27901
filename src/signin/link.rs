//! Which account an external identity signs in to: its linked account, a new one, or none.

mod proof;
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
}

/// What to do with an identity. E-mail, name and username never decide it (security rules C21, C22).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    SignIn(Account),
    /// Make an account with this name, or with the next free one after it.
    Provision {
        wished: Username,
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
        None => Ok(policy.username(claims)?.map_or(Decision::Refuse, |wished| Decision::Provision { wished })),
    }
}

impl FirstLogin {
    /// The username for the new account of an identity that has none. `None`: the person is refused.
    ///
    /// # Errors
    /// When a new account is needed and the template gives no usable name.
    pub fn username(&self, claims: &Map<String, Value>) -> Result<Option<Username>, UsernameError> {
        match self {
            Self::Provision(template) => template.name(claims).map(Some),
            Self::Refuse => Ok(None),
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
