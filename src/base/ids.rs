//! Ids and names, each a type of its own, checked when it is made.

mod link_request;
mod login;
mod prefixed;
mod reference_code;
mod session_binding;
mod sid;

pub use link_request::{LinkRequestId, LinkRequestSecret, LinkRequestTag};
pub use login::LoginId;
pub use prefixed::{AccessRequestId, OperationId};
pub use reference_code::ReferenceCode;
pub use session_binding::SessionBinding;
pub use sid::Sid;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::invisible::is_invisible;
use super::random;

/// Why a text is not a name of this kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidName(pub &'static str);

macro_rules! slug {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidName;
            fn from_str(text: &str) -> Result<Self, InvalidName> {
                is_slug(text)
                    .then(|| Self(text.to_owned()))
                    .ok_or(InvalidName("an id is 1 to 32 of the characters a-z, 0-9 and -"))
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidName;
            fn try_from(text: String) -> Result<Self, InvalidName> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

slug!(
    /// A provider's id in the config file: `[a-z0-9-]{1,32}`.
    ProviderId
);
slug!(
    /// An app's id in the config file: `[a-z0-9-]{1,32}`.
    AppId
);

fn is_slug(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text!(
    /// The party that attests identities: an OpenID issuer, byte for byte as the provider writes it.
    Issuer
);
text!(
    /// The person that a provider attests: its `sub`, byte for byte, unique within the issuer.
    Subject
);
text!(
    /// A local group.
    Group
);
impl Group {
    /// # Errors
    /// When it is not a group's name. Commas and semicolons separate names in lists.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        if !text.trim().is_empty() && text.trim() != text {
            return Err(InvalidName("a group's name has no space before or after it"));
        }
        if text.trim().is_empty() || text.chars().any(is_invisible) {
            return Err(InvalidName("a group's name has visible characters only"));
        }
        let one = Some(text).filter(|text| !text.contains([',', ';']));
        one.map(Self::from).ok_or(InvalidName("a group's name holds no comma and no semicolon"))
    }
}

text!(
    /// The `kid` of one of our signing keys.
    KeyId
);

/// A local account's stable id: 128 random bits as 26 characters, never used twice (security rule C26).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountId(String);

impl AccountId {
    #[must_use]
    pub fn fresh() -> Self {
        Self(base32(&random::bytes::<16>(), 26))
    }

    /// An id that our own store wrote.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Crockford's base32, in lower case. Its texts sort like the bytes that they encode.
const BASE32_LOWERCASE: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

fn base32(bytes: &[u8], length: usize) -> String {
    let (mut bits, mut bit_count, mut text) = (0_u32, 0_u32, String::with_capacity(length));
    let mut push = |value: u32| {
        let letter = BASE32_LOWERCASE.get((value & 31) as usize).copied().unwrap_or(b'0');
        text.push(char::from(letter));
    };
    for byte in bytes {
        bits = (bits << 8) | u32::from(*byte);
        bit_count += 8;
        while bit_count >= 5 {
            bit_count -= 5;
            push(bits >> bit_count);
        }
        bits &= (1 << bit_count) - 1;
    }
    if bit_count > 0 {
        push(bits << (5 - bit_count));
    }
    text
}

#[cfg(test)]
mod tests;
