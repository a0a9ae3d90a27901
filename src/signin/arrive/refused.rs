//! Why a start is refused.

use super::return_to::InvalidReturnTo;
use crate::base::urls::encoded;
use crate::signin::app::InvalidRoom;

/// Why a start is refused. Its text is for the app's developer and is safe to show as plain text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StartRefused {
    #[error("the parameter `{0}` is not UTF-8 after percent-decoding")]
    NotUtf8(&'static str),
    #[error("the parameter `{0}` was given more than once")]
    Repeated(&'static str),
    #[error("the parameter `{name}` is longer than {limit} bytes")]
    TooLong { name: &'static str, limit: usize },
    #[error("`location`, `state` and `nonce` together are about {excess} bytes too long for one sign-in")]
    RequestTooLarge { excess: usize },
    #[error("the parameter `{0}` may hold visible ASCII characters only")]
    NotVisibleAscii(&'static str),
    #[error("the parameter `prompt` is `login`, `none` or `select_account`")]
    UnknownPrompt,
    #[error("the parameter `prompt` is `login` or `select_account` here: this sign-in ends at a page")]
    PromptOfOwnPage,
    #[error("the parameter `provider` names no provider of this app")]
    UnknownProvider,
    #[error("the parameter `provider` names no provider of this server")]
    UnknownProviderHere,
    #[error("`return_to` is not a path of this server: {0}")]
    InvalidReturnTo(#[from] InvalidReturnTo),
    /// The config changed the provider's kind while the form was open.
    #[error("the parameter `provider` names a provider that takes no password here: start the sign-in again")]
    TakesNoPassword,
    #[error("`location` and `room` exclude each other: give one")]
    LocationAndRoom,
    #[error("this app needs `location` or `room`: it has several addresses")]
    AmbiguousLocation,
    #[error("`location` is not registered for this app{}", closest(.nearest.as_deref()))]
    UnknownLocation { nearest: Option<String> },
    #[error("`location` is not percent-encoded in the query: write location={}", encoded(.registered))]
    LocationNotEncoded { registered: String },
    /// The query does not show which room was meant.
    #[error(
        "`location` is not percent-encoded in the query: encode the room's name, and then the whole address. \
         A space in the name is then %2520, a + is %252B, an & is %2526"
    )]
    RoomNotEncoded,
    #[error("this app has no rooms")]
    NoRooms,
    #[error("`room` is not a room name: {0}")]
    InvalidRoom(#[from] InvalidRoom),
    #[error("this app is registered with `require_state`: give `state`")]
    StateRequired,
    #[error("the parameter `{0}` asks for something this server does not offer")]
    NotOffered(&'static str),
}

impl StartRefused {
    /// Whether the location is wrong, and not another parameter.
    #[must_use]
    pub fn is_about_location(&self) -> bool {
        match self {
            Self::LocationAndRoom
            | Self::UnknownLocation { .. }
            | Self::LocationNotEncoded { .. }
            | Self::RoomNotEncoded
            | Self::NoRooms
            | Self::InvalidRoom(_) => true,
            Self::NotUtf8(_)
            | Self::Repeated(_)
            | Self::TooLong { .. }
            | Self::RequestTooLarge { .. }
            | Self::NotVisibleAscii(_)
            | Self::UnknownPrompt
            | Self::PromptOfOwnPage
            | Self::UnknownProvider
            | Self::UnknownProviderHere
            | Self::InvalidReturnTo(_)
            | Self::TakesNoPassword
            | Self::StateRequired
            // The link names no address, so none is wrong.
            | Self::AmbiguousLocation
            | Self::NotOffered(_) => false,
        }
    }
}

fn closest(registered: Option<&str>) -> String {
    registered.map_or_else(String::new, |address| format!("; the nearest registered address is {address}"))
}
