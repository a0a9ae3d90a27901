//! `[[app]]`: who may receive tokens, where, and what they say.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use url::Url;

use super::galene::{self as of_galene, GaleneApi};
use super::provider_kind::SignInMethod;
use super::reader::{
    Fault, Node, Read, Section, duration, exact_address, flag, nearest, parsed, some, text, unknown_word, web_address,
    word,
};
use super::rules::{self, HasRooms, Scope};
use crate::apps::{KINDS, galene};
use crate::base::ids::{AppId, ProviderId};
use crate::signin::arrive::{Addresses, App, Audience, Claim, Kind, RoomPattern};
use crate::signin::send::Channel;

/// The ids of the providers in the file, which apps and rules may name. Each with its method, if its kind is good.
pub(super) struct Known(pub BTreeMap<String, Option<SignInMethod>>);

impl Known {
    pub(super) fn provider(&self, node: &Node) -> Read<ProviderId> {
        let id = text(node)?;
        if !self.0.contains_key(&id) {
            let fault = Fault::new(format!("names \"{id}\", which is no provider"));
            let near = nearest(&id, self.0.keys().map(String::as_str));
            let mend = match near {
                Some(near) => format!("did you mean \"{near}\"?"),
                None if self.0.is_empty() => "there is none".to_owned(),
                None => format!("known here: {}", self.0.keys().map(String::as_str).collect::<Vec<_>>().join(", ")),
            };
            return Err(fault.mend(mend).into());
        }
        id.parse().map_err(|why| Fault::from(why).into())
    }

    pub(super) fn method(&self, id: &ProviderId) -> Option<SignInMethod> {
        self.0.get(id.as_str()).copied().flatten()
    }

    /// `"accounts", "ldap"`
    pub(super) fn that_check_passwords(&self) -> String {
        let those = self.0.iter().filter(|(_, method)| **method == Some(SignInMethod::Password));
        those.map(|(id, _)| format!("\"{id}\"")).collect::<Vec<_>>().join(", ")
    }
}

/// Kinds that we know of and do not offer yet.
const LATER: [&str; 1] = ["jitsi"];

/// An app, and what is done for it beside sign-ins.
pub(super) struct Told {
    pub app: App,
    pub galene_api: Option<GaleneApi>,
}

pub(super) fn read(mut section: Section, known: &Known) -> Option<Told> {
    let id = section.required("id", "\"notes\"", parsed(str::parse::<AppId>));
    let kind = section.required("kind", "\"plain\"", kind)?;
    let name = section.required("name", "\"Notes\"", text);
    let url = section.required("url", "\"https://notes.example.org/\"", parsed(web_address));
    let enabled = section.optional("enabled", flag).unwrap_or(true);
    let providers = section.optional("providers", some(|node| known.provider(node)));
    let (authserver, galene_api) = if is_galene(kind) {
        let authserver = of_galene::authserver(&mut section, known, providers.as_deref());
        (authserver, of_galene::api(&mut section, id.as_ref(), url.as_ref()))
    } else {
        of_galene::none_of_it(&mut section);
        (None, None)
    };
    let channels = [("fragment", Channel::Fragment), ("query", Channel::Query)];
    let channel = section.optional("delivery", word(&channels, &["form_post"]));
    let (default_channel, default_lifetime) = defaults(kind);
    let channel = channel.unwrap_or(default_channel);
    let addresses = addresses(&mut section, kind, url.as_ref(), channel);
    let require_state = section.optional("require_state", flag).unwrap_or(false);
    let token_parameter = section.optional("token_parameter", parsed(parameter)).unwrap_or_else(|| "token".to_owned());
    no_second_parameter(&section, &addresses, channel, &token_parameter);
    let lifetime = section.optional("lifetime", duration);
    let claims = section.optional("claims", some(word(&CLAIMS, &[]))).unwrap_or_default();
    section.not_offered("bind");
    let has_rooms = if addresses.rooms.is_some() || section.has("room_location") || is_galene(kind) {
        HasRooms::Yes
    } else {
        HasRooms::No
    };
    let scope = Scope { kind, has_rooms, known, offered: providers.as_deref() };
    let rules = rules::read(&mut section, id.as_ref().map_or("app", AppId::as_str), &scope);
    section.close();
    let app = App {
        id: id?,
        kind: *kind,
        name: name?,
        url: url?,
        enabled,
        providers,
        authserver,
        addresses,
        require_state,
        channel,
        token_parameter,
        lifetime: lifetime.unwrap_or(default_lifetime),
        claims,
        rules,
    };
    Some(Told { app, galene_api })
}

fn kind(node: &Node) -> Read<&'static Kind> {
    let found = text(node)?;
    let known = KINDS.into_iter().find(|kind| kind.name == found);
    known.ok_or_else(|| unknown_word(&found, &KINDS.map(|kind| kind.name), &LATER).into())
}

fn is_galene(kind: &Kind) -> bool {
    kind.name == galene::KIND.name
}

/// Galène's stock client reads the query alone, and a slow person needs two minutes to click "Join".
fn defaults(kind: &Kind) -> (Channel, Duration) {
    if is_galene(kind) { (Channel::Query, Duration::from_mins(2)) } else { (Channel::Fragment, Duration::from_mins(1)) }
}

const CLAIMS: [(&str, Claim); 4] = [
    ("preferred_username", Claim::PreferredUsername),
    ("name", Claim::Name),
    ("email", Claim::Email),
    ("groups", Claim::Groups),
];

fn addresses(section: &mut Section, kind: &Kind, url: Option<&Url>, channel: Channel) -> Addresses {
    let (listed, rooms) =
        if is_galene(kind) { (Vec::new(), galene_rooms(section, url, channel)) } else { plain_addresses(section, url) };
    let has_rooms = rooms.is_some();
    let audience = section.optional("audience", parsed(|text| audience(text, has_rooms)));
    let onward = section.optional("onward_origins", some(parsed(origin))).unwrap_or_default();
    Addresses { listed, rooms, audience, onward }
}

/// A group of Galène's stands at `{url}group/{room}/` and nowhere else.
///
/// Its stock client reads the query there. A page of the operator's own, which reads the fragment, may stand elsewhere.
fn galene_rooms(section: &mut Section, url: Option<&Url>, channel: Channel) -> Option<RoomPattern> {
    let fault = Fault::new("has no place in a galene app: its rooms are {url}group/{room}/");
    section.out_of_place("locations", fault.mend("leave it out"));
    let own_page = match channel {
        Channel::Fragment => section.optional("room_location", parsed(room_pattern)),
        Channel::Query => {
            let fault = Fault::new("is for a page of your own: Galène's page, at {url}group/{room}/, reads the query");
            section.out_of_place("room_location", fault.mend("leave it out, or set delivery = \"fragment\""));
            None
        }
    };
    let url = url?;
    if let Err(fault) = of_galene::no_group(url) {
        section.wrong("url", fault);
        return None;
    }
    if !url.path().ends_with('/') || url.query().is_some() {
        section.wrong(
            "url",
            Fault::new("must be Galène's root, for its rooms are {url}group/{room}/").mend("let it end in /"),
        );
        return None;
    }
    if section.has("room_location") {
        // What Galène's server compares `aud` with is the group's address, wherever the token is handed over.
        if own_page.is_some() && !section.has("audience") {
            section.missing(
                "audience",
                &format!("add audience = \"{url}group/{{room}}/\", which Galène's server expects"),
            );
        }
        return own_page;
    }
    match RoomPattern::parse(&format!("{url}group/{{room}}/")) {
        Ok(rooms) => Some(rooms),
        Err(why) => {
            section.wrong("url", Fault::new(format!("makes no address for rooms: {why}")));
            None
        }
    }
}

fn plain_addresses(section: &mut Section, url: Option<&Url>) -> (Vec<String>, Option<RoomPattern>) {
    let listed = section.optional("locations", some(parsed(exact_address)));
    let rooms = section.optional("room_location", parsed(room_pattern));
    if !section.has("locations") && !section.has("room_location") {
        // Tokens go to `url` then, so it is compared character for character, too.
        let exact = url.and_then(|_| section.optional("url", parsed(exact_address)));
        return (exact.into_iter().collect(), None);
    }
    let listed = listed.unwrap_or_default();
    let repeated =
        listed.iter().zip(1..).find(|(location, after)| listed.iter().skip(*after).any(|other| other == *location));
    if let Some((location, _)) = repeated {
        section.wrong("locations", Fault::new(format!("holds \"{location}\" twice")));
    }
    (listed, rooms)
}

fn room_pattern(text: &str) -> Result<RoomPattern, Fault> {
    let example = "write \"https://meet.example.org/r/{room}/\"";
    let pattern = RoomPattern::parse(text).map_err(|why| Fault::new(format!("is no pattern: {why}")).mend(example))?;
    web_address(&text.replace("{room}", "room")).map(|_| pattern)
}

/// Scheme, host and port, as browsers write them.
fn origin(text: &str) -> Result<String, Fault> {
    let origin = web_address(text)?.origin().ascii_serialization();
    if origin == text {
        return Ok(origin);
    }
    Err(Fault::new("must hold origins: scheme, host and port, as browsers write them")
        .mend(format!("write \"{origin}\"")))
}

/// RFC 9700 §2.3: a token is for one place alone, so where there are rooms its audience names the room.
fn audience(text: &str, has_rooms: bool) -> Result<Audience, Fault> {
    match (text.contains("{room}"), has_rooms) {
        (true, true) => room_pattern(text).map(Audience::OfRoom),
        (false, false) => exact_address(text).map(Audience::Fixed),
        (true, false) => Err(Fault::new("holds {room}, and this app has no rooms").mend("leave {room} out")),
        (false, true) => Err(Fault::new("is the same for every room, so a token for one would open all")
            .mend("put {room} where the room's name goes")),
    }
}

/// In a query, the answer stands behind what the address has there already. A parameter given twice has no meaning (RFC
/// 6749 §3.1).
fn no_second_parameter(section: &Section, addresses: &Addresses, channel: Channel, token: &str) {
    let Channel::Query = channel else { return };
    let listed = if section.has("locations") { "locations" } else { "url" };
    let pattern = addresses.rooms.as_ref().map(RoomPattern::text);
    let known = addresses.listed.iter().cloned().map(|address| (listed, address));
    for (key, address) in known.chain(pattern.map(|pattern| ("room_location", pattern))) {
        let Ok(url) = Url::parse(&address) else { continue };
        let names = url.query_pairs().map(|(name, _)| name.into_owned());
        for name in names.filter(|name| name == token || TAKEN.contains(&name.as_str())).collect::<BTreeSet<_>>() {
            let fault =
                Fault::new(format!("has the parameter `{name}`, which Vestibule adds with delivery = \"query\""));
            section.wrong(key, fault.mend("rename it there"));
        }
    }
}

/// What stands beside the token in an answer (RFC 6749 §4.2.2, RFC 9207) and so cannot be its name.
const TAKEN: [&str; 6] = ["code", "error", "error_description", "error_uri", "iss", "state"];

fn parameter(text: &str) -> Result<String, Fault> {
    if TAKEN.contains(&text) {
        return Err(Fault::new(format!("\"{text}\" has another meaning in the answer")).mend("choose another name"));
    }
    let fits = text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    fits.then(|| text.to_owned()).ok_or_else(|| Fault::new("must be 1 to 64 letters, digits, _ or -"))
}
