//! The entries of a provider's list that can't be read. They give no right, and the others count.

use crate::base::ids::ProviderId;
use crate::base::strict_json::Members;

/// The entries of one list that were skipped.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct SkippedEntries {
    count: usize,
    first: Option<UnreadableEntry>,
}

/// Why an entry can't be read. Never holds a part of it (security rule C56).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableEntry {
    #[error("it is not an object")]
    NoObject,
    #[error("its `{0}` is missing or can't be read")]
    Member(&'static str),
}

/// The member of an entry, if it is text.
///
/// # Errors
/// Its name. A member that comes twice can't be read (security rule C16).
pub fn text_member(entry: &Members<'_>, name: &'static str) -> Result<String, UnreadableEntry> {
    let value = entry.get(name).ok().flatten();
    value.as_ref().and_then(serde_json::Value::as_str).map(str::to_owned).ok_or(UnreadableEntry::Member(name))
}

impl SkippedEntries {
    /// The entry, if it could be read.
    pub fn keep<T>(&mut self, entry: Result<T, UnreadableEntry>) -> Option<T> {
        entry
            .inspect_err(|why| {
                self.count += 1;
                self.first.get_or_insert(*why);
            })
            .ok()
    }

    /// Warns of them, once for the whole list. `list`: its name in the log.
    pub fn warn(&self, provider: &ProviderId, list: &str) {
        if let Some(why) = self.first {
            let count = self.count;
            tracing::warn!(
                %provider, error = %why, cause = "claim_ignored",
                "{list} has {count} entries that can't be read; they give no group, and the others count"
            );
        }
    }
}
