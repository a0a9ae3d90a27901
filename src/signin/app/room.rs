//! Names of rooms.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::base::invisible::is_invisible;
use crate::base::urls::encoded;

/// Longest room name, in bytes of UTF-8.
pub const MAX_LENGTH: usize = 128;

/// A checked room name: 1 to 128 bytes, in segments separated by `/`. No segment is empty or begins with `.`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Room(String);

/// Why a text is not a room name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRoom {
    #[error("a room name has 1 to 128 bytes")]
    Length,
    #[error("no part between slashes may be empty or begin with a dot")]
    Segment,
    #[error("a room name holds no \\, %, ?, #, control or direction character")]
    Character,
}

impl Room {
    /// # Errors
    /// Which rule it breaks.
    pub fn parse(text: &str) -> Result<Self, InvalidRoom> {
        if !(1..=MAX_LENGTH).contains(&text.len()) {
            return Err(InvalidRoom::Length);
        }
        if text.chars().any(|c| matches!(c, '\\' | '%' | '?' | '#') || is_invisible(c)) {
            return Err(InvalidRoom::Character);
        }
        if text.split('/').any(|segment| segment.is_empty() || segment.starts_with('.')) {
            return Err(InvalidRoom::Segment);
        }
        Ok(Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name in an address: each segment percent-encoded, the slashes kept, since both a path and a query may hold
    /// them (RFC 3986 §3.3, §3.4).
    #[must_use]
    pub fn encoded(&self) -> String {
        self.0.split('/').map(encoded).collect::<Vec<_>>().join("/")
    }
}

impl fmt::Display for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Room {
    type Error = InvalidRoom;
    fn try_from(text: String) -> Result<Self, InvalidRoom> {
        Self::parse(&text)
    }
}

impl From<Room> for String {
    fn from(room: Room) -> Self {
        room.0
    }
}
