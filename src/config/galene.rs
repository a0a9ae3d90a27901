//! `[app.galene_api]`: the API through which Galène's groups get our keys.

use url::Url;

use super::app_addresses::{fix_for_no_root, reject_room_address};
use super::authserver::reject_key_of_other_kinds;
use super::certificates::ca_certificates;
use super::reader::{ConfigSecret, Fault, Section, non_empty_list, parsed, web_address};
use crate::apps::AppKinds;
use crate::base::ids::AppId;
use crate::signin::app::{AppKind, KeyDelivery, Room};

/// Galène's administration API, through which an app's groups get our public keys.
#[derive(Debug, Clone)]
pub struct GaleneApi {
    pub app: AppId,
    /// Galène's root, ending in `/`.
    pub url: Url,
    pub username: String,
    pub password: ConfigSecret,
    /// The groups whose keys we set. Never empty.
    pub rooms: Vec<Room>,
    /// Certificates in PEM, trusted for this API besides the system's.
    pub ca: Option<Vec<u8>>,
}

/// `[app.galene_api]`. `id` and `url` are the app's own, if they are valid.
pub(super) fn read(
    app: &mut Section,
    kind: &AppKind,
    kinds: &AppKinds,
    (id, url): (Option<&AppId>, Option<&Url>),
) -> Option<GaleneApi> {
    match kind.keys {
        KeyDelivery::GaleneGroups => api(app, id, url),
        KeyDelivery::Fetched => {
            let kinds_with_it = kinds.names_of(|kind| kind.keys == KeyDelivery::GaleneGroups);
            reject_key_of_other_kinds(app, "galene_api", &kinds_with_it);
            None
        }
    }
}

fn api(app: &mut Section, id: Option<&AppId>, url: Option<&Url>) -> Option<GaleneApi> {
    if !app.has("galene_api") {
        return None;
    }
    let mut section = app.table("galene_api");
    let username = section.required("username", "\"root\"", parsed(username));
    let password = section.secret("password");
    if password.is_none() && !section.has("password") && !section.has("password_file") {
        section.note_missing("password", "add password_file = \"galene.secret\"");
    }
    let rooms = section.required("rooms", "[\"maths\"]", non_empty_list(parsed(room)));
    let own = section.optional("url", parsed(root));
    let ca = ca_certificates(&mut section);
    let own_is_bad = section.has("url") && own.is_none();
    section.close();
    if own_is_bad {
        return None;
    }
    let (app, url) = (id?.clone(), own.or_else(|| url.cloned())?);
    Some(GaleneApi { app, url, username: username?, password: password?, rooms: rooms?, ca })
}

fn room(text: &str) -> Result<Room, Fault> {
    let wrong = |why: &str| Fault::new(format!("holds \"{text}\", which is not the name of a group: {why}"));
    if text.contains('*') {
        return Err(wrong("there are no wildcards").fix("name each group"));
    }
    Room::parse(text).map_err(|why| wrong(&why.to_string()))
}

/// RFC 7617 §2: a name ends at its first colon.
fn username(text: &str) -> Result<String, Fault> {
    if text.contains(':') {
        return Err(Fault::new("holds a :, where HTTP's Basic authentication ends a name").fix("choose another user"));
    }
    Ok(text.to_owned())
}

fn root(text: &str) -> Result<Url, Fault> {
    let url = web_address(text)?;
    reject_room_address(&url, "group/", "Galène")?;
    match fix_for_no_root(&url) {
        Some(fix) => Err(Fault::new("must be Galène's root").fix(fix)),
        None => Ok(url),
    }
}
