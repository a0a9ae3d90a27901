//! Where an app may receive tokens: `locations`, `room_location`, `audience`.

use url::Url;

use super::reader::{Fault, Section, exact_address, non_empty_list, parsed, web_address};
use crate::signin::app::{AddressScheme, Addresses, AppKind, Audience, ResponseMode, RoomPattern};

/// Whether an app has rooms that a rule may name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum HasRooms {
    Yes,
    No,
}

impl HasRooms {
    /// `Yes` also if the app's pattern of rooms is wrong, so that rules that name rooms are not reported as well.
    pub(super) fn of(addresses: &Addresses, kind: &AppKind, section: &Section) -> Self {
        match kind.addresses {
            AddressScheme::RoomsBelowUrl(_) => Self::Yes,
            AddressScheme::Listed if addresses.rooms.is_some() || section.has("room_location") => Self::Yes,
            AddressScheme::Listed => Self::No,
        }
    }
}

pub(super) fn read(section: &mut Section, kind: &AppKind, url: Option<&Url>, mode: ResponseMode) -> Addresses {
    let (listed, rooms) = match kind.addresses {
        AddressScheme::Listed => listed(section, url),
        AddressScheme::RoomsBelowUrl(path) => {
            (Vec::new(), RoomsBelowUrl { path, name: kind.name, product: kind.product }.read(section, url, mode))
        }
    };
    let has_rooms = if rooms.is_some() { HasRooms::Yes } else { HasRooms::No };
    let audience = section.optional("audience", parsed(|text| audience(text, has_rooms)));
    let onward = section.optional("onward_origins", non_empty_list(parsed(origin))).unwrap_or_default();
    Addresses { listed, rooms, audience, onward }
}

/// [`AddressScheme::RoomsBelowUrl`], for a kind of this name.
struct RoomsBelowUrl {
    path: &'static str,
    name: &'static str,
    product: &'static str,
}

impl RoomsBelowUrl {
    /// The product's own page reads the query, at `{url}` and the path. A page of the operator's own, which reads the
    /// fragment, may be elsewhere.
    fn read(&self, section: &mut Section, url: Option<&Url>, mode: ResponseMode) -> Option<RoomPattern> {
        let Self { path, name, product } = self;
        let fault = Fault::new(format!("is not allowed in a {name} app: its rooms are {{url}}{path}"));
        section.reject_key("locations", fault.fix("leave it out"));
        let own_page = match mode {
            ResponseMode::Fragment => section.optional("room_location", parsed(room_pattern)),
            ResponseMode::Query => {
                let what = format!("is for a page of your own: {product}'s page, at {{url}}{path}, reads the query");
                let fix = "leave it out, or set delivery = \"fragment\"";
                section.reject_key("room_location", Fault::new(what).fix(fix));
                None
            }
        };
        let url = url?;
        if let Err(fault) = reject_room_address(url, path, product) {
            section.note_fault("url", fault);
            return None;
        }
        if let Some(fix) = fix_for_no_root(url) {
            let what = format!("must be {product}'s root, because its rooms are {{url}}{path}");
            section.note_fault("url", Fault::new(what).fix(fix));
            return None;
        }
        if section.has("room_location") {
            // The product's server compares `aud` with the room's address there, wherever the token is delivered.
            if own_page.is_some() && !section.has("audience") {
                let fix = format!("add audience = \"{url}{path}\", which {product}'s server expects");
                section.note_missing("audience", &fix);
            }
            return own_page;
        }
        match RoomPattern::parse(&format!("{url}{path}")) {
            Ok(rooms) => Some(rooms),
            Err(why) => {
                section.note_fault("url", Fault::new(format!("makes no address for rooms: {why}")));
                None
            }
        }
    }
}

fn listed(section: &mut Section, url: Option<&Url>) -> (Vec<String>, Option<RoomPattern>) {
    let listed = section.optional("locations", non_empty_list(parsed(one_address)));
    let rooms = section.optional("room_location", parsed(room_pattern));
    if !section.has("locations") && !section.has("room_location") {
        // Tokens go to `url` then, so it is compared character by character, too.
        let exact = url.and_then(|_| section.optional("url", parsed(one_address)));
        return (exact.into_iter().collect(), None);
    }
    let listed = listed.unwrap_or_default();
    let repeated =
        listed.iter().zip(1..).find(|(location, after)| listed.iter().skip(*after).any(|other| other == *location));
    if let Some((location, _)) = repeated {
        section.note_fault("locations", Fault::new(format!("holds \"{location}\" twice")));
    }
    (listed, rooms)
}

fn one_address(text: &str) -> Result<String, Fault> {
    if text.contains("{room}") {
        return Err(Fault::new("holds {room}, but names one address").fix("write it in `room_location`"));
    }
    exact_address(text)
}

fn room_pattern(text: &str) -> Result<RoomPattern, Fault> {
    let example = "write \"https://meet.example.org/r/{room}/\"";
    let pattern =
        RoomPattern::parse(text).map_err(|why| Fault::new(format!("is not a pattern: {why}")).fix(example))?;
    web_address(&text.replace("{room}", "room")).map(|_| pattern)
}

/// Refuses the address of one room, as the browser shows it, in place of the root. Rooms are below the root at `path`.
pub(super) fn reject_room_address(url: &Url, path: &str, product: &str) -> Result<(), Fault> {
    let folder = path.split('/').next().unwrap_or_default();
    let Some((before, _)) = url.as_str().split_once(&format!("/{folder}/")) else { return Ok(()) };
    let fault = Fault::new(format!("is the address of one {folder}, and must be {product}'s root"));
    Err(fault.fix(format!("write \"{before}/\"")))
}

/// What to change in an address that is not the root of a product. `None`: it may be one.
pub(super) fn fix_for_no_root(url: &Url) -> Option<&'static str> {
    match (url.query(), url.path().ends_with('/')) {
        (Some(_), _) => Some("leave out the ? and what follows"),
        (None, false) => Some("let it end in /"),
        (None, true) => None,
    }
}

/// Scheme, host and port, as browsers write them.
fn origin(text: &str) -> Result<String, Fault> {
    let origin = web_address(text)?.origin().ascii_serialization();
    if origin == text {
        return Ok(origin);
    }
    Err(Fault::new("must hold origins: scheme, host and port, as browsers write them")
        .fix(format!("write \"{origin}\"")))
}

/// RFC 9700 §2.3: a token is for one place only, so in an app with rooms its audience names the room.
fn audience(text: &str, has_rooms: HasRooms) -> Result<Audience, Fault> {
    match (text.contains("{room}"), has_rooms) {
        (true, HasRooms::Yes) => room_pattern(text).map(Audience::OfRoom),
        (false, HasRooms::No) => exact_address(text).map(Audience::Fixed),
        (true, HasRooms::No) => Err(Fault::new("holds {room}, but this app has no rooms").fix("leave {room} out")),
        (false, HasRooms::Yes) => Err(Fault::new("is the same for every room, so a token for one would open all")
            .fix("put {room} where the room's name goes")),
    }
}
