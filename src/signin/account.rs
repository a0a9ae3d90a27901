//! An account, and the person who signs in with it, as the stages know them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::base::ids::{AccountId, Group, ProviderId};
use crate::base::mail_address::MailAddress;
use crate::base::username::Username;

/// An account of ours, as the store holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    pub username: Username,
    pub groups: BTreeSet<Group>,
    pub disabled: Option<Disabled>,
    /// Rises with each change of the account, its groups, identities or password. A cached account may have an older
    /// one.
    pub version: u64,
}

impl Account {
    /// What the log and the audit name of an account.
    #[must_use]
    pub fn id_and_username(&self) -> (AccountId, String) {
        (self.id.clone(), self.username.to_string())
    }
}

/// Who disabled an account, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disabled {
    pub by: String,
    pub at: time::OffsetDateTime,
}

/// A signed-in person: the account, and what the provider attested at the login that opened the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub account: Account,
    pub provider: ProviderId,
    pub profile: Profile,
}

/// What a provider attested about a person, in our own terms.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    pub name: Option<String>,
    pub email: Option<Email>,
    /// Local groups. The config maps the provider's groups to them; a group without a mapping is dropped.
    pub groups: BTreeSet<Group>,
    /// How the person authenticated at the provider, in its own words (OpenID Connect Core §2, `amr`).
    pub amr: Vec<String>,
}

/// An e-mail address, and whether the provider says that it is verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Email {
    pub address: String,
    pub verified: bool,
}

impl Email {
    /// The address, if the provider says that it is verified and it is a plain one.
    #[must_use]
    pub fn verified_address(&self) -> Option<MailAddress> {
        self.address.parse().ok().filter(|_| self.verified)
    }

    /// The domain, as [`crate::base::urls::comparable_domain`] writes it. Only a verified address has one.
    pub(super) fn verified_domain(&self) -> Option<String> {
        self.verified_address().map(|address| address.domain().to_owned())
    }

    /// Describes this address where a rule that needs a verified one does not hold.
    pub(super) fn describe(&self) -> String {
        match (self.verified, self.verified_domain().is_some(), self.address.split_once('@')) {
            (false, _, _) => "has one that the provider does not call verified".to_owned(),
            (true, true, Some((_, domain))) => format!("has one at {domain}"),
            (true, _, _) => "has one that is no plain address".to_owned(),
        }
    }
}
