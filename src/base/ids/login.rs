//! The id of a login.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{BASE32_LOWERCASE, InvalidName, base32};
use crate::base::random;

/// The id of one login: 48 bits of time and 112 random bits, so that ids sort by age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LoginId([u8; 20]);

impl TryFrom<String> for LoginId {
    type Error = InvalidName;
    fn try_from(text: String) -> Result<Self, InvalidName> {
        text.parse()
    }
}

impl From<LoginId> for String {
    fn from(id: LoginId) -> Self {
        id.to_string()
    }
}

impl LoginId {
    #[must_use]
    pub fn fresh(now: OffsetDateTime) -> Self {
        let millis = u64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap_or(0);
        let mut id = random::bytes::<20>();
        id.iter_mut().zip(millis.to_be_bytes().into_iter().skip(2)).for_each(|(to, from)| *to = from);
        Self(id)
    }

    /// The id with these bytes, as [`Self::as_bytes`] returned them.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// 32 characters of base32, in the order of the bytes.
impl fmt::Display for LoginId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base32(&self.0, 32))
    }
}

impl std::str::FromStr for LoginId {
    type Err = InvalidName;
    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let wrong = InvalidName("not the id of a login");
        if text.len() != 32 {
            return Err(wrong);
        }
        let mut id = [0_u8; 20];
        let (mut bits, mut bit_count, mut at) = (0_u32, 0_u32, id.iter_mut());
        for character in text.bytes() {
            let value = BASE32_LOWERCASE.iter().position(|c| *c == character).ok_or_else(|| wrong.clone())?;
            bits = (bits << 5) | u32::try_from(value).map_err(|_| wrong.clone())?;
            bit_count += 5;
            if bit_count >= 8 {
                bit_count -= 8;
                if let Some(byte) = at.next() {
                    *byte = u8::try_from((bits >> bit_count) & 0xff).map_err(|_| wrong.clone())?;
                }
                bits &= (1 << bit_count) - 1;
            }
        }
        Ok(Self(id))
    }
}
