//! Account + app rules → [`Grant`] or [`Denied`]. Each grant remembers the rules that made it.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::arrive::{App, Location, Room};
use crate::base::clock::when;
use crate::base::ids::{AccountId, Group, ProviderId};
use crate::base::username::{Username, is_unseen};

/// A local account, as the store knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    pub username: Username,
    pub groups: BTreeSet<Group>,
    pub disabled: Option<Disabled>,
}

/// Who switched an account off, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disabled {
    pub by: String,
    pub at: time::OffsetDateTime,
}

/// A signed-in person: the account, and what the provider attested at the login that the session stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub account: Account,
    pub provider: ProviderId,
    pub profile: Profile,
}

/// What a provider attested of a person, mapped into our own words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    pub name: Option<String>,
    pub email: Option<Email>,
    /// Local groups, mapped from the provider's claim by the config; what is not named there is dropped.
    pub groups: BTreeSet<Group>,
    /// How they authenticated there, in the provider's words (OpenID Connect Core §2, `amr`).
    pub amr: Vec<String>,
}

/// An e-mail address, and what the provider says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Email {
    pub address: String,
    pub verified: bool,
}

impl Email {
    /// The domain in small letters, of a verified address alone.
    ///
    /// Strict where mail is generous: one `@` and nothing unseen, so that no second reading has another domain. Only
    /// ASCII changes its case, as full case mapping makes one letter of two (the Kelvin sign and k).
    fn verified_domain(&self) -> Option<String> {
        let (name, domain) = self.address.split_once('@').filter(|_| self.verified)?;
        let plain =
            |part: &str| !part.is_empty() && !part.chars().any(|c| c == '@' || c.is_whitespace() || is_unseen(c));
        (plain(name) && plain(domain)).then(|| domain.to_ascii_lowercase())
    }
}

/// One `[[app.allow]]`: all its conditions must hold, within each list one; a condition left out restricts nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rule {
    /// Where it stands: `notes.allow[1]`.
    pub name: RuleName,
    pub rooms: Option<Vec<Rooms>>,
    pub groups: Option<Vec<Group>>,
    pub providers: Option<Vec<ProviderId>>,
    /// In small letters; hold for verified addresses alone.
    pub email_domains: Option<Vec<String>>,
    pub accounts: Option<Vec<Username>>,
    /// What it gives, in the app kind's own words, already expanded.
    pub permissions: BTreeSet<String>,
}

/// What a rule is called in logs and grants.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleName(pub String);

impl fmt::Display for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which rooms a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rooms {
    /// `*`
    All,
    /// `seminars/*`: every room below, at any depth, but not `seminars` itself.
    Below(Room),
    /// `maths`
    One(Room),
}

impl Rooms {
    /// # Errors
    /// Why it names no rooms, in words for whoever wrote it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "*" {
            return Ok(Self::All);
        }
        let (name, make): (&str, fn(Room) -> Self) = match text.strip_suffix("/*") {
            Some(above) => (above, Self::Below),
            None => (text, Self::One),
        };
        if name.contains('*') {
            return Err("only \"*\" or a trailing \"/*\" stand for several rooms".into());
        }
        Room::parse(name).map(make).map_err(|why| why.to_string())
    }

    fn cover(&self, room: &Room) -> bool {
        match self {
            Self::All => true,
            Self::Below(above) => {
                room.as_str().strip_prefix(above.as_str()).is_some_and(|below| below.starts_with('/'))
            }
            Self::One(one) => one == room,
        }
    }
}

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

/// Why nobody gets in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denied {
    AccountDisabled(Disabled),
    /// The session came by a provider that this app does not take.
    Provider(ProviderId),
    /// No rule lets this person in here: which were looked at, and what the nearest of them asks for.
    NoRule {
        looked_at: Vec<RuleName>,
        nearest: Option<Miss>,
    },
    /// The app cannot take the username, and why.
    Username(&'static str),
}

/// The rule that was nearest to letting somebody in, and what it wants that they have not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    pub rule: RuleName,
    pub wants: Vec<String>,
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AccountDisabled(Disabled { by, at }) => {
                write!(f, "the account was disabled by {by} at {}", when(*at))
            }
            Self::Provider(provider) => write!(f, "the app takes no sign-in by provider {provider}"),
            Self::Username(why) => write!(f, "the app cannot take this username: {why}"),
            Self::NoRule { looked_at, .. } if looked_at.is_empty() => f.write_str("the app has no rule, so no entry"),
            Self::NoRule { looked_at, nearest } => {
                let names: Vec<_> = looked_at.iter().map(RuleName::to_string).collect();
                write!(f, "looked at {}", names.join(", "))?;
                match nearest {
                    Some(Miss { rule, wants }) => write!(f, "; nearest {rule}: {}", wants.join("; ")),
                    None => Ok(()),
                }
            }
        }
    }
}

/// Decides what `person` may do at `location`. Rules add up; no rule, no entry.
///
/// # Errors
/// Why not.
pub fn permit(app: &App, person: Person, location: Location) -> Result<Grant, Denied> {
    if let Some(disabled) = &person.account.disabled {
        return Err(Denied::AccountDisabled(disabled.clone()));
    }
    // A session made for another app is no way around this app's own list of providers.
    if !app.offers(&person.provider) {
        return Err(Denied::Provider(person.provider));
    }
    (app.kind.takes_username)(person.account.username.as_str()).map_err(Denied::Username)?;

    let (mut permissions, mut rules, mut misses) = (BTreeSet::new(), Vec::new(), Vec::new());
    for rule in &app.rules {
        let wants = rule.wants(&person, location.room());
        if wants.is_empty() {
            permissions.extend(rule.permissions.iter().cloned());
            rules.push(rule.name.clone());
        } else {
            misses.push((rule, wants));
        }
    }
    if rules.is_empty() {
        // A rule about this room says more of why they are not in it than any rule about other rooms.
        let distance = |(rule, wants): &&(&Rule, Vec<String>)| (!rule.is_about(location.room()), wants.len());
        let nearest = misses.iter().min_by_key(distance);
        let nearest = nearest.map(|(rule, wants)| Miss { rule: rule.name.clone(), wants: wants.clone() });
        return Err(Denied::NoRule {
            looked_at: misses.into_iter().map(|(rule, _)| rule.name.clone()).collect(),
            nearest,
        });
    }
    Ok(Grant { person, location, permissions, rules })
}

impl Rule {
    fn is_about(&self, room: Option<&Room>) -> bool {
        self.rooms.as_ref().is_none_or(|rooms| room.is_some_and(|room| rooms.iter().any(|rooms| rooms.cover(room))))
    }

    /// What this rule asks for and the person has not, in words for an admin; empty when it lets them in.
    fn wants(&self, person: &Person, room: Option<&Room>) -> Vec<String> {
        let groups = person.account.groups.union(&person.profile.groups);
        let domain = person.profile.email.as_ref().and_then(Email::verified_domain);
        let holds = [
            wants(
                self.rooms.as_deref(),
                |rooms| room.is_some_and(|room| rooms.cover(room)),
                || format!("is not about room {}", room.map_or("(none)", Room::as_str)),
            ),
            wants(
                self.groups.as_deref(),
                |group| groups.clone().any(|has| has == group),
                || {
                    let has = groups.clone().map(Group::as_str).collect::<Vec<_>>().join(", ");
                    let needs = self.groups.iter().flatten().map(Group::as_str).collect::<Vec<_>>().join(" or ");
                    format!("needs group {needs}; has {}", if has.is_empty() { "none" } else { &has })
                },
            ),
            wants(
                self.providers.as_deref(),
                |provider| *provider == person.provider,
                || format!("is not about provider {}", person.provider),
            ),
            wants(
                self.email_domains.as_deref(),
                |wanted| domain.as_ref() == Some(wanted),
                || {
                    format!(
                        "needs a verified address at {}",
                        self.email_domains.iter().flatten().cloned().collect::<Vec<_>>().join(" or ")
                    )
                },
            ),
            wants(
                self.accounts.as_deref(),
                |name| name.folded() == person.account.username.folded(),
                || "names other accounts".into(),
            ),
        ];
        holds.into_iter().flatten().collect()
    }
}

fn wants<T>(listed: Option<&[T]>, holds: impl Fn(&T) -> bool, words: impl FnOnce() -> String) -> Option<String> {
    listed.filter(|listed| !listed.iter().any(holds)).map(|_| words())
}

#[cfg(test)]
mod tests;
