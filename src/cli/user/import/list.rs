//! The contents of a list of people, in any format.

use crate::accounts::{EntryPosition, EntryProblem, ListEntry};
use crate::base::readable_json::BROKEN;
use crate::passwords::foreign::{is_hash, may_hold_hash};

/// A list as it was read.
#[derive(Debug)]
pub struct List {
    pub entries: Vec<ListEntry>,
    pub unreadable: Vec<(EntryPosition, EntryProblem)>,
    /// Names of columns that are not used here.
    pub not_read: Vec<String>,
}

impl List {
    /// Refuses each entry with a part that is not UTF-8. `BROKEN` stands for such bytes. What is not read may hold
    /// anything.
    pub fn refuse_broken(&mut self) {
        let entries = std::mem::take(&mut self.entries);
        let (broken, readable) = entries.into_iter().partition(|entry| broken_part(entry).is_some());
        self.entries = readable;
        let refused = |entry: ListEntry| {
            let why = format!("its {} is not UTF-8; save the list in UTF-8", broken_part(&entry)?);
            Some((entry.place, EntryProblem::Unreadable(why)))
        };
        let broken: Vec<ListEntry> = broken;
        self.unreadable.extend(broken.into_iter().filter_map(refused));
        for column in &mut self.not_read {
            *column = column.replace(BROKEN, "\u{fffd}");
        }
    }
}

fn broken_part(entry: &ListEntry) -> Option<&'static str> {
    let is_broken = |text: &String| text.contains(BROKEN);
    if is_broken(&entry.name) {
        Some("name")
    } else if is_broken(&entry.hash) {
        Some("hash")
    } else if entry.groups.iter().any(is_broken) {
        Some("list of groups")
    } else {
        entry.email.as_ref().is_some_and(is_broken).then_some("email")
    }
}

/// The columns or members that we read, by each of their names.
pub const NAMES: [&str; 2] = ["name", "username"];
pub const HASHES: [&str; 2] = ["hash", "password_hash"];
pub const GROUPS: &str = "groups";
pub const EMAIL: &str = "email";

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
