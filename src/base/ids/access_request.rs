//! The id of an access request.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::{BASE32_LOWERCASE, InvalidName, base32};
use crate::base::random;

const PREFIX: &str = "req_";
const LENGTH: usize = 26;

/// The id of an access request: 128 random bits. People read it on a page and tell it to an admin. It gives no access.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AccessRequestId(String);

impl AccessRequestId {
    #[must_use]
    pub fn fresh() -> Self {
        Self(format!("{PREFIX}{}", base32(&random::bytes::<16>(), LENGTH)))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccessRequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for AccessRequestId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl FromStr for AccessRequestId {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let random = text.strip_prefix(PREFIX).unwrap_or_default();
        let is_id = random.len() == LENGTH && random.bytes().all(|byte| BASE32_LOWERCASE.contains(&byte));
        is_id.then(|| Self(text.to_owned())).ok_or(InvalidName(
            "the id of an access request is `req_` and 26 letters and digits; `vestibule access-request list` shows \
             them",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::AccessRequestId;

    #[test]
    fn an_id_parses_as_shown_and_nothing_else_does() {
        let id = AccessRequestId::fresh();
        assert_eq!(id.to_string().parse(), Ok(id.clone()));
        assert_ne!(AccessRequestId::fresh(), id);
        let upper = id.to_string().to_uppercase();
        for bad in ["", "req_", "req_0123", &upper, &id.as_str().replace("req_", "inv_"), &format!("{id}0")] {
            assert!(bad.parse::<AccessRequestId>().is_err(), "{bad}");
        }
    }
}
