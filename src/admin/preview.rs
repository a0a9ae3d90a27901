//! What a login would lead to: the account, and what an app's rules would give it. Reads, and changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::ids::{AccountId, ProviderId};
use crate::base::random;
use crate::base::username::Username;
use crate::signin::account::{Account, Person, Profile};
use crate::signin::app::{App, Rooms};
use crate::signin::arrive::arrive;
use crate::signin::identify::ExternalIdentity;
use crate::signin::link::{Decision, FirstLogin, NoName, candidates, decide};
use crate::signin::permit::{Denied, Grant, permit};
use crate::store::{Store, StoreError};

/// The account that an identity would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WouldBe {
    Tied(Account),
    /// None yet: one would be made. Where the wished name is taken: whose it is.
    Made {
        name: Username,
        wished: Username,
        taken_by: Option<Username>,
    },
    /// None, and somebody new stays out.
    Nobody,
    NoName(NoName),
    NamesExhausted,
}

/// What an app would do for them at one place.
#[derive(Debug)]
pub struct Entry {
    /// `room maths`
    pub place: String,
    pub permit: Result<Grant, Denied>,
}

/// Decides as a login does. Without a store: as in an empty one, before the first start.
///
/// # Errors
/// When the database fails.
pub async fn would_be(
    store: Option<&Store>,
    identity: &ExternalIdentity,
    policy: &FirstLogin,
) -> Result<WouldBe, StoreError> {
    let tied = match store {
        Some(store) => store.tied(&identity.key).await?,
        None => None,
    };
    let wished = match decide(tied, policy, &identity.claims) {
        Ok(Decision::SignIn(account)) => return Ok(WouldBe::Tied(account)),
        Ok(Decision::Refuse) => return Ok(WouldBe::Nobody),
        Ok(Decision::Provision { wished }) => wished,
        Err(why) => return Ok(WouldBe::NoName(why)),
    };
    let mut taken_by = None;
    for name in candidates(&wished) {
        let holder = match store {
            Some(store) => store.holder(&name).await?,
            None => None,
        };
        match holder {
            None => return Ok(WouldBe::Made { name, wished: wished.clone(), taken_by }),
            Some(holder) => {
                taken_by.get_or_insert(holder);
            }
        }
    }
    Ok(WouldBe::NamesExhausted)
}

impl WouldBe {
    /// Who would stand at an app's door, if anybody.
    #[must_use]
    pub fn person(&self, provider: &ProviderId, profile: &Profile) -> Option<Person> {
        let account = match self {
            Self::Tied(account) => account.clone(),
            Self::Made { name, .. } => {
                Account { id: AccountId::fresh(), username: name.clone(), groups: BTreeSet::new(), disabled: None }
            }
            Self::Nobody | Self::NoName(_) | Self::NamesExhausted => return None,
        };
        Some(Person { account, provider: provider.clone(), profile: profile.clone() })
    }
}

/// What an app's rules would give somebody: outside all rooms, in those rooms that the rules name, and in any other.
#[must_use]
pub fn entries(app: &App, person: &Person) -> Vec<Entry> {
    let mut entries = Vec::new();
    // Rules know addresses by their rooms alone: so one stands for all.
    if let Some(address) = app.addresses.listed.first() {
        let place = match app.addresses.listed.len() {
            1 => address.clone(),
            _ => "each of its locations".to_owned(),
        };
        entries.extend(entry(app, person, place, "location", address));
    }
    if app.addresses.rooms.is_some() {
        // A name that no rule means, unless it means them all.
        let any = random::token();
        let named: BTreeMap<String, String> = app
            .rules
            .iter()
            .flat_map(|rule| rule.rooms.iter().flatten())
            .filter_map(|rooms| sample(rooms, &any))
            .collect();
        let place = if named.is_empty() { "any room" } else { "any other room" };
        for (rooms, room) in &named {
            entries.extend(entry(app, person, format!("room {rooms}"), "room", room));
        }
        entries.extend(entry(app, person, place.to_owned(), "room", &any));
        for entry in &mut entries {
            forget_room(entry, &any);
        }
    }
    entries
}

/// The name of the made-up room means nothing to anybody.
fn forget_room(entry: &mut Entry, any: &str) {
    if let Err(Denied::NoRule { nearest: Some(miss), .. }) = &mut entry.permit {
        for want in &mut miss.wants {
            *want = want.replace(&format!("room {any}"), "other rooms").replace(any, "…");
        }
    }
}

/// What a rule calls these rooms, and one of them.
fn sample(rooms: &Rooms, any: &str) -> Option<(String, String)> {
    match rooms {
        Rooms::All => None,
        Rooms::One(room) => Some((room.as_str().to_owned(), room.as_str().to_owned())),
        Rooms::Below(above) => Some((format!("{}/*", above.as_str()), format!("{}/{any}", above.as_str()))),
    }
}

fn entry(app: &App, person: &Person, place: String, parameter: &str, value: &str) -> Option<Entry> {
    let start = [(parameter, value), ("state", "rehearsed")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let request = arrive(app, &start).ok()?;
    Some(Entry { place, permit: permit(app, person.clone(), request.location) })
}
