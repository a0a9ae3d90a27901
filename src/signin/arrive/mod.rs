//! What a start asks for: the query of `GET /auth/{app}`, checked against the app's registration, or that of `GET
//! /auth`.

mod destination;
mod location;
mod own_page;
mod parameter;
mod preferences;
mod refused;
mod return_to;

pub use destination::Destination;
pub use location::Location;
pub use own_page::{MAX_RETURN_TO_LENGTH, OWN_PAGE_PARAMETERS, OwnPageRequest};
pub use preferences::{Preferences, Prompt};
pub use refused::StartRefused;

use serde::{Deserialize, Serialize};

use super::app::{App, MAX_ROOM_LENGTH, Room};
use parameter::{once, once_up_to};

/// What an app asked for. Holding one proves that its address is registered and every parameter is well-formed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginRequest {
    #[serde(rename = "l")]
    pub location: Location,
    /// Echoed to the app beside the token.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Opaque>,
    /// Echoed to the app within the token.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<Opaque>,
    #[serde(flatten)]
    pub preferences: Preferences,
}

/// 1 to 256 bytes of visible ASCII. Only the app knows what they mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Opaque(String);

impl Opaque {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const MAX_LOCATION_LENGTH: usize = 2048;

/// Parameters of features that we don't offer (RFC 9449 §10, RFC 7636 §4.3).
const UNSUPPORTED_PARAMETERS: [&str; 3] = ["dpop_jkt", "code_challenge", "code_challenge_method"];

/// The parameters whose unusable values count as not sent: a sign-in works without them.
pub const HINTS: [&str; 2] = ["login_hint", "ui_locales"];

/// Every parameter of an app's start that we read.
pub const PARAMETERS: [&str; 11] = [
    "location",
    "room",
    "state",
    "nonce",
    "provider",
    "login_hint",
    "prompt",
    "ui_locales",
    UNSUPPORTED_PARAMETERS[0],
    UNSUPPORTED_PARAMETERS[1],
    UNSUPPORTED_PARAMETERS[2],
];

/// Reads a start's query, already decoded into names and values.
///
/// It checks the location first, so that no error is ever sent to an address that is not registered (security rules
/// C32, C33, C35).
///
/// # Errors
/// The first fault found, in words for the app's developer.
pub fn arrive(app: &App, query: &[(String, String)]) -> Result<LoginRequest, StartRefused> {
    let location = locate(app, query)?;
    for name in UNSUPPORTED_PARAMETERS {
        if once(query, name)?.is_some() {
            return Err(StartRefused::NotOffered(name));
        }
    }
    let state = opaque(query, "state")?;
    if app.require_state && state.is_none() {
        return Err(StartRefused::StateRequired);
    }
    let preferences = Preferences::read(query)?;
    if preferences.provider.as_ref().is_some_and(|id| !app.offers(id)) {
        return Err(StartRefused::UnknownProvider);
    }
    Ok(LoginRequest { location, state, nonce: opaque(query, "nonce")?, preferences })
}

/// Finds the location, which decides where an error may be sent.
fn locate(app: &App, query: &[(String, String)]) -> Result<Location, StartRefused> {
    let location = once_up_to(query, "location", MAX_LOCATION_LENGTH)?;
    let room = once_up_to(query, "room", MAX_ROOM_LENGTH)?;
    match (location, room) {
        (Some(_), Some(_)) => Err(StartRefused::LocationAndRoom),
        (Some(asked), None) => Location::of_query(asked, query, app),
        (None, Some(room)) => Location::of_room(Room::parse(room)?, app),
        (None, None) => Location::of_only_address(app),
    }
}

impl LoginRequest {
    /// A request for this location, without any other parameter.
    #[must_use]
    pub fn for_location(location: Location) -> Self {
        Self { location, state: None, nonce: None, preferences: Preferences::default() }
    }

    /// The query that makes the same request again.
    #[must_use]
    pub fn parameters(&self) -> Vec<(&'static str, &str)> {
        let mut query = match self.location.room() {
            Some(room) => vec![("room", room.as_str())],
            None => vec![("location", self.location.as_str())],
        };
        let optional =
            [("state", self.state.as_ref().map(Opaque::as_str)), ("nonce", self.nonce.as_ref().map(Opaque::as_str))];
        query.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
        query.extend(self.preferences.parameters());
        query
    }
}

fn opaque(query: &[(String, String)], name: &'static str) -> Result<Option<Opaque>, StartRefused> {
    let Some(value) = once(query, name)? else { return Ok(None) };
    if value.bytes().all(|b| (0x21..=0x7e).contains(&b)) {
        Ok(Some(Opaque(value.to_owned())))
    } else {
        Err(StartRefused::NotVisibleAscii(name))
    }
}

#[cfg(test)]
mod tests;
