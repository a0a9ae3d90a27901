//! Decides which entry has a name, from the result of a search for it.

use super::connection::{Completeness, SearchResult};
use super::entry::Entry;
use crate::signin::identify::password::RefusalReason;

/// The result of a search for a name.
#[derive(Debug, PartialEq, Eq)]
pub enum EntryMatch {
    One(Entry),
    Missing,
    /// Security rule C44: Vestibule never chooses one of several.
    Ambiguous(RefusalReason),
}

impl EntryMatch {
    pub fn of(found: SearchResult) -> Self {
        let SearchResult { mut entries, completeness } = found;
        // Some servers send an entry twice.
        entries.dedup();
        match (entries.pop(), entries.is_empty(), completeness) {
            (Some(entry), true, Completeness::Complete) => Self::One(entry),
            (None, _, Completeness::Complete) => Self::Missing,
            (Some(_), false, _) => Self::Ambiguous(RefusalReason::Ambiguous),
            // Also without an entry: the directory counts entries that it does not show.
            (_, _, Completeness::Truncated) => Self::Ambiguous(RefusalReason::PerhapsAmbiguous),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use ldap3::SearchEntry;

    use super::{Completeness, Entry, EntryMatch, RefusalReason, SearchResult};

    fn matched(dns: &[&str], completeness: Completeness) -> EntryMatch {
        let entry = |dn: &&str| SearchEntry { dn: (*dn).to_owned(), attrs: HashMap::new(), bin_attrs: HashMap::new() };
        EntryMatch::of(SearchResult { entries: dns.iter().map(|dn| Entry::new(entry(dn))).collect(), completeness })
    }

    // C44: with a size limit of one, OpenLDAP sends one of two entries and sizeLimitExceeded.
    #[test]
    fn one_entry_is_accepted_only_if_the_directory_returned_all_matches() {
        assert!(
            matches!(matched(&["uid=ada"], Completeness::Complete), EntryMatch::One(entry) if entry.dn == "uid=ada")
        );
        assert!(matches!(matched(&["uid=ada", "uid=ada"], Completeness::Complete), EntryMatch::One(_)));
        assert_eq!(matched(&[], Completeness::Complete), EntryMatch::Missing);
        for completeness in [Completeness::Complete, Completeness::Truncated] {
            let two = matched(&["uid=ada", "uid=ada,ou=b"], completeness);
            assert_eq!(two, EntryMatch::Ambiguous(RefusalReason::Ambiguous));
        }
        for first in [&["uid=ada"][..], &[]] {
            assert_eq!(matched(first, Completeness::Truncated), EntryMatch::Ambiguous(RefusalReason::PerhapsAmbiguous));
        }
        assert!(RefusalReason::PerhapsAmbiguous.to_string().contains("size limit"));
    }
}
