//! The entries of the lists of organisations and teams, and the names that the config can map.

use serde_json::Value;

use crate::base::strict_json::Members;
use crate::upstream::oauth_client::skipped_entries::{UnreadableEntry, text_member};

/// An entry of a list.
pub trait Membership: Sized {
    /// # Errors
    /// The member that can't be read.
    fn read(entry: &Members<'_>) -> Result<Self, UnreadableEntry>;
}

/// An organisation that the person is a member of.
#[derive(Debug)]
pub struct Organization {
    login: String,
    id: u64,
}

/// A team that the person is a member of.
#[derive(Debug)]
pub struct Team {
    slug: String,
    id: u64,
    organization: String,
}

impl Membership for Organization {
    fn read(entry: &Members<'_>) -> Result<Self, UnreadableEntry> {
        Ok(Self { login: text_member(entry, "login")?, id: id(entry)? })
    }
}

impl Membership for Team {
    fn read(entry: &Members<'_>) -> Result<Self, UnreadableEntry> {
        const ORGANIZATION: &str = "organization";
        let unreadable = UnreadableEntry::Member(ORGANIZATION);
        let organization = entry.raw(ORGANIZATION).ok().flatten().ok_or(unreadable)?;
        let organization = Members::read(organization.get().as_bytes()).map_err(|_| unreadable)?;
        let Organization { login, .. } = Organization::read(&organization).map_err(|_| unreadable)?;
        Ok(Self { slug: text_member(entry, "slug")?, id: id(entry)?, organization: login })
    }
}

/// Never through a floating-point number, which has 53 bits.
fn id(entry: &Members<'_>) -> Result<u64, UnreadableEntry> {
    entry.get("id").ok().flatten().as_ref().and_then(Value::as_u64).ok_or(UnreadableEntry::Member("id"))
}

impl Organization {
    /// Its login, and its id, which stays when somebody renames it. No login has a `#`, so no organisation can be
    /// named like another one's id.
    pub fn groups(&self) -> impl Iterator<Item = String> + use<> {
        spellings(self.login.clone()).chain([format!("org#{}", self.id)])
    }
}

impl Team {
    /// Its name below that of its organisation, and its id.
    pub fn groups(&self) -> impl Iterator<Item = String> + use<> {
        spellings(format!("{}:{}", self.organization, self.slug)).chain([format!("team#{}", self.id)])
    }
}

/// GitHub compares names without regard to case, so the config may have them in lower case.
fn spellings(name: String) -> impl Iterator<Item = String> {
    let lower = name.to_lowercase();
    [name, lower].into_iter()
}

#[cfg(test)]
mod tests {
    use super::{Members, Membership, Organization, Team, UnreadableEntry};

    fn groups(names: impl Iterator<Item = String>) -> Vec<String> {
        names.collect()
    }

    fn read<M: Membership>(entry: &str) -> Result<M, UnreadableEntry> {
        M::read(&Members::read(entry.as_bytes()).unwrap())
    }

    #[test]
    fn a_membership_has_a_name_and_an_id_that_no_name_can_equal() {
        let organization = r#"{"login":"Acme","id":9007199254740993,"url":"https://api.github.com/orgs/Acme"}"#;
        let acme: Organization = read(organization).unwrap();
        assert_eq!(groups(acme.groups()), ["Acme", "acme", "org#9007199254740993"]);
        let team = format!("{{\"id\":42,\"slug\":\"staff\",\"parent\":null,\"organization\":{organization}}}");
        let staff: Team = read(&team).unwrap();
        assert_eq!(groups(staff.groups()), ["Acme:staff", "acme:staff", "team#42"]);
        // An organisation of this name, with a team of this name, is no other organisation's id.
        let odd: Team = read(r#"{"id":1,"slug":"42","organization":{"login":"team","id":2}}"#).unwrap();
        assert!(!groups(odd.groups()).contains(&"team#42".to_owned()));
    }

    // C16
    #[test]
    fn an_entry_with_a_name_that_comes_twice_or_of_another_type_is_unreadable() {
        for (broken, member) in [
            (r#"{"login":"a","id":1,"id":2}"#, "id"),
            (r#"{"login":"a","login":"b","id":1}"#, "login"),
            (r#"{"login":"a","id":1.5}"#, "id"),
            (r#"{"login":"a","id":"1"}"#, "id"),
            (r#"{"login":7,"id":1}"#, "login"),
            ("{}", "login"),
        ] {
            assert_eq!(read::<Organization>(broken).unwrap_err(), UnreadableEntry::Member(member), "{broken}");
            let team = format!("{{\"id\":1,\"slug\":\"a\",\"organization\":{broken}}}");
            assert_eq!(read::<Team>(&team).unwrap_err(), UnreadableEntry::Member("organization"), "{broken}");
        }
    }
}
