//! What a list of people holds, in whatever format.

use crate::accounts::{EntryPosition, EntryProblem, ListEntry};

/// A list as it was read.
#[derive(Debug)]
pub struct List {
    pub entries: Vec<ListEntry>,
    pub unreadable: Vec<(EntryPosition, EntryProblem)>,
    /// Names of columns that mean nothing here.
    pub not_read: Vec<String>,
}

/// The columns or members that we read, by each of their names.
pub const NAMES: [&str; 2] = ["name", "username"];
pub const HASHES: [&str; 2] = ["hash", "password_hash"];
pub const GROUPS: &str = "groups";

/// Several groups in one text.
///
/// # Errors
/// When something else than a semicolon separates them.
pub fn groups(text: &str) -> Result<Vec<String>, String> {
    if text.contains(',') {
        let shown: String = text.chars().take(60).flat_map(char::escape_debug).collect();
        let apart = text.split(',').map(str::trim).collect::<Vec<_>>().join(";");
        let apart: String = apart.chars().take(60).flat_map(char::escape_debug).collect();
        return Err(format!("groups: \"{shown}\" holds a comma; several groups are parted by semicolons: {apart}"));
    }
    Ok(text.split(';').map(str::trim).filter(|group| !group.is_empty()).map(str::to_owned).collect())
}
