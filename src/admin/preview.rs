//! The preview of a login: which account it leads to, and what an app's rules give the person. Changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::base::ids::{AccountId, ProviderId};
use crate::base::random;
use crate::base::username::Username;
use crate::signin::account::{Account, Person, Profile};
use crate::signin::app::{App, Rooms};
use crate::signin::arrive::arrive;
use crate::signin::identify::ExternalIdentity;
use crate::signin::link::{Decision, FirstLogin, UsernameError, candidates, decide};
use crate::signin::permit::{Denied, Grant, permit};
use crate::store::{Store, StoreError};

/// The account that a login with an identity would lead to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountPreview {
    Linked(Account),
    /// The login would make an account. `taken_by`: the account that has the wished name.
    New {
        name: Username,
        wished: Username,
        taken_by: Option<Username>,
    },
    /// A page would ask the person whether they have an account. `new`: the name of a new one, if they may have one.
    Asked {
        new: Option<Username>,
    },
    /// Something else gave the subject when the identity was linked, so it may be another person's.
    OtherSubjectSource {
        former: String,
        current: String,
    },
    /// No account is linked, and the provider makes none.
    Refused,
    UsernameError(UsernameError),
    NamesExhausted,
}

/// A part of an app that its rules tell apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The app's only location.
    Location(String),
    EachLocation,
    /// The rooms as a rule writes them: `maths`, `seminars/*`.
    Rooms(String),
    /// Every room. No rule names one.
    AnyRoom,
    /// Every room that no rule names.
    AnyOtherRoom,
}

/// In English, for admins.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Location(address) => f.write_str(address),
            Self::EachLocation => f.write_str("each of its locations"),
            Self::Rooms(rooms) => write!(f, "room {rooms}"),
            Self::AnyRoom => f.write_str("any room"),
            Self::AnyOtherRoom => f.write_str("any other room"),
        }
    }
}

/// What an app's rules give the person in one room or at one location.
#[derive(Debug)]
pub struct PlacePreview {
    pub place: Place,
    pub permit: Result<Grant, Denied>,
}

/// Decides as a login does. `subject_source`: what gives subjects at the provider. `store` is `None` before the first
/// start: this counts as an empty database.
///
/// # Errors
/// When the database fails.
pub async fn preview_account(
    store: Option<&Store>,
    identity: &ExternalIdentity,
    policy: &FirstLogin,
    subject_source: &str,
) -> Result<AccountPreview, StoreError> {
    let linked = match store {
        Some(store) => store.account_by_identity(&identity.key).await?,
        None => None,
    };
    if let Some(store) = store
        && let Some(former) = store.subject_source(&identity.key).await?.filter(|former| former != subject_source)
    {
        return Ok(AccountPreview::OtherSubjectSource { former, current: subject_source.to_owned() });
    }
    let (wished, asked) = match decide(linked, policy, &identity.claims) {
        Ok(Decision::SignIn(account)) => return Ok(AccountPreview::Linked(account)),
        Ok(Decision::Refuse) => return Ok(AccountPreview::Refused),
        Ok(Decision::Ask { wished: None }) => return Ok(AccountPreview::Asked { new: None }),
        Ok(Decision::Ask { wished: Some(wished) }) => (wished, true),
        Ok(Decision::Provision { wished }) => (wished, false),
        Err(why) => return Ok(AccountPreview::UsernameError(why.without(&identity.secrets))),
    };
    let mut taken_by = None;
    for name in candidates(&wished) {
        let holder = match store {
            Some(store) => store.holder(&name).await?,
            None => None,
        };
        match holder {
            None if asked => return Ok(AccountPreview::Asked { new: Some(name) }),
            None => return Ok(AccountPreview::New { name, wished: wished.clone(), taken_by }),
            Some(holder) => {
                taken_by.get_or_insert(holder);
            }
        }
    }
    Ok(AccountPreview::NamesExhausted)
}

impl AccountPreview {
    /// The person that the app's rules would decide about.
    #[must_use]
    pub fn person(&self, provider: &ProviderId, profile: &Profile) -> Option<Person> {
        let account = match self {
            Self::Linked(account) => account.clone(),
            Self::New { name, .. } | Self::Asked { new: Some(name) } => Account {
                id: AccountId::fresh(),
                username: name.clone(),
                groups: BTreeSet::new(),
                disabled: None,
                version: 0,
            },
            Self::Asked { new: None }
            | Self::OtherSubjectSource { .. }
            | Self::Refused
            | Self::UsernameError(_)
            | Self::NamesExhausted => {
                return None;
            }
        };
        Some(Person { account, provider: provider.clone(), profile: profile.clone() })
    }
}

/// What an app's rules give a person: outside rooms, in each room that a rule names, and in any other room.
#[must_use]
pub fn preview_app(app: &App, person: &Person) -> Vec<PlacePreview> {
    let mut places = Vec::new();
    // Rules don't distinguish locations without a room, so one location is enough.
    if let Some(address) = app.addresses.listed.first() {
        let place = match app.addresses.listed.len() {
            1 => Place::Location(address.clone()),
            _ => Place::EachLocation,
        };
        places.extend(place_preview(app, person, place, "location", address));
    }
    if app.addresses.rooms.is_some() {
        // A random room name that no rule names. It represents all other rooms.
        let any = random::token();
        let named: BTreeMap<String, String> = app
            .rules
            .iter()
            .flat_map(|rule| rule.rooms.iter().flatten())
            .filter_map(|rooms| sample(rooms, &any))
            .collect();
        let place = if named.is_empty() { Place::AnyRoom } else { Place::AnyOtherRoom };
        for (rooms, room) in &named {
            places.extend(place_preview(app, person, Place::Rooms(rooms.clone()), "room", room));
        }
        places.extend(place_preview(app, person, place, "room", &any));
        for place in &mut places {
            hide_random_room(place, &any);
        }
    }
    places
}

/// Replaces the random room name in the reasons.
fn hide_random_room(place: &mut PlacePreview, any: &str) {
    if let Err(Denied::NoRule { nearest: Some(rule), .. }) = &mut place.permit {
        for condition in &mut rule.unmet {
            *condition = condition.replace(&format!("room {any}"), "other rooms").replace(any, "…");
        }
    }
}

/// The rooms as the rule writes them, and the name of one of them.
fn sample(rooms: &Rooms, any: &str) -> Option<(String, String)> {
    match rooms {
        Rooms::All => None,
        Rooms::One(room) => Some((room.as_str().to_owned(), room.as_str().to_owned())),
        Rooms::Below(above) => Some((format!("{}/*", above.as_str()), format!("{}/{any}", above.as_str()))),
    }
}

fn place_preview(app: &App, person: &Person, place: Place, parameter: &str, value: &str) -> Option<PlacePreview> {
    let start = [(parameter, value), ("state", "rehearsed")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let request = arrive(app, &start).ok()?;
    Some(PlacePreview { place, permit: permit(app, person.clone(), request.location) })
}
