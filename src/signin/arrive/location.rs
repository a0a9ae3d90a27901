//! Where a token may be delivered.

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use url::{Url, form_urlencoded};

use super::{App, Room, StartRefused};

/// An address that the app registered, and the room it leads to. Made from a registration, or from our own seal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    #[serde(rename = "a")]
    address: String,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    room: Option<Room>,
}

impl Location {
    /// Exact match, never a prefix or a pattern: RFC 9700 §2.1. For rooms: the app's pattern with one checked name.
    fn registered(asked: &str, app: &App) -> Result<Self, StartRefused> {
        if app.addresses.listed.iter().any(|known| known == asked) {
            return Ok(Self { address: asked.to_owned(), room: None });
        }
        match app.addresses.rooms.as_ref().and_then(|pattern| pattern.room_of(asked)) {
            Some(room) => Ok(Self { address: asked.to_owned(), room: Some(room) }),
            None => Err(StartRefused::UnknownLocation { nearest: app.addresses.nearest(asked) }),
        }
    }

    /// As [`Self::registered`], for an address that stood in a query.
    pub(super) fn of_query(asked: &str, query: &[(String, String)], app: &App) -> Result<Self, StartRefused> {
        Self::registered(asked, app).map_err(|why| Self::not_encoded(asked, query, app).unwrap_or(why))
    }

    /// Whether the app put a registered address into the query as it is: then `%C3%A9` was decoded, and an `&` ended
    /// it.
    fn not_encoded(asked: &str, query: &[(String, String)], app: &App) -> Option<StartRefused> {
        let arrives = |address: &str| {
            let query = format!("location={address}");
            form_urlencoded::parse(query.as_bytes()).next().is_some_and(|(_, value)| value == asked)
        };
        if let Some(known) = app.addresses.listed.iter().find(|address| arrives(address)) {
            return Some(StartRefused::LocationNotEncoded { registered: known.clone() });
        }
        let pattern = app.addresses.rooms.as_ref()?;
        match pattern.room_however_encoded(asked) {
            // A space came as `%20`, or as the `+` of another room's name.
            Some(room) if room.as_str().contains(' ') => Some(StartRefused::RoomNotEncoded),
            Some(room) => Some(StartRefused::LocationNotEncoded { registered: pattern.with(&room) })
                .filter(|_| arrives(&pattern.with(&room))),
            None => pattern.continues(asked, query).then_some(StartRefused::RoomNotEncoded),
        }
    }

    /// The registration that a page stands at which sends us its own address, `location.href`, as Galène's does.
    ///
    /// Query and fragment are the page's own affair. A room may be encoded as the person typed it, since browsers leave
    /// that as it is; what it stands for is then written as we write it, and so is the token's audience (security rule
    /// C52).
    ///
    /// # Errors
    /// When no such address is registered.
    pub fn of_page(href: &str, app: &App) -> Result<Self, StartRefused> {
        let page = href.split(['#', '?']).next().unwrap_or_default();
        if page.len() > super::LONGEST_LOCATION {
            return Err(StartRefused::TooLong { name: "location", limit: super::LONGEST_LOCATION });
        }
        // As browsers write them, addresses are visible ASCII.
        let written = page.bytes().all(|b| (0x21..=0x7e).contains(&b));
        let pattern = app.addresses.rooms.as_ref().filter(|_| written);
        match pattern.and_then(|pattern| pattern.room_however_encoded(page)) {
            Some(room) => Self::of_room(room, app),
            None => Self::registered(page, app),
        }
    }

    pub(super) fn of_room(room: Room, app: &App) -> Result<Self, StartRefused> {
        let pattern = app.addresses.rooms.as_ref().ok_or(StartRefused::NoRooms)?;
        Ok(Self { address: pattern.with(&room), room: Some(room) })
    }

    pub(super) fn only_one(app: &App) -> Result<Self, StartRefused> {
        let address = match (app.addresses.listed.as_slice(), &app.addresses.rooms) {
            ([only], None) => only.clone(),
            _ => return Err(StartRefused::WhichLocation),
        };
        Ok(Self { address, room: None })
    }

    /// Whether the app still registers this address: asked again at the callback, as the config may have changed.
    #[must_use]
    pub fn still_registered(&self, app: &App) -> bool {
        let again = match &self.room {
            Some(room) => Self::of_room(room.clone(), app),
            None => Self::registered(&self.address, app),
        };
        again.is_ok_and(|again| again == *self)
    }

    /// The address itself, percent-encoded as it goes into `Location:` and `aud`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.address
    }

    #[must_use]
    pub fn room(&self) -> Option<&Room> {
        self.room.as_ref()
    }
}

/// An address with one `{room}`: in its path, or as a value of its query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomPattern {
    before: String,
    after: String,
}

const MISPLACED: &str = "{room} belongs into the path after a /, or into the query as a whole value";

/// Stands for the room in a pattern.
const ROOM: &str = "{room}";

impl RoomPattern {
    /// # Errors
    /// Why it is no pattern, in words for whoever wrote it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (before, after) = text.split_once(ROOM).ok_or("it needs {room} where the room's name goes")?;
        if after.contains(ROOM) {
            return Err("{room} may stand in it only once");
        }
        let url = Url::parse(&format!("{before}room{after}")).map_err(|_| "it is not an address")?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err("it begins with https:// or http://");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("it holds no name and no password before the host");
        }
        // In the host, a room's name would choose who gets the token.
        if !before.starts_with(&format!("{}/", url.origin().ascii_serialization())) {
            return Err(MISPLACED);
        }
        if url.fragment().is_some() {
            return Err("it holds no #");
        }
        let whole_value = before.ends_with('=') && (after.is_empty() || after.starts_with('&'));
        match (before.contains('?'), url.query()) {
            (false, None) if before.ends_with('/') => {}
            (true, Some(_)) if whole_value => {}
            (false, Some(_)) => return Err("it holds no ? after the room"),
            (false | true, None) | (true, Some(_)) => return Err(MISPLACED),
        }
        if url.as_str() != format!("{before}room{after}") {
            return Err(
                "it must be written as browsers write it: small letters in the host, no default port, encoded path",
            );
        }
        Ok(Self { before: before.to_owned(), after: after.to_owned() })
    }

    /// The address of one room.
    #[must_use]
    pub fn with(&self, room: &Room) -> String {
        format!("{}{}{}", self.before, room.encoded(), self.after)
    }

    /// The room whose address this is, if it is one: written exactly as [`Self::with`] writes it.
    #[must_use]
    pub fn room_of(&self, address: &str) -> Option<Room> {
        self.room_however_encoded(address).filter(|room| self.with(room) == address)
    }

    /// As [`Self::room_of`], with any spelling of the name that decodes to it once.
    fn room_however_encoded(&self, address: &str) -> Option<Room> {
        let name = address.strip_prefix(&self.before)?.strip_suffix(&self.after)?;
        Room::parse(&percent_decode_str(name).decode_utf8().ok()?).ok()
    }

    /// Whether an `&` in a room's name parted its address: `asked` is the beginning, and one of the parameters behind
    /// it the end.
    fn continues(&self, asked: &str, query: &[(String, String)]) -> bool {
        let Some(name) = asked.strip_prefix(&self.before).filter(|name| !name.is_empty()) else { return false };
        let behind = query.iter().skip_while(|(name, _)| name != "location").skip(1);
        let unknown = behind.take_while(|(name, _)| !super::PARAMETERS.contains(&name.as_str()));
        let mut whole = name.to_owned();
        unknown.into_iter().any(|(name, value)| {
            let equals = if value.is_empty() { "" } else { "=" };
            whole.extend(["&", name.as_str(), equals, value.as_str()]);
            whole.strip_suffix(&self.after).is_some_and(|room| Room::parse(room).is_ok())
        })
    }

    /// As the operator wrote it.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}{ROOM}{}", self.before, self.after)
    }
}
