//! Compares a person's groups with the config's `groups`. DNs are compared as DNs, other names as text.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use ldap3::Scope;

use super::connection::{self, SearchRequest};
use super::dn::Dn;
use super::settings::{GroupNameForm, GroupSearch, LdapSettings, MemberOf};
use super::template::filter_value;

/// How many groups of one person are kept. Groups that the config names are never left out.
pub const MAX_GROUPS: usize = 1000;

/// The groups that the config names.
#[derive(Debug, Default)]
pub struct NamedGroups {
    /// Each spelling in the config, by its DN.
    dns: HashMap<Dn, Vec<String>>,
    names: BTreeSet<String>,
    /// The names by what [`without_case`] makes of them.
    without_case: HashMap<String, String>,
}

/// A person's groups. Those that the config names have its spelling.
#[derive(Debug, PartialEq, Eq)]
pub struct MatchedGroups {
    pub groups: Vec<String>,
    pub left_out: usize,
    /// Groups that do not count, by the name in the config from which only letter case or spaces around them differ.
    pub misspelt: BTreeMap<String, String>,
}

impl NamedGroups {
    pub fn new<'k>(keys: impl Iterator<Item = &'k String>) -> Self {
        let mut named = Self::default();
        for key in keys {
            if let Some(dn) = Dn::parse(key) {
                named.dns.entry(dn).or_default().push(key.clone());
            }
            named.without_case.entry(without_case(key)).or_insert_with(|| key.clone());
            named.names.insert(key.clone());
        }
        named
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Maps groups to the config's spelling. Beyond [`MAX_GROUPS`], leaves out groups that the config does not name,
    /// since they decide nothing.
    pub fn matched(&self, all: BTreeSet<String>) -> MatchedGroups {
        let (mut groups, mut others, mut misspelt) = (BTreeSet::new(), Vec::new(), BTreeMap::new());
        for group in all {
            let same = self.configured_spellings(&group);
            if same.is_empty() && !self.names.contains(&group) {
                if let Some(configured) = self.without_case.get(&without_case(&group)) {
                    misspelt.entry(configured.clone()).or_insert_with(|| group.clone());
                }
                others.push(group);
                continue;
            }
            groups.extend(same.iter().cloned());
            if self.names.contains(&group) {
                groups.insert(group);
            }
        }
        // The entry and the search may spell a group in two ways, and one of them counts.
        misspelt.retain(|configured, _| !groups.contains(configured));
        let room = MAX_GROUPS.saturating_sub(groups.len());
        let left_out = others.len().saturating_sub(room);
        let groups = groups.into_iter().chain(others.into_iter().take(room)).collect();
        MatchedGroups { groups, left_out, misspelt }
    }

    /// Every spelling of this DN in the config.
    fn configured_spellings(&self, group: &str) -> &[String] {
        if self.dns.is_empty() {
            return &[];
        }
        Dn::parse(group).and_then(|dn| self.dns.get(&dn)).map_or(&[], Vec::as_slice)
    }
}

/// A group's name without letter case, and without spaces around it.
fn without_case(name: &str) -> String {
    name.trim().to_lowercase()
}

impl LdapSettings {
    /// Keys of `groups` that no group can match: for each, the problem and the fix.
    pub fn unmatchable_keys<'k>(&self, keys: impl Iterator<Item = &'k String>) -> Vec<(String, String)> {
        let keys: Vec<&String> = keys.collect();
        keys.iter().filter_map(|key| self.unmatchable_key(key)).chain(self.only_dns(&keys)).collect()
    }

    /// Keys that are all DNs, though a search finds groups by their names. Only [`MemberOf`] can match them.
    fn only_dns(&self, keys: &[&String]) -> Option<(String, String)> {
        let (search, first) = (self.group_search.as_ref()?, keys.first()?);
        let all_are_dns = keys.iter().all(|key| Dn::parse(key).is_some());
        if !all_are_dns || gives_dns(search) || self.member_of.groups == GroupNameForm::Name {
            return None;
        }
        let name = first.split(',').next().and_then(|rdn| rdn.split_once('=')).map_or("staff", |(_, name)| name.trim());
        let (found_by, member_of) = (&search.attribute, &self.member_of.attribute);
        Some((
            format!(
                "groups: all its keys are DNs, such as {first:?}, but group_base finds groups by their {found_by}, so \
                 no key matches"
            ),
            format!("write {name:?}, or leave out group_base if {member_of} gives the groups"),
        ))
    }

    fn unmatchable_key(&self, key: &str) -> Option<(String, String)> {
        let Self { member_of: MemberOf { attribute, groups }, group_search, .. } = self;
        let is_dn = Dn::parse(key).is_some();
        let (what, fix) = match (groups, group_search) {
            (GroupNameForm::Dn, _) if !is_dn && key.contains('=') => (
                format!("groups: {key:?} looks like a DN, but is not valid"),
                "write it as in RFC 4514: a comma within a value is `\\,`",
            ),
            (GroupNameForm::Dn, None) if !is_dn => (
                format!("groups: {key:?} is not a DN, and {attribute} gives the DNs of groups: nobody is ever in it"),
                "write the group's DN, or set member_of_as = \"name\"",
            ),
            (GroupNameForm::Name, search) if is_dn && !search.as_ref().is_some_and(gives_dns) => (
                format!("groups: {key:?} is a DN, and member_of_as = \"name\" gives names: nobody is ever in it"),
                "write the group's name, or leave out member_of_as",
            ),
            (GroupNameForm::Dn | GroupNameForm::Name, _) => return None,
        };
        Some((what, fix.to_owned()))
    }
}

/// Whether the attribute of a found group may hold a DN.
fn gives_dns(search: &GroupSearch) -> bool {
    !search.attribute.eq_ignore_ascii_case("cn")
}

/// How many names one filter holds, since servers limit the length of a message.
const NAMES_PER_FILTER: usize = 200;

/// The searches for groups of an entry that the config names. A directory ignores case and may find more, so
/// [`NamedGroups::matched`] decides.
pub fn named_group_searches<'n>(
    search: &'n GroupSearch,
    name: &'n str,
    dn: &'n str,
    named: &'n NamedGroups,
) -> impl Iterator<Item = SearchRequest> + 'n {
    let all: Vec<&String> = named.names.iter().collect();
    let filters: Vec<String> = all.chunks(NAMES_PER_FILTER).map(|some| search.filter_of(some)).collect();
    filters.into_iter().map(move |of_names| {
        let any = all_groups_search(search, name, dn);
        SearchRequest { filter: format!("(&{}(|{of_names}))", any.filter), ..any }
    })
}

/// The search for all groups of an entry.
pub fn all_groups_search(search: &GroupSearch, name: &str, dn: &str) -> SearchRequest {
    SearchRequest {
        base: search.base.clone(),
        scope: Scope::Subtree,
        filter: search.filter.for_entry(name, dn),
        attributes: vec![search.attribute.clone()],
        size_limit: i32::try_from(MAX_GROUPS).unwrap_or(i32::MAX),
    }
}

impl GroupSearch {
    /// The filter for groups with these names.
    pub fn filter_of<S: AsRef<str>>(&self, names: &[S]) -> String {
        names.iter().fold(String::new(), |mut filter, name| {
            _ = write!(filter, "({}={})", self.attribute, filter_value(name.as_ref()));
            filter
        })
    }
}

/// The names of the groups that were found.
pub fn group_names<'f>(
    search: &'f GroupSearch,
    found: &'f connection::SearchResult,
) -> impl Iterator<Item = String> + 'f {
    found.entries.iter().flat_map(|group| group.all_texts(&search.attribute)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{MAX_GROUPS, MatchedGroups, NamedGroups, named_group_searches};
    use crate::upstream::ldap::settings::GroupSearch;
    use crate::upstream::ldap::template::Filter;

    fn named(keys: &[&str]) -> NamedGroups {
        NamedGroups::new(keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>().iter())
    }

    fn of(named: &NamedGroups, groups: &[&str]) -> Vec<String> {
        named.matched(groups.iter().map(|group| (*group).to_owned()).collect()).groups
    }

    #[test]
    fn all_spellings_of_a_dn_are_the_same_group() {
        let named =
            named(&["cn=staff,ou=groups,dc=example,dc=org", "CN=Staff, ou=groups, dc=example, dc=org", "tutors"]);
        let both = ["CN=Staff, ou=groups, dc=example, dc=org", "cn=staff,ou=groups,dc=example,dc=org"];
        assert_eq!(of(&named, &["cn=STAFF,OU=groups,DC=example,DC=org"]), both);
        assert_eq!(of(&named, &["tutors", "Tutors"]), ["tutors", "Tutors"]);
        assert_eq!(of(&named, &["cn=staff,dc=example,dc=org"]), ["cn=staff,dc=example,dc=org"]);
    }

    // C44
    #[test]
    fn only_groups_that_the_config_names_are_searched_for_each_as_one_value() {
        let filter = Filter::of_groups("(member={dn})").unwrap();
        let search = GroupSearch { base: "dc=x".into(), filter, attribute: "cn".into() };
        let filters = |named: &NamedGroups| {
            named_group_searches(&search, "ada", "uid=ada", named).map(|asked| asked.filter).collect::<Vec<_>>()
        };
        assert_eq!(filters(&named(&["staff", "*)(cn=x"])), ["(&(member=uid=ada)(|(cn=\\2a\\29\\28cn=x)(cn=staff)))"]);
        assert_eq!(filters(&named(&[])), [""; 0]);
        let many: Vec<String> = (0..401).map(|at| format!("g{at}")).collect();
        let asked = filters(&NamedGroups::new(many.iter()));
        assert_eq!(asked.iter().map(|filter| filter.matches("(cn=g").count()).collect::<Vec<_>>(), [200, 200, 1]);
    }

    #[test]
    fn a_group_in_another_letter_case_does_not_count_and_is_named_with_the_configs_spelling() {
        let named = named(&["staff", "Tutors", "cn=a,dc=x"]);
        for group in ["Staff", "staff "] {
            let matched = named.matched([group.to_owned()].into());
            assert_eq!(matched.misspelt, [("staff".to_owned(), group.to_owned())].into());
            assert_eq!(matched.groups, [group]);
        }
        let others = ["staff", "Tutors", "CN=A,DC=X", "others"].map(str::to_owned);
        assert!(named.matched(others.into()).misspelt.is_empty());
        // Its own entry and the search may spell a group in two ways.
        let both = ["Staff", "staff", "TUTORS"].map(str::to_owned);
        assert_eq!(named.matched(both.into()).misspelt, [("Tutors".to_owned(), "TUTORS".to_owned())].into());
    }

    #[test]
    fn groups_that_the_config_names_are_never_left_out() {
        let groups = (0..MAX_GROUPS + 500).map(|at| format!("cn=a{at:04},dc=x"));
        let groups = groups.chain(["CN=Zoo,DC=x".to_owned(), "zoo".to_owned()]).collect();
        let MatchedGroups { groups, left_out, .. } = named(&["cn=zoo,dc=x", "zoo"]).matched(groups);
        assert_eq!((groups.len(), left_out), (MAX_GROUPS, 502));
        assert_eq!(groups[..2], ["cn=zoo,dc=x", "zoo"]);
    }
}
