//! `vestibule key`: the keys that tokens are signed with.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::Value;

use super::desk::{At, Desk, Failed, table};
use super::open;
use crate::admin::{Key, PushedKeys, PushedTo, RotatedKeys};
use crate::base::clock::{Clock, when};
use crate::base::ids::{AppId, KeyId};
use crate::base::secret::MasterKey;
use crate::signer;
use crate::signer::rotation::{NOTICED, Phase, Rotation};
use crate::signin::arrive::Room;
use crate::upstream::galene::Galene;

/// Signing keys: list, rotate, export, push
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the keys and where each is on its way
    List {
        #[command(flatten)]
        desk: Desk,
    },
    /// Bring in a new key
    ///
    /// It is published first and signs when everybody knows it; the old one goes when its last token has run out.
    Rotate {
        #[command(flatten)]
        desk: Desk,
        /// For a lost or stolen key, or a lost master key: the old keys go at once, with every token they signed
        #[arg(long)]
        now: bool,
    },
    /// Print the public keys
    Export {
        #[command(flatten)]
        desk: Desk,
        /// As the `authKeys` of a Galène group
        #[arg(long, required = true)]
        galene: bool,
    },
    /// Give the public keys to Galène's groups
    ///
    /// Over Galène's administration API, as the config says under `[app.galene_api]`, in place of what the groups have. A running
    /// server does so by itself whenever the keys change.
    Push {
        #[command(flatten)]
        desk: Desk,
        /// The app's id
        #[arg(long, value_name = "ID")]
        app: AppId,
        /// A group, once for each; without it all that the config names
        #[arg(long = "room", value_name = "NAME", value_parser = Room::parse)]
        rooms: Vec<Room>,
    },
}

/// Runs one of the commands.
pub fn run(args: &Args) -> ExitCode {
    match &args.command {
        Command::List { desk } => desk.run(async |at| Ok(at.admin.keys().await?), |keys| words(keys)),
        Command::Rotate { desk, now } => desk.run(
            async |at| {
                let (how, master) = if *now {
                    (Rotation::Now, open::master(&at.config)?)
                } else {
                    (Rotation::Gentle, master_of_all(&at).await?)
                };
                Ok(at.admin.rotate_keys(&master, &open::schedule(&at.config), how).await?)
            },
            rotated,
        ),
        Command::Export { desk, galene: _ } => desk.run(
            async |at| match serde_json::from_str(&at.admin.export_galene().await?)? {
                // A group with an empty list of keys would let nobody in, and say nothing.
                Value::Array(none) if none.is_empty() => Err(NO_KEYS.into()),
                keys => Ok(keys),
            },
            |keys| serde_json::to_string_pretty(keys).unwrap_or_default(),
        ),
        Command::Push { desk, app, rooms } => desk.run(async |at| push(desk, at, app, rooms).await, pushed),
    }
}

/// The master key that the keys so far are sealed under. A new key under another one would stop the server.
async fn master_of_all(at: &At) -> Result<MasterKey, Failed> {
    match open::found_master(&at.config)? {
        Some(master) => {
            signer::opened_by(&master, &at.store, &Clock::system()).await?;
            Ok(master)
        }
        None => open::new_master(&at.config, &at.store).await,
    }
}

async fn push(desk: &Desk, at: At, app: &AppId, rooms: &[Room]) -> Result<PushedKeys, Failed> {
    let Some(api) = at.config.galene_apis.iter().find(|api| api.app == *app) else {
        let known = at.config.apps.iter().any(|known| known.id == *app);
        let mend = "add [app.galene_api] to it, with username, password_file and rooms";
        return Err(if known {
            format!("app {app} has no galene_api; {mend}")
        } else {
            let ids: Vec<_> = at.config.apps.iter().map(|app| app.id.as_str()).collect();
            format!("the config names no app {app}; it names: {}", ids.join(", "))
        }
        .into());
    };
    let galene = Galene::new(api.url.clone(), api.ca.as_deref())?;
    let rooms = if rooms.is_empty() { &api.rooms } else { rooms };
    let told = |to: &PushedTo| {
        desk.tell(match &to.failed {
            None if !api.rooms.contains(&to.room) => format!(
                "{}: has our keys, and gets no later ones: it is none of the `rooms` of [app.galene_api]",
                to.room.as_str()
            ),
            None => format!("{}: has our keys", to.room.as_str()),
            Some(why) => format!("{}: NOT given: {why}", to.room.as_str()),
        });
    };
    let done = at.admin.push_keys(&galene, api, rooms, told).await?;
    let failures = done.failures();
    if failures.is_empty() { Ok(done) } else { Err(failures.join("\n").into()) }
}

fn pushed(done: &PushedKeys) -> String {
    let keys: Vec<_> = done.keys.iter().map(KeyId::as_str).collect();
    format!("Groups: {}. Keys: {}.", done.rooms.len(), keys.join(", "))
}

const NO_KEYS: &str = "No keys yet: the first start of `vestibule serve` makes one.";

fn words(keys: &[Key]) -> String {
    if keys.is_empty() {
        return NO_KEYS.into();
    }
    let row = |key: &Key| {
        let phase = match key.phase {
            Phase::Published => "published",
            Phase::Active => "signs",
            Phase::Retired => "retired",
            Phase::Gone => "gone",
        };
        let until = key.signs_until.map_or_else(String::new, when);
        [key.kid.to_string(), key.algorithm.clone(), phase.to_owned(), when(key.signs_from), until]
    };
    table(["KEY", "ALGORITHM", "STATE", "SIGNS FROM", "UNTIL"], keys.iter().map(row))
}

fn rotated(done: &RotatedKeys) -> String {
    match done {
        RotatedKeys::UnderWay { waiting, signs_from } => {
            format!(
                "A new key {waiting} is published already and signs from {}; nothing was changed.",
                when(*signs_from)
            )
        }
        RotatedKeys::Done { new, signs_from, retired, removed } => {
            let mut lines = vec![format!("New key {new}, signs from {}.", when(*signs_from))];
            lines.extend(
                retired.iter().map(|kid| format!("Key {kid} signs until then, and goes after its last token.")),
            );
            lines.extend(removed.iter().map(|kid| format!("Key {kid} is gone.")));
            lines.push(format!("A running server takes it up within {} s.", NOTICED.as_secs()));
            lines.push(
                "It gives them to the Galène groups of [app.galene_api]; others: vestibule key export --galene".into(),
            );
            lines.join("\n")
        }
    }
}
