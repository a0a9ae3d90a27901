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

    /// The room that has this address. The text around the name must equal the pattern's. The name may be written as
    /// browsers and `encodeURIComponent` write it: they keep characters such as `'` and `+`, which
    /// [`Self::address_of`] encodes (RFC 3986 §6.2.2). An encoded slash is refused, because it does not separate
    /// segments (§2.2).
    #[must_use]
    pub fn room_of(&self, address: &str) -> Option<Room> {
        let (name, room) = (self.name_in(address)?, self.decode_room(address)?);
        let as_in_an_address = name.bytes().all(|byte| self.may_be_in_a_name(byte));
        let slashes = |text: &str| text.matches('/').count();
        (as_in_an_address && slashes(name) == slashes(room.as_str())).then_some(room)
    }

    /// As [`Self::room_of`], for any percent-encoding of the name. It decodes once: a `%` in the result is refused.
    pub(in crate::signin) fn decode_room(&self, address: &str) -> Option<Room> {
        Room::parse(&percent_decode_str(self.name_in(address)?).decode_utf8().ok()?).ok()
    }

    /// The room's name in an address, as it is written there.
    fn name_in<'a>(&self, address: &'a str) -> Option<&'a str> {
        address.strip_prefix(&self.before)?.strip_suffix(&self.after)
    }

    /// Whether browsers and `encodeURIComponent` write this byte into an address (RFC 3986 §3.3; WHATWG URL §1.3, not
    /// in the path percent-encode set). In a query, `&` and `;` end a value, `=` belongs before it, and `+`
    /// is a space (WHATWG URL §5.1).
    fn may_be_in_a_name(&self, byte: u8) -> bool {
        let in_a_query = self.before.contains('?');
        match byte {
            b'&' | b';' | b'=' | b'+' => !in_a_query,
            _ => byte.is_ascii_alphanumeric() || b"-._~%/:@!$'()*,[]|".contains(&byte),
        }
    }

    /// As the operator wrote it.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}{ROOM}{}", self.before, self.after)
    }
}
