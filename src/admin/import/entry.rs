//! One entry of a list: where it stands, what it says, and why it may not be taken.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::base::ids::NotAName;
use crate::base::lookalike::MixedScripts;
use crate::base::username::Username;
use crate::passwords::foreign::NotAHash;

/// Where in a list an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Line(u64),
    /// The how many-th of an array, from 1 on; its line where that is known.
    Entry {
        entry: u64,
        line: Option<u64>,
    },
}

/// `{"line": 3}`, `{"entry": 1, "line": 3}`
impl Serialize for Place {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let (entry, line) = match *self {
            Self::Line(line) => (None, Some(line)),
            Self::Entry { entry, line } => (Some(entry), line),
        };
        let members = [("entry", entry), ("line", line)];
        to.collect_map(members.into_iter().filter_map(|(name, value)| Some((name, value?))))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Entry { entry, line: Some(line) } => write!(f, "entry {entry} (line {line})"),
            Self::Entry { entry, line: None } => write!(f, "entry {entry}"),
        }
    }
}

/// One person of a list, as the list has them. Its `Debug` shows no hash.
#[derive(Clone)]
pub struct Listed {
    pub place: Place,
    pub name: String,
    pub hash: String,
    pub groups: Vec<String>,
}

impl fmt::Debug for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Listed({})", self.place)
    }
}

impl Problem {
    pub(super) fn group(name: &str, why: NotAName) -> Self {
        Self::Group { name: name.escape_debug().to_string(), why }
    }
}

/// Why an entry is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("{0}")]
    Unreadable(String),
    /// Of somebody whose name could be read.
    #[error("{why}")]
    UnreadableOf { name: String, why: String },
    #[error("{0}")]
    Name(#[from] NotAName),
    #[error("{0}")]
    Hash(#[from] NotAHash),
    #[error("\"{name}\" is no group: {why}")]
    Group { name: String, why: NotAName },
    #[error("the same name stands at {0}, or one that differs only in case or look")]
    Twice(Place),
    #[error("{0}")]
    Scripts(#[from] MixedScripts),
    #[error("it looks like the account \"{0}\", whose name is written in other letters; choose another")]
    LooksLike(Username),
    #[error("the account \"{0}\" has that name already; --replace gives it the password of the list")]
    Exists(Username),
    #[error("its identity is tied to the account \"{0}\"; untie it there first")]
    IdentityOfAnother(Username),
}
