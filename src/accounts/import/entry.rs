//! One entry of an imported list: its position, its content, and the reasons to refuse it.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::base::ids::InvalidName;
use crate::base::lookalike::MixedScripts;
use crate::base::username::Username;
use crate::passwords::foreign::{UnsupportedHash, is_hash, may_hold_hash};

/// The position of an entry in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryPosition {
    Line(u64),
    /// Its number in an array, counted from 1, and its line if that is known.
    Entry {
        entry: u64,
        line: Option<u64>,
    },
}

/// `{"line": 3}`, `{"entry": 1, "line": 3}`
impl Serialize for EntryPosition {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let (entry, line) = match *self {
            Self::Line(line) => (None, Some(line)),
            Self::Entry { entry, line } => (Some(entry), line),
        };
        let members = [("entry", entry), ("line", line)];
        to.collect_map(members.into_iter().filter_map(|(name, value)| Some((name, value?))))
    }
}

impl fmt::Display for EntryPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Entry { entry, line: Some(line) } => write!(f, "entry {entry} (line {line})"),
            Self::Entry { entry, line: None } => write!(f, "entry {entry}"),
        }
    }
}

/// One person of the list, not checked yet. Its `Debug` shows no hash.
#[derive(Clone)]
pub struct ListEntry {
    pub place: EntryPosition,
    pub name: String,
    pub hash: String,
    pub groups: Vec<String>,
    pub email: Option<String>,
}

impl fmt::Debug for ListEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ListEntry({})", self.place)
    }
}

impl ListEntry {
    /// Its name, if its other fields show that the columns are not swapped.
    pub(super) fn certain_name(&self) -> Option<&str> {
        let groups_hold_hash = self.groups.iter().any(|group| is_hash(group));
        (is_hash(&self.hash) && !groups_hold_hash).then_some(&self.name)
    }
}

impl EntryProblem {
    /// The problem of an entry whose fields can't all be read. Without a hash, the columns may be swapped, so the name
    /// is left out.
    #[must_use]
    pub fn unreadable(name: String, hash: &str, why: String) -> Self {
        if is_hash(hash) { Self::UnreadableNamed { name, why } } else { Self::Unreadable(why) }
    }

    /// The name of the entry, if the problem carries one.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::UnreadableNamed { name, .. } => Some(name),
            Self::Unreadable(_)
            | Self::Name(_)
            | Self::Hash(_)
            | Self::Group { .. }
            | Self::Email(_)
            | Self::Duplicate(_)
            | Self::LookalikeEntry(_)
            | Self::Scripts(_)
            | Self::LooksLike(_)
            | Self::Exists(_)
            | Self::IdentityOfAnother(_) => None,
        }
    }

    pub(super) fn group(name: &str, why: InvalidName) -> Self {
        let name = if may_hold_hash(name) { "…".to_owned() } else { name.escape_debug().to_string() };
        Self::Group { name, why }
    }
}

/// Why an entry is not imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryProblem {
    #[error("{0}")]
    Unreadable(String),
    /// Only the name could be read.
    #[error("{why}")]
    UnreadableNamed { name: String, why: String },
    #[error("{0}")]
    Name(#[from] InvalidName),
    #[error("{0}")]
    Hash(#[from] UnsupportedHash),
    #[error("\"{name}\" is not the name of a group: {why}")]
    Group { name: String, why: InvalidName },
    #[error("its email is no address: {0}; correct it, or leave it empty")]
    Email(InvalidName),
    #[error("{0} has the same name; upper and lower case make no difference")]
    Duplicate(EntryPosition),
    #[error("{0} has a name that looks the same")]
    LookalikeEntry(EntryPosition),
    #[error("{0}")]
    Scripts(#[from] MixedScripts),
    #[error("it looks like the account \"{0}\", whose name is written in other letters; choose another")]
    LooksLike(Username),
    #[error("the account \"{0}\" has that name already")]
    Exists(Username),
    #[error("its identity is linked to the account \"{0}\"; unlink it there first")]
    IdentityOfAnother(Username),
}
