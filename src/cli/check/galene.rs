//! `--app ID`, for an app of kind galene: compares the settings and the keys of its groups with ours.

mod address_target;
mod group;

use std::path::PathBuf;

use time::OffsetDateTime;

use self::group::Group;
use super::group_file::{self, CheckedGroup};
use crate::base::clock::{Clock, format_utc};
use crate::base::ids::AppId;
use crate::config::{Config, GaleneApi};
use crate::signer::rotation::{self, Phase};
use crate::signin::app::{App, KeyDelivery, Room, Rooms};
use crate::store::{Event, Store, StoredKey};
use crate::upstream::ProviderSettings;
use crate::upstream::galene::{Galene, Status};
use crate::upstream::peer_info::PeerInfo;
use crate::upstream::probe::{FindingSink, Reporter};

/// The options of this part.
#[derive(Debug, clap::Args)]
pub struct GaleneArgs {
    /// For an app of kind galene: compare the keys and addresses of its groups, and its clock, with ours
    #[arg(long, value_name = "ID")]
    app: Option<AppId>,
    /// A group to check; may be given several times; without it, the groups that the config names
    #[arg(long = "room", value_name = "NAME", value_parser = Room::parse, requires = "app")]
    rooms: Vec<Room>,
    /// Galène's folder of groups, if it is on this machine: only these files show the keys of the groups
    #[arg(long, value_name = "DIR", requires = "app")]
    groups: Option<PathBuf>,
}

impl GaleneArgs {
    pub fn app(&self) -> Option<&AppId> {
        self.app.as_ref()
    }
}

/// Galène accepts clocks that differ by this many seconds.
const LEEWAY: i64 = 5;

pub async fn check(
    config: &Config<ProviderSettings>,
    args: &GaleneArgs,
    store: Option<&Store>,
    clock: &Clock,
    sink: FindingSink<'_>,
) {
    let Some(id) = &args.app else { return };
    let about = format!("app {id}");
    let Some(app) = config.apps.iter().find(|app| app.id == *id) else {
        let known: Vec<_> = config.apps.iter().map(|app| app.id.as_str()).collect();
        return Reporter::new(about, sink).wrong("there is no such app", format!("known here: {}", known.join(", ")));
    };
    if let KeyDelivery::Fetched = app.kind.keys {
        let what = "is not of kind galene: it reads our keys itself, at";
        return Reporter::new(about, sink).good(format!("{what} {}", config.server.public_url.jwks()));
    }
    let api = config.galene_apis.iter().find(|api| api.app == *id).map(|api| &**api);
    let now = clock.now();
    let keys = match store {
        Some(store) => match store.keys().await {
            Ok(keys) => keys.into_iter().filter(|key| rotation::phase(key, now) != Phase::Gone).collect(),
            Err(why) => return Reporter::new(about, sink).wrong_from_error(&why),
        },
        None => Vec::new(),
    };
    if let (Some(store), Some(api)) = (store, api) {
        check_last_push(store, api, &keys, &mut Reporter::new(about.clone(), sink)).await;
    }
    if let Some(api) = api {
        check_credentials(api, &mut Reporter::new(about.clone(), sink)).await;
    }
    let rooms = rooms(app, api, args);
    if rooms.is_empty() {
        Reporter::new(about, sink).warn("no group is named, so there are no settings to compare", "add --room NAME");
        return;
    }
    let galene = match Galene::new(app.url.clone(), api.and_then(|api| api.ca.as_deref())) {
        Ok(galene) => galene,
        Err(why) => return Reporter::new(about, sink).wrong(why.to_string(), "look at ca_file"),
    };
    for room in rooms {
        let mut reporter = Reporter::new(format!("{about}, group {}", room.as_str()), sink);
        match galene.status(&room).await {
            Ok(Status { fields, peer }) => {
                check_clock(peer, clock.now(), &mut reporter);
                Group { app, room: &room, public_url: &config.server.public_url }.compare(&fields, &mut reporter);
            }
            Err(why) => reporter.wrong_from_error(&why),
        }
        match &args.groups {
            Some(folder) => {
                group_file::check(folder, &CheckedGroup { app: &app.id, api, room: &room }, &keys, now, &mut reporter);
            }
            None => {
                reporter.good("its keys and subgroups can't be read over HTTP; with --groups DIR its file is checked");
            }
        }
    }
}

/// The groups that the options name, or those that the config names.
fn rooms(app: &App, api: Option<&GaleneApi>, args: &GaleneArgs) -> Vec<Room> {
    if !args.rooms.is_empty() {
        return args.rooms.clone();
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
async fn check_last_push(store: &Store, api: &GaleneApi, keys: &[StoredKey], reporter: &mut Reporter<'_>) {
    let again = format!("vestibule key push --app {}", api.app);
    let last = match store.last_push(&api.app).await {
        Ok(Some(last)) => last.entry,
        Ok(None) => return reporter.warn("Galène was never given our keys", again),
        Err(why) => return reporter.wrong_from_error(&why),
    };
    let detail = last.detail.as_deref().unwrap_or_default();
    if last.event == Event::KeysNotPushed {
        return reporter.warn(format!("Galène did not take our keys at {}: {detail}", format_utc(last.at)), again);
    }
    match keys.iter().find(|key| !detail.contains(key.kid.as_str())) {
        Some(new) => {
            reporter.warn(
                format!("Galène was not given key {}, which signs from {}", new.kid, format_utc(new.active_at)),
                again,
            );
        }
        None => reporter.good(format!("Galène was given our keys at {}", format_utc(last.at))),
    }
}

/// Whether Galène accepts the username and password with which we push keys.
async fn check_credentials(api: &GaleneApi, reporter: &mut Reporter<'_>) {
    let galene = match Galene::new(api.url.clone(), api.ca.as_deref()) {
        Ok(galene) => galene,
        Err(why) => return reporter.wrong(why.to_string(), "look at ca_file"),
    };
    // The config refuses an empty list.
    let Some(room) = api.rooms.first() else { return };
    match galene.try_credentials(api, room).await {
        Ok(()) => reporter.good(format!("Galène accepts the name {} and its password", api.username)),
        Err(why) => reporter.wrong_from_error(&why),
    }
}

/// Compares Galène's clock with ours, to the second.
fn check_clock(peer: PeerInfo, now: OffsetDateTime, reporter: &mut Reporter<'_>) {
    let Some(date) = peer.date else { return };
    let ahead = (now - date).whole_seconds();
    let (by, direction) = (ahead.abs(), if ahead > 0 { "behind ours" } else { "ahead of ours" });
    if by > LEEWAY && peer.is_from_cache {
        reporter.warn(
            format!("Galène's clock is {by} s {direction}, or a cache in front of it sends a wrong `Age`"),
            "run NTP on both machines",
        );
    } else if by > LEEWAY {
        reporter.wrong(
            format!("Galène's clock is {by} s {direction}, so it refuses our tokens"),
            "run NTP on both machines",
        );
    } else {
        reporter.good("Galène's clock agrees with ours");
    }
}
