//! The contents of a list of people, in any format.

use crate::accounts::{EntryPosition, EntryProblem, ListEntry};
use crate::passwords::foreign::{is_hash, may_hold_hash};

/// A list as it was read.
#[derive(Debug)]
pub struct List {
    pub entries: Vec<ListEntry>,
    pub unreadable: Vec<(EntryPosition, EntryProblem)>,
    /// Names of columns that are not used here.
    pub not_read: Vec<String>,
}

/// The columns or members that we read, by each of their names.
pub const NAMES: [&str; 2] = ["name", "username"];
pub const HASHES: [&str; 2] = ["hash", "password_hash"];
pub const GROUPS: &str = "groups";

/// Several groups in one text. `hash`: that of their entry.
///
/// # Errors
/// When commas separate them.
pub fn groups(text: &str, hash: &str) -> Result<Vec<String>, String> {
    if text.contains(',') {
        // If the columns are swapped, the text may be a hash or a password (security rule C56).
        if !is_hash(hash) || may_hold_hash(text) {
            return Err("its groups hold a comma; separate groups by semicolons".to_owned());
        }
        let shown: String = text.chars().take(60).flat_map(char::escape_debug).collect();
        let separated = text.split(',').map(str::trim).collect::<Vec<_>>().join(";");
        let separated: String = separated.chars().take(60).flat_map(char::escape_debug).collect();
        return Err(format!("groups: \"{shown}\" has a comma; separate groups by semicolons: {separated}"));
    }
    Ok(text.split(';').map(str::trim).filter(|group| !group.is_empty()).map(str::to_owned).collect())
}
