//! The roles of identity admins.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::ids::InvalidName;

/// What an account may do to other accounts. Each role may also do what the ones before it may do.
///
/// A role is never a group and never comes from a claim (rule R1): nobody gets one by joining a group at a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees everything, and changes nothing.
    Viewer,
    /// Also ends sessions, disables and enables accounts, and lets people prove who they are.
    Helpdesk,
    /// Also links identities, changes groups and gives roles.
    Admin,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Helpdesk, Self::Admin];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Helpdesk => "helpdesk",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let found = Self::ALL.into_iter().find(|role| role.as_str() == text);
        found.ok_or(InvalidName("a role is viewer, helpdesk or admin"))
    }
}
