//! `[[app]]`: who may receive tokens, where, and what they say.

use std::collections::BTreeSet;

use url::Url;

use super::app_addresses::{self, HasRooms};
use super::authserver;
use super::galene::{self, GaleneApi};
use super::known_providers::{AppProviders, KnownProviders, reject_duplicates};
use super::reader::{
    Fault, Node, Read, Section, boolean, duration, non_empty_list, one_of, parsed, text, unknown_word, web_address,
};
use super::rules::{self, Scope};
use crate::apps::AppKinds;
use crate::base::ids::AppId;
use crate::signin::app::{Addresses, App, AppKind, Claim, ResponseMode, RoomPattern};

/// One app, and Galène's API if its section names one.
pub(super) fn read(mut section: Section, kinds: &AppKinds, known: &KnownProviders) -> Option<(App, Option<GaleneApi>)> {
    let id = section.required("id", "\"notes\"", parsed(str::parse::<AppId>));
    let kind = section.required("kind", "\"plain\"", |node| kind(node, kinds))?;
    let name = section.required("name", "\"Notes\"", text);
    let url = section.required("url", "\"https://notes.example.org/\"", parsed(web_address));
    let enabled = section.optional("enabled", boolean).unwrap_or(true);
    let offered = section.optional("providers", non_empty_list(|node| known.id(node)));
    reject_duplicates(&section, "providers", offered.as_deref().unwrap_or_default());
    let providers = AppProviders { known, offered: offered.as_deref() };
    let authserver = authserver::read(&mut section, kind, kinds, providers);
    let galene_api = galene::read(&mut section, kind, kinds, (id.as_ref(), url.as_ref()));
    let modes = [("fragment", ResponseMode::Fragment), ("query", ResponseMode::Query)];
    let response_mode = section.optional("delivery", one_of(&modes, &["form_post"])).unwrap_or(kind.response_mode);
    let addresses = app_addresses::read(&mut section, kind, url.as_ref(), response_mode);
    let require_state = section.optional("require_state", boolean).unwrap_or(false);
    let token_parameter =
        section.optional("token_parameter", parsed(parameter_name)).unwrap_or_else(|| "token".to_owned());
    reject_repeated_parameter(&section, &addresses, response_mode, &token_parameter);
    let lifetime = section.optional("lifetime", duration).unwrap_or(kind.lifetime);
    let claims = section.optional("claims", non_empty_list(one_of(&CLAIMS, &[]))).unwrap_or_default();
    section.reject_planned_key("bind");
    let scope = Scope { kind, has_rooms: HasRooms::of(&addresses, kind, &section), providers };
    let rules = rules::read(&mut section, id.as_ref().map_or("app", AppId::as_str), &scope);
    section.close();
    let app = App {
        id: id?,
        kind: *kind,
        name: name?,
        url: url?,
        enabled,
        providers: offered,
        authserver,
        addresses,
        require_state,
        response_mode,
        token_parameter,
        lifetime,
        claims,
        rules,
    };
    Some((app, galene_api))
}

fn kind(node: &Node, kinds: &AppKinds) -> Read<&'static AppKind> {
    let found = text(node)?;
    kinds.find(&found).ok_or_else(|| unknown_word(&found, &kinds.names(), kinds.planned).into())
}

const CLAIMS: [(&str, Claim); 4] = [
    ("preferred_username", Claim::PreferredUsername),
    ("name", Claim::Name),
    ("email", Claim::Email),
    ("groups", Claim::Groups),
];

/// In a query, the answer follows the parameters that the address has already. A parameter that is given twice has no
/// meaning (RFC 6749 §3.1).
fn reject_repeated_parameter(section: &Section, addresses: &Addresses, mode: ResponseMode, token: &str) {
    let ResponseMode::Query = mode else { return };
    let listed = if section.has("locations") { "locations" } else { "url" };
    let pattern = addresses.rooms.as_ref().map(RoomPattern::text);
    let known = addresses.listed.iter().cloned().map(|address| (listed, address));
    for (key, address) in known.chain(pattern.map(|pattern| ("room_location", pattern))) {
        let Ok(url) = Url::parse(&address) else { continue };
        let names = url.query_pairs().map(|(name, _)| name.into_owned());
        for name in
            names.filter(|name| name == token || RESERVED_PARAMETERS.contains(&name.as_str())).collect::<BTreeSet<_>>()
        {
            let fault =
                Fault::new(format!("has the parameter `{name}`, which Vestibule adds with delivery = \"query\""));
            section.note_fault(key, fault.fix("rename it there"));
        }
    }
}

/// The other parameters of an answer (RFC 6749 §4.2.2, RFC 9207). The token can't have their names.
const RESERVED_PARAMETERS: [&str; 6] = ["code", "error", "error_description", "error_uri", "iss", "state"];

fn parameter_name(text: &str) -> Result<String, Fault> {
    if RESERVED_PARAMETERS.contains(&text) {
        return Err(Fault::new(format!("\"{text}\" has another meaning in the answer")).fix("choose another name"));
    }
    let fits = text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    fits.then(|| text.to_owned()).ok_or_else(|| Fault::new("must be 1 to 64 letters, digits, _ or -"))
}
