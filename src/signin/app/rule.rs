//! One rule of an app: who may enter, and what they may do there.

use std::collections::BTreeSet;
use std::fmt;

use super::Room;
use crate::base::ids::{Group, ProviderId};
use crate::base::username::Username;

/// One `[[app.allow]]`. Every condition that it has must hold; a list holds if one of its items does. A condition that
/// is `None` restricts nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rule {
    pub name: RuleName,
    pub rooms: Option<Vec<Rooms>>,
    pub groups: Option<Vec<Group>>,
    pub providers: Option<Vec<ProviderId>>,
    /// In lower case. Only a verified address can meet them.
    pub email_domains: Option<Vec<String>>,
    pub accounts: Option<Vec<Username>>,
    /// The permissions in the token: the words of the rule after [`super::Permissions::expand`].
    pub permissions: BTreeSet<String>,
}

/// The name of a rule in logs and grants: the app and the rule's number, `notes.allow[1]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleName(pub String);

impl fmt::Display for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The rooms that a rule is about.
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
    /// Why the text names no rooms, for the operator who wrote it.
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

    pub(in crate::signin) fn contains(&self, room: &Room) -> bool {
        match self {
            Self::All => true,
            Self::Below(above) => {
                room.as_str().strip_prefix(above.as_str()).is_some_and(|below| below.starts_with('/'))
            }
            Self::One(one) => one == room,
        }
    }
}
