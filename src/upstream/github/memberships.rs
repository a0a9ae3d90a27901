//! The entries of the lists of organisations and teams, and the names that the config can map.

use serde::Deserialize;

/// An organisation that the person is a member of.
#[derive(Debug, Deserialize)]
pub struct Organization {
    login: String,
    id: u64,
}

/// A team that the person is a member of.
#[derive(Debug, Deserialize)]
pub struct Team {
    slug: String,
    id: u64,
    organization: Organization,
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
        spellings(format!("{}:{}", self.organization.login, self.slug)).chain([format!("team#{}", self.id)])
    }
}

/// GitHub compares names without regard to case, so the config may have them in lower case.
fn spellings(name: String) -> impl Iterator<Item = String> {
    let lower = name.to_lowercase();
    [name, lower].into_iter()
}

#[cfg(test)]
mod tests {
    use super::{Organization, Team};

    fn groups(names: impl Iterator<Item = String>) -> Vec<String> {
        names.collect()
    }

    #[test]
    fn a_membership_has_a_name_and_an_id_that_no_name_can_equal() {
        let organization = r#"{"login":"Acme","id":9007199254740993,"url":"https://api.github.com/orgs/Acme"}"#;
        let read: Organization = serde_json::from_str(organization).unwrap();
        assert_eq!(groups(read.groups()), ["Acme", "acme", "org#9007199254740993"]);
        let team = format!("{{\"id\":42,\"slug\":\"staff\",\"parent\":null,\"organization\":{organization}}}");
        let read: Team = serde_json::from_str(&team).unwrap();
        assert_eq!(groups(read.groups()), ["Acme:staff", "acme:staff", "team#42"]);
        // An organisation of this name, with a team of this name, is no other organisation's id.
        let read: Team =
            serde_json::from_str(r#"{"id":1,"slug":"42","organization":{"login":"team","id":2}}"#).unwrap();
        assert!(!groups(read.groups()).contains(&"team#42".to_owned()));
    }

    // C16
    #[test]
    fn an_entry_with_a_name_that_comes_twice_or_of_another_type_is_refused() {
        for broken in [
            r#"{"login":"a","id":1,"id":2}"#,
            r#"{"login":"a","login":"b","id":1}"#,
            r#"{"login":"a","id":1.5}"#,
            r#"{"login":"a","id":"1"}"#,
            r#"{"login":7,"id":1}"#,
            "{}",
        ] {
            assert!(serde_json::from_str::<Organization>(broken).is_err(), "{broken}");
        }
    }
}
