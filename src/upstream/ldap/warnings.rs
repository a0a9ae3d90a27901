//! Warnings that concern every sign-in at a directory. The log has each of them once, until the config is read again.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// What a warning is about. Holds only words of the config, so a directory can't add warnings without end.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Warning {
    /// The values of this claim can't be read.
    UnreadableClaim(String),
    /// The directory returns fewer groups than it finds.
    TruncatedGroups,
    /// The directory spells this group of the config in another way.
    GroupSpelling(String),
}

/// The warnings that the log has. Locked only if there is something to warn of.
#[derive(Debug, Default)]
pub struct Warned(Mutex<BTreeSet<Warning>>);

impl Warned {
    /// Whether the log does not have the warning yet. From then on it counts as logged.
    pub fn is_new(&self, warning: Warning) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(warning)
    }
}
