//! How it is known that an identity belongs to its account.

use std::str::FromStr;

use serde::Serialize;

use crate::base::ids::InvalidName;

/// Why an identity is linked to its account. It is shown and gives no rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkProof {
    /// The account was made at the first sign-in with this identity.
    Founding,
    /// The person signed in with it and with an identity of the account, and confirmed the link.
    Proven,
    /// Its provider is authoritative for the domain of an address that an admin or a list gave the account (rule L4).
    Domain,
    /// An admin linked it.
    Admin,
    /// It came with a list of accounts.
    Import,
    /// It was linked by an older version, which did not say why.
    Before,
}

impl LinkProof {
    /// As the database has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Founding => "founding",
            Self::Proven => "proven",
            Self::Domain => "domain",
            Self::Admin => "admin",
            Self::Import => "import",
            Self::Before => "before",
        }
    }
}

impl FromStr for LinkProof {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all = [Self::Founding, Self::Proven, Self::Domain, Self::Admin, Self::Import, Self::Before];
        all.into_iter().find(|proof| proof.as_str() == text).ok_or(InvalidName("not a proof of a link"))
    }
}
