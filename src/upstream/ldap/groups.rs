//! The groups of a person beside those that the config's `groups` names: DNs are compared as DNs, other names as they are.

use std::collections::{BTreeSet, HashMap};

use ldap3::Scope;

use super::connection::Question;
use super::dn::Dn;
use super::settings::{GroupSearch, GroupsAs, MemberOf, Settings};

/// How many groups of one person are handed on. Those that the config names are never among the ones that are left out.
pub const MOST: usize = 1000;

/// The groups that the config names.
#[derive(Debug, Default)]
pub struct NamedGroups {
    /// Each as the config writes it, by the DN that it is.
    dns: HashMap<Dn, Vec<String>>,
    names: BTreeSet<String>,
}

/// A person's groups, in the config's own spelling where it names them.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    pub groups: Vec<String>,
    pub left_out: usize,
}

impl NamedGroups {
    pub fn new<'k>(keys: impl Iterator<Item = &'k String>) -> Self {
        let mut named = Self::default();
        for key in keys {
            if let Some(dn) = Dn::parse(key) {
                named.dns.entry(dn).or_default().push(key.clone());
            }
            named.names.insert(key.clone());
        }
        named
    }

    /// Maps first, and bounds then: what the config doesn't name decides nothing.
    pub fn of(&self, theirs: BTreeSet<String>) -> Found {
        let (mut groups, mut others) = (BTreeSet::new(), Vec::new());
        for theirs in theirs {
            let same = self.spelled(&theirs);
            if same.is_empty() && !self.names.contains(&theirs) {
                others.push(theirs);
                continue;
            }
            groups.extend(same.iter().cloned());
            if self.names.contains(&theirs) {
                groups.insert(theirs);
            }
        }
        let room = MOST.saturating_sub(groups.len());
        let left_out = others.len().saturating_sub(room);
        Found { groups: groups.into_iter().chain(others.into_iter().take(room)).collect(), left_out }
    }

    /// Every spelling of this DN that the config has.
    fn spelled(&self, theirs: &str) -> &[String] {
        if self.dns.is_empty() {
            return &[];
        }
        Dn::parse(theirs).and_then(|dn| self.dns.get(&dn)).map_or(&[], Vec::as_slice)
    }
}

impl Settings {
    /// Keys of `groups` that can never be anybody's group: what is odd about each, and the mend.
    pub fn odd_groups<'k>(&self, keys: impl Iterator<Item = &'k String>) -> Vec<(String, String)> {
        keys.filter_map(|key| self.odd_group(key)).collect()
    }

    fn odd_group(&self, key: &str) -> Option<(String, String)> {
        let Self { member_of: MemberOf { attribute, groups }, group_search, .. } = self;
        let is_dn = Dn::parse(key).is_some();
        let (what, mend) = match (groups, group_search) {
            (GroupsAs::Dn, _) if !is_dn && key.contains('=') => (
                format!("groups: {key:?} looks like a DN and is none"),
                "write it as RFC 4514 has it: a comma within a value is `\\,`",
            ),
            (GroupsAs::Dn, None) if !is_dn => (
                format!("groups: {key:?} is no DN, and {attribute} gives the DNs of groups: nobody is ever in it"),
                "write the group's DN, or set member_of_as = \"name\"",
            ),
            (GroupsAs::Name, search) if is_dn && !search.as_ref().is_some_and(gives_dns) => (
                format!("groups: {key:?} is a DN, and member_of_as = \"name\" gives names: nobody is ever in it"),
                "write the group's name, or leave out member_of_as",
            ),
            (GroupsAs::Dn | GroupsAs::Name, _) => return None,
        };
        Some((what, mend.to_owned()))
    }
}

/// Whether what is read of a group that was found may be a DN.
fn gives_dns(search: &GroupSearch) -> bool {
    !search.attribute.eq_ignore_ascii_case("cn")
}

/// The search for the groups of an entry.
pub fn in_groups(search: &GroupSearch, name: &str, dn: &str) -> Question {
    Question {
        base: search.base.clone(),
        scope: Scope::Subtree,
        filter: search.filter.for_entry(name, dn),
        attributes: vec![search.attribute.clone()],
        most: i32::try_from(MOST).unwrap_or(i32::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, MOST, NamedGroups};

    fn named(keys: &[&str]) -> NamedGroups {
        NamedGroups::new(keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>().iter())
    }

    fn of(named: &NamedGroups, theirs: &[&str]) -> Vec<String> {
        named.of(theirs.iter().map(|group| (*group).to_owned()).collect()).groups
    }

    #[test]
    fn a_group_is_the_same_however_the_directory_writes_its_dn() {
        let named =
            named(&["cn=staff,ou=groups,dc=example,dc=org", "CN=Staff, ou=groups, dc=example, dc=org", "tutors"]);
        let both = ["CN=Staff, ou=groups, dc=example, dc=org", "cn=staff,ou=groups,dc=example,dc=org"];
        assert_eq!(of(&named, &["cn=STAFF,OU=groups,DC=example,DC=org"]), both);
        assert_eq!(of(&named, &["tutors", "Tutors"]), ["tutors", "Tutors"]);
        assert_eq!(of(&named, &["cn=staff,dc=example,dc=org"]), ["cn=staff,dc=example,dc=org"]);
    }

    #[test]
    fn groups_that_the_config_names_are_never_left_out() {
        let theirs = (0..MOST + 500).map(|at| format!("cn=a{at:04},dc=x"));
        let theirs = theirs.chain(["CN=Zoo,DC=x".to_owned(), "zoo".to_owned()]).collect();
        let Found { groups, left_out } = named(&["cn=zoo,dc=x", "zoo"]).of(theirs);
        assert_eq!((groups.len(), left_out), (MOST, 502));
        assert_eq!(groups[..2], ["cn=zoo,dc=x", "zoo"]);
    }
}
