//! What the database keeps, with each identity, of the profile that its provider sent last.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::account::{Email, Profile};
use crate::base::ids::Group;
use crate::base::secret::sha256;

/// Which parts of a profile the database keeps, beside the local groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RememberedParts {
    pub name: bool,
    pub email: bool,
}

/// The profile that a provider sent last, as far as the database keeps it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastProfile {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub groups: BTreeSet<Group>,
}

impl LastProfile {
    /// What the database keeps of a profile.
    #[must_use]
    pub fn of(profile: &Profile, remembered: RememberedParts) -> Self {
        Self {
            name: profile.name.clone().filter(|_| remembered.name),
            email: profile.email.clone().filter(|_| remembered.email),
            groups: profile.groups.clone(),
        }
    }
}

/// A profile as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RememberedProfile {
    pub json: String,
}

/// The same without copies of the texts.
#[derive(Serialize)]
struct Parts<'p> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'p Email>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    groups: &'p BTreeSet<Group>,
}

impl RememberedProfile {
    #[must_use]
    pub fn of(profile: &Profile, remembered: RememberedParts) -> Self {
        let parts = Parts {
            name: profile.name.as_deref().filter(|_| remembered.name),
            email: profile.email.as_ref().filter(|_| remembered.email),
            groups: &profile.groups,
        };
        // Texts, sets of texts and bools: JSON can hold them all.
        Self { json: serde_json::to_string(&parts).unwrap_or_default() }
    }

    /// A digest of the profile and of what gave the subject. A login compares it: if it is the same as at the last
    /// sign-in, neither has changed, and nothing is written. JSON holds no zero byte, so two different pairs never give
    /// the same bytes.
    #[must_use]
    pub fn digest(&self, subject_source: &str) -> [u8; 16] {
        let bytes = [self.json.as_bytes(), &[0], subject_source.as_bytes()].concat();
        let [digest @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = sha256(&bytes);
        digest
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{LastProfile, RememberedParts, RememberedProfile};
    use crate::signin::account::{Email, Profile};

    #[test]
    fn only_the_remembered_parts_of_a_profile_are_kept() {
        let profile = Profile {
            name: Some("Dee".to_owned()),
            email: Some(Email { address: "dee@example.org".to_owned(), verified: true }),
            groups: ["staff".into()].into(),
            amr: vec!["pwd".to_owned()],
        };
        for (name, email, expected) in [
            (
                true,
                true,
                json!({
                    "name": "Dee", "email": { "address": "dee@example.org", "verified": true }, "groups": ["staff"],
                }),
            ),
            (true, false, json!({ "name": "Dee", "groups": ["staff"] })),
            (false, false, json!({ "groups": ["staff"] })),
        ] {
            let kept = RememberedProfile::of(&profile, RememberedParts { name, email });
            assert_eq!(serde_json::from_str::<serde_json::Value>(&kept.json).unwrap(), expected);
            let read: LastProfile = serde_json::from_str(&kept.json).unwrap();
            assert_eq!((read.name.is_some(), read.email.is_some(), read.groups.len()), (name, email, 1));
        }
        let all = RememberedParts { name: true, email: true };
        let other = Profile { amr: Vec::new(), ..profile.clone() };
        assert_eq!(RememberedProfile::of(&profile, all), RememberedProfile::of(&other, all));
        let other = Profile { name: Some("Deb".to_owned()), ..profile.clone() };
        let [profile, other] = [profile, other].map(|profile| RememberedProfile::of(&profile, all));
        assert_ne!(profile.digest("sub"), other.digest("sub"));
        assert_ne!(profile.digest("sub"), profile.digest("uid"));
    }
}
