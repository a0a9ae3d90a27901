//! Ids with a prefix that says what they name.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::{BASE32_LOWERCASE, InvalidName, base32};
use crate::base::random;

const LENGTH: usize = 26;

macro_rules! prefixed_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $invalid:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            #[must_use]
            pub fn fresh() -> Self {
                Self(format!("{}{}", $prefix, base32(&random::bytes::<16>(), LENGTH)))
            }

            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidName;

            fn from_str(text: &str) -> Result<Self, InvalidName> {
                let random = text.strip_prefix($prefix).unwrap_or_default();
                let is_id = random.len() == LENGTH && random.bytes().all(|byte| BASE32_LOWERCASE.contains(&byte));
                is_id.then(|| Self(text.to_owned())).ok_or(InvalidName($invalid))
            }
        }
    };
}

prefixed_id!(
    /// The id of an access request: 128 random bits. People read it on a page and tell it to an admin. It gives no
    /// access.
    AccessRequestId,
    "req_",
    "the id of an access request is `req_` and 26 letters and digits; `vestibule access-request list` shows them"
);
prefixed_id!(
    /// The id of an operation that can be undone: 128 random bits. It gives no access.
    OperationId,
    "op_",
    "the id of an operation is `op_` and 26 letters and digits; `vestibule user merges` shows them"
);

#[cfg(test)]
mod tests {
    use super::{AccessRequestId, OperationId};

    #[test]
    fn an_id_parses_as_shown_and_nothing_else_does() {
        let id = AccessRequestId::fresh();
        assert_eq!(id.to_string().parse(), Ok(id.clone()));
        assert_ne!(AccessRequestId::fresh(), id);
        let upper = id.to_string().to_uppercase();
        for bad in ["", "req_", "req_0123", &upper, &id.as_str().replace("req_", "op_"), &format!("{id}0")] {
            assert!(bad.parse::<AccessRequestId>().is_err(), "{bad}");
        }
        assert!(OperationId::fresh().as_str().parse::<AccessRequestId>().is_err());
    }
}
