//! The secret and the id of a link request.

use std::fmt;
use std::str::FromStr;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use super::{InvalidName, base32};
use crate::base::random;
use crate::base::secret::sha256;

/// The key to a link request: 128 random bits. Only the browser that asked has it, in a cookie.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkRequestSecret([u8; 16]);

impl LinkRequestSecret {
    #[must_use]
    pub fn fresh() -> Self {
        Self(random::bytes())
    }

    #[must_use]
    pub fn id(&self) -> LinkRequestId {
        LinkRequestId(sha256(&self.0))
    }

    /// The value of the cookie.
    #[must_use]
    pub fn expose(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

impl fmt::Debug for LinkRequestSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkRequestSecret")
    }
}

impl FromStr for LinkRequestSecret {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or(InvalidName("not the secret of a link request"))
    }
}

/// The id of a link request: the hash of its secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LinkRequestId([u8; 32]);

impl LinkRequestId {
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Names the request in addresses and in the name of its cookie. It gives no access.
    #[must_use]
    pub fn tag(&self) -> LinkRequestTag {
        let (beginning, _) = self.0.split_at(TAG_LENGTH * 5 / 8);
        LinkRequestTag(base32(beginning, TAG_LENGTH))
    }
}

impl Serialize for LinkRequestId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl<'de> Deserialize<'de> for LinkRequestId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&str>::deserialize(deserializer)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| serde::de::Error::custom("not the id of a link request"))
    }
}

const TAG_LENGTH: usize = 8;

/// The beginning of a link request's id, so that several tabs of one browser don't mix up their requests.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LinkRequestTag(String);

impl LinkRequestTag {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LinkRequestTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for LinkRequestTag {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let is_tag = text.len() == TAG_LENGTH && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        is_tag.then(|| Self(text.to_owned())).ok_or(InvalidName("not the tag of a link request"))
    }
}

#[cfg(test)]
mod tests {
    use super::{LinkRequestId, LinkRequestSecret, LinkRequestTag};

    #[test]
    fn a_secret_parses_as_exposed_and_leads_to_one_id() {
        let secret = LinkRequestSecret::fresh();
        let again: LinkRequestSecret = secret.expose().parse().unwrap();
        assert_eq!(again.id(), secret.id());
        assert_ne!(LinkRequestSecret::fresh().id(), secret.id());
        assert_eq!(secret.id().tag().as_str().parse(), Ok(secret.id().tag()));
        for bad in ["", "abc", "====", "AAAAAAAAAAAAAAAAAAAAAAA"] {
            assert!(bad.parse::<LinkRequestSecret>().is_err(), "{bad}");
        }
        for bad in ["", "abcdefg", "abcdefghi", "abcd/../", "ABCDEFGH"] {
            assert!(bad.parse::<LinkRequestTag>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_id_keeps_its_bytes_in_json_and_debug_shows_no_secret() {
        let secret = LinkRequestSecret::fresh();
        let json = serde_json::to_string(&secret.id()).unwrap();
        assert_eq!(serde_json::from_str::<LinkRequestId>(&json).unwrap(), secret.id());
        assert_eq!(format!("{secret:?}"), "LinkRequestSecret");
    }
}
