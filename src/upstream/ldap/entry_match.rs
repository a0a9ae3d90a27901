//! Decides which entry has a name, from the result of a search for it.

use super::connection::{Completeness, SearchResult};
use super::dn::Dn;
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
    /// `subject_attribute`: the attribute that identifies a person.
    pub fn of(found: SearchResult, subject_attribute: &str) -> Self {
        let SearchResult { mut entries, completeness } = found;
        // Some servers send an entry twice.
        entries.dedup_by(|other, one| is_same_entry(one, other, subject_attribute));
        match (entries.pop(), entries.is_empty(), completeness) {
            (Some(entry), true, Completeness::Complete) => Self::One(entry),
            (None, _, Completeness::Complete) => Self::Missing,
            (Some(_), false, _) => Self::Ambiguous(RefusalReason::Ambiguous),
            // Also without an entry: the directory counts entries that it does not show.
            (_, _, Completeness::Truncated) => Self::Ambiguous(RefusalReason::PerhapsAmbiguous),
        }
    }
}

/// Whether both are one entry, whose DN may be spelled in two ways. A directory may have two entries whose DNs differ
/// only in case, so the subject must be the same, too.
fn is_same_entry(one: &Entry, other: &Entry, subject_attribute: &str) -> bool {
    let same_dn = || Dn::parse(&one.dn).is_some_and(|dn| Dn::parse(&other.dn) == Some(dn));
    let same_subject =
        || one.subject(subject_attribute).is_ok_and(|subject| other.subject(subject_attribute) == Ok(subject));
    one == other || (same_dn() && same_subject())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use ldap3::SearchEntry;

    use super::{Completeness, Entry, EntryMatch, RefusalReason, SearchResult};

    fn matched(dns: &[&str], completeness: Completeness) -> EntryMatch {
        let entry = |dn: &&str| SearchEntry { dn: (*dn).to_owned(), attrs: HashMap::new(), bin_attrs: HashMap::new() };
        EntryMatch::of(
            SearchResult { entries: dns.iter().map(|dn| Entry::new(entry(dn))).collect(), completeness },
            "entryUUID",
        )
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

    // C44: a directory that compares names exactly may have both `ada` and `Ada`
    #[test]
    fn an_entry_sent_under_two_spellings_of_its_dn_is_one_if_its_subject_is_the_same() {
        let dn = "uid=ada,ou=people,dc=x";
        for spelling in [dn, "uid=Ada,OU=people,dc=X", "uid=ada, ou=people, dc=x", "UID=\\61da,ou=people,dc=x"] {
            let pair = |one: &[&str], other: &[&str]| {
                let entry = |dn: &str, uuids: &[&str]| {
                    let uuids = uuids.iter().map(|uuid| (*uuid).to_owned()).collect();
                    let attrs = HashMap::from([("entryUUID".to_owned(), uuids)]);
                    Entry::new(SearchEntry { dn: dn.to_owned(), attrs, bin_attrs: HashMap::new() })
                };
                let entries = vec![entry(dn, one), entry(spelling, other)];
                EntryMatch::of(SearchResult { entries, completeness: Completeness::Complete }, "entryUUID")
            };
            let EntryMatch::One(entry) = pair(&["u-1"], &["u-1", "u-1"]) else { panic!("{spelling}: several") };
            assert_eq!((entry.dn.as_str(), entry.subject("entryUUID").unwrap().as_str()), (dn, "u-1"), "{spelling}");
            let several = EntryMatch::Ambiguous(RefusalReason::Ambiguous);
            assert_eq!(pair(&["u-1"], &["u-2"]), several, "{spelling}: another subject");
            assert_eq!(pair(&["u-1"], &[]), several, "{spelling}: no subject");
            assert_eq!(pair(&["u-1", "u-2"], &["u-2"]), several, "{spelling}: no single subject");
        }
        let other_dn = matched(&["uid=ada,ou=a", "uid=ada,ou=b"], Completeness::Complete);
        assert_eq!(other_dn, EntryMatch::Ambiguous(RefusalReason::Ambiguous));
    }
}
