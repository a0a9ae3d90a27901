//! `--app ID`, for an app of kind galene: compares what its groups say and hold with what we would give them.

mod leads;

use std::path::PathBuf;

use time::OffsetDateTime;
use url::Url;

use self::leads::Leads;
use super::group_file::{self, OfGroup};
use crate::base::clock::{Clock, when};
use crate::base::ids::AppId;
use crate::base::urls::PublicUrl;
use crate::config::{Config, GaleneApi};
use crate::signer::rotation::{self, Phase};
use crate::signin::app::{App, Audience, KeyDelivery, Room, Rooms};
use crate::store::{Event, Store, StoredKey};
use crate::upstream::ProviderSettings;
use crate::upstream::galene::{Galene, Said, Status};
use crate::upstream::probe::{Speaker, Tell};

/// The options of this part.
#[derive(Debug, clap::Args)]
pub struct Asked {
    /// Compare what this app's groups have with ours: keys, addresses, clocks
    #[arg(long, value_name = "ID")]
    app: Option<AppId>,
    /// A group to look at; may be given several times; without it those that the config names
    #[arg(long = "room", value_name = "NAME", value_parser = Room::parse, requires = "app")]
    rooms: Vec<Room>,
    /// Galène's folder of groups, if it is on this machine: only these files show the keys of the groups
    #[arg(long, value_name = "DIR", requires = "app")]
    groups: Option<PathBuf>,
}

impl Asked {
    pub fn app(&self) -> Option<&AppId> {
        self.app.as_ref()
    }
}

/// Galène accepts clocks that differ by this many seconds.
const LEEWAY: i64 = 5;

pub async fn look(
    config: &Config<ProviderSettings>,
    asked: &Asked,
    store: Option<&Store>,
    clock: &Clock,
    tell: Tell<'_>,
) {
    let Some(id) = &asked.app else { return };
    let about = format!("app {id}");
    let Some(app) = config.apps.iter().find(|app| app.id == *id) else {
        let known: Vec<_> = config.apps.iter().map(|app| app.id.as_str()).collect();
        return Speaker::new(about, tell).wrong("no app is called so", format!("known here: {}", known.join(", ")));
    };
    if let KeyDelivery::Fetched = app.kind.keys {
        let what = "is not of kind galene: it reads our keys itself, at";
        return Speaker::new(about, tell).good(format!("{what} {}", config.server.public_url.jwks()));
    }
    let api = config.galene_apis.iter().find(|api| api.app == *id).map(|api| &**api);
    let now = clock.now();
    let keys = match store {
        Some(store) => match store.keys().await {
            Ok(keys) => keys.into_iter().filter(|key| rotation::phase(key, now) != Phase::Gone).collect(),
            Err(why) => return Speaker::new(about, tell).wrong_as_told(&why),
        },
        None => Vec::new(),
    };
    if let (Some(store), Some(api)) = (store, api) {
        pushes(store, api, &keys, &mut Speaker::new(about.clone(), tell)).await;
    }
    if let Some(api) = api {
        credentials(api, &mut Speaker::new(about.clone(), tell)).await;
    }
    let rooms = rooms(app, api, asked);
    if rooms.is_empty() {
        Speaker::new(about, tell).warn("no group is named whose settings could be compared", "add --room NAME");
        return;
    }
    let galene = match Galene::new(app.url.clone(), api.and_then(|api| api.ca.as_deref())) {
        Ok(galene) => galene,
        Err(why) => return Speaker::new(about, tell).wrong(why.to_string(), "look at ca_file"),
    };
    for room in rooms {
        let mut to = Speaker::new(format!("{about}, group {}", room.as_str()), tell);
        match galene.status(&room).await {
            Ok(Status { said, date }) => {
                time(date, clock.now(), &mut to);
                Group { app, room: &room, public_url: &config.server.public_url }.compare(&said, &mut to);
            }
            Err(why) => to.wrong_as_told(&why),
        }
        match &asked.groups {
            Some(folder) => group_file::look(folder, &OfGroup { app: &app.id, api, room: &room }, &keys, now, &mut to),
            None => to.good("its keys and subgroups can't be asked for; with --groups DIR its file is looked at"),
        }
    }
}

/// The groups that the options name, or those that the config names.
fn rooms(app: &App, api: Option<&GaleneApi>, asked: &Asked) -> Vec<Room> {
    if !asked.rooms.is_empty() {
        return asked.rooms.clone();
    }
    let mut found: Vec<Room> = api.iter().flat_map(|api| api.rooms.clone()).collect();
    for rooms in app.rules.iter().filter_map(|rule| rule.rooms.as_ref()).flatten() {
        match rooms {
            Rooms::One(room) if !found.contains(room) => found.push(room.clone()),
            Rooms::One(_) | Rooms::All | Rooms::Below(_) => {}
        }
    }
    found
}

/// The result of the last push of keys, by a server or by the command.
async fn pushes(store: &Store, api: &GaleneApi, keys: &[StoredKey], to: &mut Speaker<'_>) {
    let again = format!("vestibule key push --app {}", api.app);
    let last = match store.last_push(&api.app).await {
        Ok(Some(last)) => last.entry,
        Ok(None) => return to.warn("Galène was never given our keys", again),
        Err(why) => return to.wrong_as_told(&why),
    };
    let detail = last.detail.unwrap_or_default();
    if last.event == Event::KeysNotPushed {
        return to.warn(format!("Galène did not take our keys at {}: {detail}", when(last.at)), again);
    }
    match keys.iter().find(|key| !detail.contains(key.kid.as_str())) {
        Some(new) => {
            to.warn(format!("Galène was not given key {}, which signs from {}", new.kid, when(new.active_at)), again);
        }
        None => to.good(format!("Galène was given our keys at {}", when(last.at))),
    }
}

/// Whether Galène accepts the username and password with which we push keys.
async fn credentials(api: &GaleneApi, to: &mut Speaker<'_>) {
    let galene = match Galene::new(api.url.clone(), api.ca.as_deref()) {
        Ok(galene) => galene,
        Err(why) => return to.wrong(why.to_string(), "look at ca_file"),
    };
    // The config refuses an empty list.
    let Some(room) = api.rooms.first() else { return };
    match galene.try_credentials(api, room).await {
        Ok(()) => to.good(format!("Galène takes the name {} and its password", api.username)),
        Err(why) => to.wrong_as_told(&why),
    }
}

/// Compares Galène's clock with ours, to the second.
fn time(date: Option<OffsetDateTime>, now: OffsetDateTime, to: &mut Speaker<'_>) {
    let Some(date) = date else { return };
    let ahead = (now - date).whole_seconds();
    let (by, whose) = (ahead.abs(), if ahead > 0 { "behind ours" } else { "ahead of ours" });
    if by > LEEWAY {
        to.wrong(format!("Galène's clock is {by} s {whose}, and it refuses tokens for that"), "NTP, on both machines");
    } else {
        to.good("Galène's clock agrees with ours");
    }
}

/// One group, and what its settings should be.
struct Group<'g> {
    app: &'g App,
    room: &'g Room,
    public_url: &'g PublicUrl,
}

impl Group<'_> {
    fn compare(&self, said: &Said, to: &mut Speaker<'_>) {
        if !said.redirect.is_empty() {
            return to.wrong(format!("sends people on to {}", said.redirect), "take `redirect` out of its file");
        }
        self.location(said, to);
        let (portal, server) = (self.portal(&said.auth_portal), self.server(&said.auth_server));
        let server_url = self.public_url.auth(&self.app.id, &[]);
        let portal_url = self.public_url.auth(&self.app.id, &[("room", self.room.as_str())]);
        let wrong_portal = |to: &mut Speaker<'_>, what: &str| {
            let fix = format!("\"authPortal\": \"{portal_url}\"");
            to.wrong(format!("its authPortal, {}, {what}", said.auth_portal), fix);
        };
        match (portal, server) {
            (Leads::Nowhere, Leads::Nowhere) => to.wrong(
                "sends nobody here: it has neither authPortal nor authServer",
                format!("\"authPortal\": \"{portal_url}\" in its file, or \"authServer\": \"{server_url}\""),
            ),
            (Leads::Nowhere, Leads::Here) => self.by_server(to),
            (Leads::Nowhere, Leads::Elsewhere | Leads::ToAnotherRoom | Leads::ToNoRoom) => to.wrong(
                format!("its authServer is {}, which is not ours", said.auth_server),
                format!("\"authServer\": \"{server_url}\""),
            ),
            (Leads::Nowhere, Leads::ToAnotherApp) => to.wrong(
                format!("its authServer, {}, is ours, and not the one of this app", said.auth_server),
                format!("\"authServer\": \"{server_url}\""),
            ),
            (_, Leads::Here | Leads::Elsewhere | Leads::ToAnotherRoom | Leads::ToNoRoom | Leads::ToAnotherApp) => to
                .wrong(
                    "has both authPortal and authServer: the portal wins, and nobody ever sees the password form",
                    "leave one of them in its file",
                ),
            (Leads::Here, Leads::Nowhere) => to.good("its authPortal leads here, into this room"),
            (Leads::ToAnotherRoom, Leads::Nowhere) => wrong_portal(to, "leads into another room"),
            (Leads::ToNoRoom, Leads::Nowhere) => {
                wrong_portal(to, "names no room, so sign-ins from there are refused");
            }
            (Leads::ToAnotherApp, Leads::Nowhere) => {
                wrong_portal(to, "is ours, and no sign-in to this app begins there");
            }
            // It may be a page of the operator that leads here.
            (Leads::Elsewhere, Leads::Nowhere) => to.warn(
                format!("its authPortal is {}, which is not ours", said.auth_portal),
                format!("well for a page of your own; else \"authPortal\": \"{portal_url}\""),
            ),
        }
    }

    fn by_server(&self, to: &mut Speaker<'_>) {
        match &self.app.authserver {
            Some(_) => to.good("its authServer is ours, and providers answer there"),
            None => to.wrong(
                "its authServer is ours, and nobody answers there",
                "name providers that check passwords: authserver = [\"PROVIDER\"] in the app",
            ),
        }
    }

    /// Compares the address that Galène has for the group with the one in our tokens.
    fn location(&self, said: &Said, to: &mut Speaker<'_>) {
        let ours = self.app.addresses.rooms.as_ref().map(|pattern| pattern.with(self.room));
        let ours = match &self.app.addresses.audience {
            Some(Audience::OfRoom(pattern)) => Some(pattern.with(self.room)),
            Some(Audience::Fixed(address)) => Some(address.clone()),
            None => ours,
        };
        let parsed = |text: &str| Url::parse(text).ok();
        let (Some(ours), Some(theirs)) = (ours.as_deref().and_then(parsed), parsed(&said.location)) else { return };
        let wanted = format!("/group/{}/", self.room.encoded());
        if ours.path() != wanted {
            to.wrong(
                format!("tokens say {ours}, and Galène takes them for {wanted} alone, behind a path prefix too"),
                format!("audience = \"{}/group/{{room}}/\" in the app", ours.origin().ascii_serialization()),
            );
        } else if ours.host() != theirs.host() || ours.port_or_known_default() != theirs.port_or_known_default() {
            to.warn(
                format!("Galène says that people stand at {theirs}, and tokens are for {ours}"),
                "let the app's `url` name the host of Galène's `proxyURL` and `canonicalHost`",
            );
        } else {
            to.good(format!("tokens are for {ours}, where Galène says it stands"));
        }
    }

    fn server(&self, stated: &str) -> Leads {
        match Url::parse(stated) {
            Err(_) if stated.is_empty() => Leads::Nowhere,
            Ok(url) if self.is_ours(&url) => Leads::Here,
            Ok(url) if self.is_of_another_app(&url) => Leads::ToAnotherApp,
            Ok(_) | Err(_) => Leads::Elsewhere,
        }
    }

    fn portal(&self, stated: &str) -> Leads {
        match Url::parse(stated) {
            Ok(url) if self.is_ours(&url) => {
                let mut rooms = url.query_pairs().filter(|(name, _)| name == "room").map(|(_, room)| room);
                match rooms.next() {
                    Some(room) if room == self.room.as_str() => Leads::Here,
                    Some(room) if !room.is_empty() => Leads::ToAnotherRoom,
                    Some(_) | None => Leads::ToNoRoom,
                }
            }
            Err(_) if stated.is_empty() => Leads::Nowhere,
            Ok(url) if self.is_of_another_app(&url) => Leads::ToAnotherApp,
            Ok(_) | Err(_) => Leads::Elsewhere,
        }
    }

    /// Below `/auth/` only we answer. Other paths of the same host may be pages of the operator.
    fn is_of_another_app(&self, url: &Url) -> bool {
        let ours = self.public_url.origin() == &url.origin();
        ours && (url.path() == "/auth" || url.path().starts_with("/auth/")) && !self.is_ours(url)
    }

    fn is_ours(&self, url: &Url) -> bool {
        let ours = Url::parse(&self.public_url.auth(&self.app.id, &[]));
        ours.is_ok_and(|ours| ours.origin() == url.origin() && ours.path() == url.path())
    }
}

#[cfg(test)]
mod tests;
