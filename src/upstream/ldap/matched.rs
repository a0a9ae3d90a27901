//! Whose name it is, by the entries that a search for the name found.

use super::connection::{Completeness, SearchResult};
use super::entry::Entry;
use crate::signin::identify::password::RefusalReason;

/// What a search for a name found.
#[derive(Debug, PartialEq, Eq)]
pub enum Matched {
    One(Entry),
    Nobody,
    /// Security rule C44: Vestibule never chooses one of several.
    Unclear(RefusalReason),
}

impl Matched {
    pub fn of(found: SearchResult) -> Self {
        let SearchResult { mut entries, completeness } = found;
        // Some servers send an entry twice.
        entries.dedup();
        match (entries.pop(), entries.is_empty(), completeness) {
            (Some(entry), true, Completeness::Complete) => Self::One(entry),
            (None, _, Completeness::Complete) => Self::Nobody,
            (Some(_), false, _) => Self::Unclear(RefusalReason::Ambiguous),
            // Even without an entry: it counts those that it does not show.
            (_, _, Completeness::Truncated) => Self::Unclear(RefusalReason::PerhapsAmbiguous),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use ldap3::SearchEntry;

    use super::{Completeness, Entry, Matched, RefusalReason, SearchResult};

    fn matched(dns: &[&str], completeness: Completeness) -> Matched {
        let entry = |dn: &&str| SearchEntry { dn: (*dn).to_owned(), attrs: HashMap::new(), bin_attrs: HashMap::new() };
        Matched::of(SearchResult { entries: dns.iter().map(|dn| Entry::new(entry(dn))).collect(), completeness })
    }

    // C44: with a size limit of one, OpenLDAP sends one of two entries and sizeLimitExceeded.
    #[test]
    fn an_entry_is_the_persons_only_if_the_directory_holds_no_other_back() {
        assert!(matches!(matched(&["uid=ada"], Completeness::Complete), Matched::One(entry) if entry.dn == "uid=ada"));
        assert!(matches!(matched(&["uid=ada", "uid=ada"], Completeness::Complete), Matched::One(_)));
        assert_eq!(matched(&[], Completeness::Complete), Matched::Nobody);
        for completeness in [Completeness::Complete, Completeness::Truncated] {
            let two = matched(&["uid=ada", "uid=ada,ou=b"], completeness);
            assert_eq!(two, Matched::Unclear(RefusalReason::Ambiguous));
        }
        for first in [&["uid=ada"][..], &[]] {
            assert_eq!(matched(first, Completeness::Truncated), Matched::Unclear(RefusalReason::PerhapsAmbiguous));
        }
        assert!(RefusalReason::PerhapsAmbiguous.to_string().contains("size limit"));
    }
}
