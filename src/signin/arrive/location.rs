//! Where a token may be delivered.

use serde::{Deserialize, Serialize};
use url::form_urlencoded;

use super::StartRefused;
use crate::signin::app::{App, Room, RoomPattern};

/// An address that the app registered, and the room it leads to. It comes from a registration, or from the sealed
/// cookie of a login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    #[serde(rename = "a")]
    address: String,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    room: Option<Room>,
}

impl Location {
    /// Exact match, never a prefix or a pattern: RFC 9700 §2.1. Only the name of a room may vary: it must be a valid
    /// room name. The location then holds the name in our own percent-encoding.
    fn registered(asked: &str, app: &App) -> Result<Self, StartRefused> {
        if app.addresses.listed.iter().any(|known| known == asked) {
            return Ok(Self { address: asked.to_owned(), room: None });
        }
        match app.addresses.rooms.as_ref().and_then(|pattern| pattern.room_of(asked)) {
            Some(room) => Self::of_room(room, app),
            None => Err(StartRefused::UnknownLocation { nearest: app.addresses.nearest(asked) }),
        }
    }

    /// As [`Self::registered`], for an address from a query.
    pub(super) fn of_query(asked: &str, query: &[(String, String)], app: &App) -> Result<Self, StartRefused> {
        Self::registered(asked, app).map_err(|why| Self::not_encoded(asked, query, app).unwrap_or(why))
    }

    /// The error for an app that put a registered address into the query without percent-encoding it. Then `%C3%A9`
    /// arrives decoded, and an `&` ends the address. `None`: this is not the cause.
    fn not_encoded(asked: &str, query: &[(String, String)], app: &App) -> Option<StartRefused> {
        let arrives = |address: &str| {
            let query = format!("location={address}");
            form_urlencoded::parse(query.as_bytes()).next().is_some_and(|(_, value)| value == asked)
        };
        if let Some(known) = app.addresses.listed.iter().find(|address| arrives(address)) {
            return Some(StartRefused::LocationNotEncoded { registered: known.clone() });
        }
        let pattern = app.addresses.rooms.as_ref()?;
        match pattern.decode_room(asked) {
            // `%20` and `+` both arrive as a space, so the query does not show which room was meant.
            Some(room) if room.as_str().contains(' ') => Some(StartRefused::RoomNotEncoded),
            Some(room) => Some(StartRefused::LocationNotEncoded { registered: pattern.address_of(&room) })
                .filter(|_| arrives(&pattern.address_of(&room))),
            None => is_split_at_ampersand(pattern, asked, query).then_some(StartRefused::RoomNotEncoded),
        }
    }

    /// The location of a page that sends us its own address, `location.href`, as Galène's page does.
    ///
    /// The page's query and fragment don't count. Browsers keep a room's name as the person typed it, so any
    /// percent-encoding of the name is accepted. The location, and so the token's audience, always has our encoding
    /// (security rule C52).
    ///
    /// # Errors
    /// When no such address is registered.
    pub fn of_page(href: &str, app: &App) -> Result<Self, StartRefused> {
        let page = href.split(['#', '?']).next().unwrap_or_default();
        if page.len() > super::MAX_LOCATION_LENGTH {
            return Err(StartRefused::TooLong { name: "location", limit: super::MAX_LOCATION_LENGTH });
        }
        // Browsers write addresses in visible ASCII.
        let visible_ascii = page.bytes().all(|b| (0x21..=0x7e).contains(&b));
        let pattern = app.addresses.rooms.as_ref().filter(|_| visible_ascii);
        match pattern.and_then(|pattern| pattern.decode_room(page)) {
            Some(room) => Self::of_room(room, app),
            None => Self::registered(page, app),
        }
    }

    pub(super) fn of_room(room: Room, app: &App) -> Result<Self, StartRefused> {
        let pattern = app.addresses.rooms.as_ref().ok_or(StartRefused::NoRooms)?;
        Ok(Self { address: pattern.address_of(&room), room: Some(room) })
    }

    pub(super) fn of_only_address(app: &App) -> Result<Self, StartRefused> {
        let address = match (app.addresses.listed.as_slice(), &app.addresses.rooms) {
            ([only], None) => only.clone(),
            _ => return Err(StartRefused::AmbiguousLocation),
        };
        Ok(Self { address, room: None })
    }

    /// Whether the app still registers this address. The config may have changed between the start and the callback.
    #[must_use]
    pub fn still_registered(&self, app: &App) -> bool {
        let again = match &self.room {
            Some(room) => Self::of_room(room.clone(), app),
            None => Self::registered(&self.address, app),
        };
        again.is_ok_and(|again| again == *self)
    }

    /// The address, percent-encoded as it goes into `Location:` and `aud`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.address
    }

    #[must_use]
    pub fn room(&self) -> Option<&Room> {
        self.room.as_ref()
    }
}

/// Whether an `&` in a room's name split its address: `asked` is the beginning, and the end is in the parameters after
/// it.
fn is_split_at_ampersand(pattern: &RoomPattern, asked: &str, query: &[(String, String)]) -> bool {
    let Some(name) = asked.strip_prefix(&pattern.before).filter(|name| !name.is_empty()) else { return false };
    let following = query.iter().skip_while(|(name, _)| name != "location").skip(1);
    let unknown = following.take_while(|(name, _)| !super::PARAMETERS.contains(&name.as_str()));
    let mut whole = name.to_owned();
    unknown.into_iter().any(|(name, value)| {
        let equals = if value.is_empty() { "" } else { "=" };
        whole.extend(["&", name.as_str(), equals, value.as_str()]);
        whole.strip_suffix(&pattern.after).is_some_and(|room| Room::parse(room).is_ok())
    })
}
