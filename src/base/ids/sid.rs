//! The public id of a session.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::{InvalidName, base32};
use crate::base::random;

/// The public id of a session: 128 random bits. It names a session on pages, in commands and in the audit log. It does
/// not come from the id in the cookie, and signs nobody in (security rule C37).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Sid(String);

impl Sid {
    #[must_use]
    pub fn fresh() -> Self {
        Self(base32(&random::bytes::<16>(), 26))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Sid {
    type Err = InvalidName;

    /// 26 characters; 32 if the database drew it.
    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let is_sid =
            matches!(text.len(), 26 | 32) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        is_sid.then(|| Self(text.to_owned())).ok_or(InvalidName("the id of a session is 26 or 32 of a-z and 0-9"))
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
