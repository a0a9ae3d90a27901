//! The addresses of an app's rooms, as one pattern.

use percent_encoding::percent_decode_str;
use url::Url;

use super::Room;

/// An address with one `{room}`: in its path, or as a value of its query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomPattern {
    pub(in crate::signin) before: String,
    pub(in crate::signin) after: String,
}

const MISPLACED: &str = "{room} must follow a / in the path, or be a whole value in the query";

/// The placeholder for a room's name.
const ROOM: &str = "{room}";

impl RoomPattern {
    /// # Errors
    /// Why the text is not a pattern, for the operator who wrote it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (before, after) = text.split_once(ROOM).ok_or("it needs {room} where the room's name goes")?;
        if after.contains(ROOM) {
            return Err("{room} may occur only once");
        }
        let url = Url::parse(&format!("{before}room{after}")).map_err(|_| "it is not an address")?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err("it must begin with https:// or http://");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("it must not have a name or a password before the host");
        }
        // A room's name in the host would choose which server gets the token.
        if !before.starts_with(&format!("{}/", url.origin().ascii_serialization())) {
            return Err(MISPLACED);
        }
        if url.fragment().is_some() {
            return Err("it must not have a #");
        }
        let whole_value = before.ends_with('=') && (after.is_empty() || after.starts_with('&'));
        match (before.contains('?'), url.query()) {
            (false, None) if before.ends_with('/') => {}
            (true, Some(_)) if whole_value => {}
            (false, Some(_)) => return Err("it must not have a ? after the room"),
            (false | true, None) | (true, Some(_)) => return Err(MISPLACED),
        }
        if url.as_str() != format!("{before}room{after}") {
            return Err(
                "it must be written as browsers write it: lower case in the host, no default port, encoded path",
            );
        }
        Ok(Self { before: before.to_owned(), after: after.to_owned() })
    }

    /// The address of one room.
    #[must_use]
    pub fn address_of(&self, room: &Room) -> String {
        format!("{}{}{}", self.before, room.encoded(), self.after)
    }

    /// The room that has this address, written exactly as [`Self::address_of`] writes it.
    #[must_use]
    pub fn room_of(&self, address: &str) -> Option<Room> {
        self.decode_room(address).filter(|room| self.address_of(room) == address)
    }

    /// As [`Self::room_of`], for any percent-encoding of the name.
    pub(in crate::signin) fn decode_room(&self, address: &str) -> Option<Room> {
        let name = address.strip_prefix(&self.before)?.strip_suffix(&self.after)?;
        Room::parse(&percent_decode_str(name).decode_utf8().ok()?).ok()
    }

    /// As the operator wrote it.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}{ROOM}{}", self.before, self.after)
    }
}
