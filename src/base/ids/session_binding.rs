//! What binds a step of a person to the session in which they began it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::base::secret::sha256;

/// A hash of a session's id. It is not the hash by which the session is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionBinding([u8; 32]);

impl SessionBinding {
    /// `id`: the session's id, as in the cookie.
    #[must_use]
    pub fn of(id: i128) -> Self {
        Self(sha256(&[b"binding:".as_slice(), &id.to_be_bytes()].concat()))
    }

    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A binding that our own store wrote.
    #[must_use]
    pub fn stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl Serialize for SessionBinding {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl<'de> Deserialize<'de> for SessionBinding {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&str>::deserialize(deserializer)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| Self::stored(&bytes));
        bytes.ok_or_else(|| serde::de::Error::custom("not the binding of a session"))
    }
}
