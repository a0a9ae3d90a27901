//! `[admin]`: what identity admins may do, and what the database keeps for them.

use std::time::Duration;

use super::known_providers::{KnownProviders, reject_duplicates};
use super::reader::{Fault, Section, duration, list, non_empty_list, one_of, text};
use crate::base::ids::{ProviderId, Subject};
use crate::base::role::Role;
use crate::signin::remembered_profile::RememberedParts;

/// What admins see and may do, and what people may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminSettings {
    /// How long ago a person must have proved at most who they are, for a change that needs a fresh sign-in.
    pub fresh: Duration,
    /// Which parts of people's profiles the database keeps.
    pub remembered: RememberedParts,
    /// How long the admin pages stay open without use.
    pub idle: Duration,
    /// The providers by which people open the admin pages. `None`: all.
    pub providers: Option<Vec<ProviderId>>,
    pub grants: Vec<RoleGrant>,
}

/// A role for the account of one identity.
///
/// The subject, not the username (rule R7): a username belongs to the person who comes first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleGrant {
    pub provider: ProviderId,
    pub subject: Subject,
    pub role: Role,
}

impl AdminSettings {
    pub(super) fn read(section: &mut Section, known: &KnownProviders) -> Self {
        let kinds = [("name", ProfilePart::Name), ("email", ProfilePart::Email)];
        let remember = section.optional("remember", list(one_of(&kinds, &[])));
        let remember = remember.unwrap_or_else(|| vec![ProfilePart::Name, ProfilePart::Email]);
        let (name, email) = (remember.contains(&ProfilePart::Name), remember.contains(&ProfilePart::Email));
        let providers = section.optional("providers", non_empty_list(|node| known.id(node)));
        reject_duplicates(section, "providers", providers.as_deref().unwrap_or_default());
        let grants = section.tables("grant").into_iter().filter_map(|grant| RoleGrant::read(grant, known)).collect();
        Self {
            fresh: fresh(section),
            remembered: RememberedParts { name, email },
            idle: at_least_a_minute(section, "idle", Duration::from_mins(30)),
            providers,
            grants,
        }
    }
}

/// After a longer time, a browser that somebody left open would be as good as a sign-in.
fn fresh(section: &mut Section) -> Duration {
    let value = at_least_a_minute(section, "fresh", Duration::from_mins(5));
    if value > LONGEST_FRESH {
        section.note_fault("fresh", Fault::new("is longer than an hour").fix("write at most \"1h\""));
    }
    value
}

const LONGEST_FRESH: Duration = Duration::from_hours(1);

/// The way back from a provider takes some seconds.
fn at_least_a_minute(section: &mut Section, key: &str, default: Duration) -> Duration {
    let value = section.optional(key, duration).unwrap_or(default);
    if value < Duration::from_mins(1) {
        section.note_fault(key, Fault::new("is less than a minute").fix("write minutes, such as \"5m\""));
    }
    value
}

impl RoleGrant {
    fn read(mut section: Section, known: &KnownProviders) -> Option<Self> {
        let roles = Role::ALL.map(|role| (role.as_str(), role));
        let provider = section.required("provider", "\"uni\"", |node| known.id(node));
        let subject = section.required("subject", "the subject that `vestibule user show` prints", text);
        let role = section.required("role", "\"admin\"", one_of(&roles, &[]));
        section.close();
        Some(Self { provider: provider?, subject: subject?.into(), role: role? })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ProfilePart {
    Name,
    Email,
}
