//! What an app asks for: the query of a start (`GET /auth/{app}`), checked against the app's registration.

mod destination;
mod location;
mod refused;

pub use destination::Destination;
pub use location::Location;
pub use refused::StartRefused;

use serde::{Deserialize, Serialize};

use super::app::{App, MAX_ROOM_LENGTH, Room};
use crate::base::ids::ProviderId;

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
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderId>,
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    pub login_hint: Option<String>,
    #[serde(rename = "q", default, skip_serializing_if = "Prompt::is_as_needed")]
    pub prompt: Prompt,
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub ui_locales: Option<String>,
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

/// Which pages the app wants the person to see (OpenID Connect Core §3.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// Ask only what is needed.
    #[default]
    AsNeeded,
    /// Have the person authenticate again, even within a session, and demand a proof of it.
    Login,
    /// The same without the proof: each person that the provider returns is accepted. Only our own pages ask for it. It
    /// grants no more than a start without `prompt`.
    LoginWithoutProof,
    /// The same after [`Self::SelectAccount`]: it has to lead to another account, or to the same one with a proof. Only
    /// our own redirects ask for it.
    LoginForAnotherAccount,
    /// Show no page: send the app a token or an error.
    None,
    /// Offer the choice of an account.
    SelectAccount,
}

impl Prompt {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    const fn is_as_needed(&self) -> bool {
        matches!(self, Self::AsNeeded)
    }

    /// Its value in a query. `None`: the default is not written.
    #[must_use]
    pub const fn as_parameter(self) -> Option<&'static str> {
        match self {
            Self::AsNeeded => None,
            Self::Login => Some("login"),
            Self::LoginWithoutProof => Some("login_without_proof"),
            Self::LoginForAnotherAccount => Some("login_for_another_account"),
            Self::None => Some("none"),
            Self::SelectAccount => Some("select_account"),
        }
    }

    /// Its value in a request to a provider.
    #[must_use]
    pub const fn for_provider(self) -> Option<&'static str> {
        if self.is_login() { Some("login") } else { self.as_parameter() }
    }

    /// Whether the person has to authenticate again.
    #[must_use]
    pub const fn is_login(self) -> bool {
        matches!(self, Self::Login | Self::LoginWithoutProof | Self::LoginForAnotherAccount)
    }
}

/// Longest query parameter that we read, in bytes of UTF-8.
const MAX_PARAMETER_LENGTH: usize = 256;
const MAX_LOCATION_LENGTH: usize = 2048;

/// Parameters of features that we don't offer (RFC 9449 §10, RFC 7636 §4.3).
const UNSUPPORTED_PARAMETERS: [&str; 3] = ["dpop_jkt", "code_challenge", "code_challenge_method"];

/// The parameters whose unusable values count as not sent: a sign-in works without them.
pub const HINTS: [&str; 2] = ["login_hint", "ui_locales"];

/// Every parameter of a start that we read.
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
        if once(query, name, MAX_PARAMETER_LENGTH)?.is_some() {
            return Err(StartRefused::NotOffered(name));
        }
    }
    let state = opaque(query, "state")?;
    if app.require_state && state.is_none() {
        return Err(StartRefused::StateRequired);
    }
    let provider =
        once(query, "provider", MAX_PARAMETER_LENGTH)?.map(|id| id.parse().map_err(|_| StartRefused::UnknownProvider));
    let provider: Option<ProviderId> = provider.transpose()?;
    if provider.as_ref().is_some_and(|id| !app.offers(id)) {
        return Err(StartRefused::UnknownProvider);
    }
    Ok(LoginRequest {
        location,
        state,
        nonce: opaque(query, "nonce")?,
        provider,
        login_hint: hint(query, "login_hint"),
        prompt: prompt(query)?,
        ui_locales: hint(query, "ui_locales"),
    })
}

/// Finds the location, which decides where an error may be sent.
fn locate(app: &App, query: &[(String, String)]) -> Result<Location, StartRefused> {
    let location = once(query, "location", MAX_LOCATION_LENGTH)?;
    let room = once(query, "room", MAX_ROOM_LENGTH)?;
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
        Self {
            location,
            state: None,
            nonce: None,
            provider: None,
            login_hint: None,
            prompt: Prompt::AsNeeded,
            ui_locales: None,
        }
    }

    /// The same request without `prompt`, for the step after a login that has just fulfilled it.
    #[must_use]
    pub fn as_needed(self) -> Self {
        Self { prompt: Prompt::AsNeeded, ..self }
    }

    /// The query that makes the same request again.
    #[must_use]
    pub fn parameters(&self) -> Vec<(&'static str, &str)> {
        let mut query = match self.location.room() {
            Some(room) => vec![("room", room.as_str())],
            None => vec![("location", self.location.as_str())],
        };
        let optional = [
            ("state", self.state.as_ref().map(Opaque::as_str)),
            ("nonce", self.nonce.as_ref().map(Opaque::as_str)),
            ("provider", self.provider.as_ref().map(ProviderId::as_str)),
            ("login_hint", self.login_hint.as_deref()),
            ("prompt", self.prompt.as_parameter()),
            ("ui_locales", self.ui_locales.as_deref()),
        ];
        query.extend(optional.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))));
        query
    }
}

fn prompt(query: &[(String, String)]) -> Result<Prompt, StartRefused> {
    match once(query, "prompt", MAX_PARAMETER_LENGTH)? {
        None => Ok(Prompt::AsNeeded),
        Some("login") => Ok(Prompt::Login),
        Some("login_without_proof") => Ok(Prompt::LoginWithoutProof),
        Some("login_for_another_account") => Ok(Prompt::LoginForAnotherAccount),
        Some("none") => Ok(Prompt::None),
        Some("select_account") => Ok(Prompt::SelectAccount),
        Some(_) => Err(StartRefused::UnknownPrompt),
    }
}

fn opaque(query: &[(String, String)], name: &'static str) -> Result<Option<Opaque>, StartRefused> {
    let Some(value) = once(query, name, MAX_PARAMETER_LENGTH)? else { return Ok(None) };
    if value.bytes().all(|b| (0x21..=0x7e).contains(&b)) {
        Ok(Some(Opaque(value.to_owned())))
    } else {
        Err(StartRefused::NotVisibleAscii(name))
    }
}

/// A hint is text in any script. The sign-in works without it, so an unusable hint counts as not sent: one that is too
/// long, is not UTF-8, holds a control character, which could break a line and takes six bytes in JSON, or is given
/// more than once.
fn hint(query: &[(String, String)], name: &'static str) -> Option<String> {
    let text = once(query, name, usize::MAX).ok().flatten()?;
    let is_usable = text.len() <= MAX_PARAMETER_LENGTH && !text.contains(|c: char| c.is_control() || c == NOT_UTF8);
    is_usable.then(|| text.to_owned())
}

/// In a decoded query, it stands for bytes that are not UTF-8.
const NOT_UTF8: char = char::REPLACEMENT_CHARACTER;

/// RFC 6749 §3.1: a parameter must not be included more than once, and one without a value counts as not sent.
fn once<'q>(query: &'q [(String, String)], name: &'static str, limit: usize) -> Result<Option<&'q str>, StartRefused> {
    let mut given = query.iter().filter(|(given, _)| given == name);
    let first = given.next();
    if given.next().is_some() {
        return Err(StartRefused::Repeated(name));
    }
    match first.map(|(_, value)| value.as_str()) {
        Some("") => Ok(None),
        Some(value) if value.len() > limit => Err(StartRefused::TooLong { name, limit }),
        other => Ok(other),
    }
}

#[cfg(test)]
mod tests;
