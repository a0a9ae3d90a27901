//! Person + app's rules → [`Grant`] or [`Denied`]. Each grant names the rules that gave it.

use std::collections::BTreeSet;
use std::fmt;

use super::account::{Disabled, Email, Person};
use super::app::{App, Room, Rule, RuleName};
use super::arrive::Location;
use crate::base::clock::format_utc;
use crate::base::ids::{Group, ProviderId};
use crate::base::urls::comparable_domain;
use crate::base::username::Username;

/// What a person may do at a location. Holding one is the proof that a rule gave it (security rule C31).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    person: Person,
    location: Location,
    permissions: BTreeSet<String>,
    rules: Vec<RuleName>,
}

impl Grant {
    #[must_use]
    pub fn person(&self) -> &Person {
        &self.person
    }
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.location
    }
    #[must_use]
    pub fn permissions(&self) -> &BTreeSet<String> {
        &self.permissions
    }
    #[must_use]
    pub fn rules(&self) -> &[RuleName] {
        &self.rules
    }
}

/// Why a person may not enter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denied {
    AccountDisabled(Disabled),
    /// The person signed in with a provider that this app does not offer.
    Provider(ProviderId),
    /// No rule lets this person in here. Holds the rules that were tried, and the nearest of them.
    NoRule {
        rules_tried: Vec<RuleName>,
        nearest: Option<NearestRule>,
    },
    /// Why the app does not accept the username.
    Username(&'static str),
}

/// The rule that came nearest to letting the person in, and which of its conditions failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearestRule {
    pub rule: RuleName,
    pub unmet: Vec<String>,
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AccountDisabled(Disabled { by, at }) => {
                write!(f, "the account was disabled by {by} at {}", format_utc(*at))
            }
            Self::Provider(provider) => write!(f, "the app does not offer sign-ins with provider {provider}"),
            Self::Username(why) => write!(f, "the app does not accept this username: {why}"),
            Self::NoRule { rules_tried, .. } if rules_tried.is_empty() => {
                f.write_str("the app has no rule, so nobody may enter")
            }
            Self::NoRule { rules_tried, nearest } => {
                let names: Vec<_> = rules_tried.iter().map(RuleName::to_string).collect();
                write!(f, "no rule lets the person in: tried {}", names.join(", "))?;
                match nearest {
                    Some(NearestRule { rule, unmet }) => write!(f, "; nearest {rule}: {}", unmet.join("; ")),
                    None => Ok(()),
                }
            }
        }
    }
}

/// Decides what `person` may do at `location`. The permissions of all rules that hold add up. If no rule holds, the
/// person may not enter.
///
/// # Errors
/// Why the person may not enter.
pub fn permit(app: &App, person: Person, location: Location) -> Result<Grant, Denied> {
    if let Some(disabled) = &person.account.disabled {
        return Err(Denied::AccountDisabled(disabled.clone()));
    }
    // A session from another app must not get around this app's own list of providers.
    if !app.offers(&person.provider) {
        return Err(Denied::Provider(person.provider));
    }
    (app.kind.check_username)(person.account.username.as_str()).map_err(Denied::Username)?;

    let (mut permissions, mut rules, mut misses) = (BTreeSet::new(), Vec::new(), Vec::new());
    for rule in &app.rules {
        let unmet = rule.unmet(&person, location.room());
        if unmet.is_empty() {
            permissions.extend(rule.permissions.iter().cloned());
            rules.push(rule.name.clone());
        } else {
            misses.push((rule, unmet));
        }
    }
    if rules.is_empty() {
        // A rule about this room explains more than a rule about other rooms.
        let distance = |(rule, unmet): &&(&Rule, Vec<Condition>)| (!rule.is_about(location.room()), unmet.len());
        let nearest = misses.iter().min_by_key(distance).map(|(rule, unmet)| NearestRule {
            rule: rule.name.clone(),
            unmet: unmet.iter().map(|condition| condition.describe(rule, &person, location.room())).collect(),
        });
        return Err(Denied::NoRule {
            rules_tried: misses.into_iter().map(|(rule, _)| rule.name.clone()).collect(),
            nearest,
        });
    }
    Ok(Grant { person, location, permissions, rules })
}

/// A condition of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Condition {
    Room,
    Group,
    Provider,
    EmailDomain,
    Account,
}

impl Rule {
    fn is_about(&self, room: Option<&Room>) -> bool {
        self.rooms.as_ref().is_none_or(|rooms| room.is_some_and(|room| rooms.iter().any(|rooms| rooms.contains(room))))
    }

    /// The conditions that fail. Empty if the rule lets the person in.
    fn unmet(&self, person: &Person, room: Option<&Room>) -> Vec<Condition> {
        let has_group = |group| person.account.groups.contains(group) || person.profile.groups.contains(group);
        let domain = || person.profile.email.as_ref().and_then(Email::verified_domain);
        let has_domain = |wanted: &Vec<String>| {
            domain().is_some_and(|domain| wanted.iter().any(|wanted| comparable_domain(wanted) == domain))
        };
        let has_account = |accounts: &Vec<Username>| {
            let own = person.account.username.folded();
            accounts.iter().any(|account| account.folded() == own)
        };
        let conditions = [
            (Condition::Room, self.is_about(room)),
            (Condition::Group, self.groups.as_ref().is_none_or(|groups| groups.iter().any(has_group))),
            (Condition::Provider, self.providers.as_ref().is_none_or(|listed| listed.contains(&person.provider))),
            (Condition::EmailDomain, self.email_domains.as_ref().is_none_or(has_domain)),
            (Condition::Account, self.accounts.as_ref().is_none_or(has_account)),
        ];
        conditions.into_iter().filter(|(_, holds)| !holds).map(|(condition, _)| condition).collect()
    }
}

impl Condition {
    /// Why it fails, in words for an admin.
    fn describe(self, rule: &Rule, person: &Person, room: Option<&Room>) -> String {
        match self {
            Self::Room => format!("is not about room {}", room.map_or("(none)", Room::as_str)),
            Self::Group => {
                let has = person.account.groups.union(&person.profile.groups).map(Group::as_str);
                let has = has.collect::<Vec<_>>().join(", ");
                let needs = rule.groups.iter().flatten().map(Group::as_str).collect::<Vec<_>>().join(" or ");
                format!("needs group {needs}; has {}", if has.is_empty() { "none" } else { &has })
            }
            Self::Provider => format!("is not about provider {}", person.provider),
            Self::EmailDomain => {
                let wanted = rule.email_domains.iter().flatten().cloned().collect::<Vec<_>>().join(" or ");
                let has = person.profile.email.as_ref().map_or_else(|| "has none".to_owned(), Email::describe);
                format!("needs a verified address at {wanted}; {has}")
            }
            Self::Account => "names other accounts".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
