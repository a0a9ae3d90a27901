//! `vestibule key`: the keys that tokens are signed with.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use serde::Serialize;
use serde_json::Value;

use super::admin_command::{AdminCommand, AdminContext, CommandError, table};
use super::console::print_error;
use super::open;
use crate::admin::{Key, PushResult, PushedKeys, RotatedKeys};
use crate::apps::galene;
use crate::base::clock::{Clock, format_utc};
use crate::base::ids::{AppId, KeyId};
use crate::signer::master_key::VARIABLE;
use crate::signer::rotation::{KEY_REFRESH_INTERVAL, Phase, Rotation};
use crate::signer::{self, SignerError};
use crate::signin::app::Room;
use crate::store::StoredKey;
use crate::upstream::galene::Galene;

/// Signing keys: list, rotate, export, push
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the keys and the state of each
    List {
        #[command(flatten)]
        command: AdminCommand,
    },
    /// Make a new key
    ///
    /// The new key is published first. It signs when apps have had time to fetch it. The old key is removed when its
    /// last token has expired.
    Rotate {
        #[command(flatten)]
        command: AdminCommand,
        /// For a stolen key or a lost master key: remove the old keys at once; all tokens that they signed become
        /// invalid
        #[arg(long)]
        now: bool,
    },
    /// Print the public keys
    Export {
        #[command(flatten)]
        command: AdminCommand,
        /// In the form of a Galène group's `authKeys`
        #[arg(long, required = true)]
        galene: bool,
    },
    /// Give the public keys to Galène's groups
    ///
    /// Uses Galène's administration API as configured in `[app.galene_api]`, and replaces the keys that the groups
    /// have. A running server does the same whenever the keys change.
    Push {
        #[command(flatten)]
        command: AdminCommand,
        /// The app's id
        #[arg(long, value_name = "ID")]
        app: AppId,
        /// A group; may be given several times; without it, all groups in the config
        #[arg(long = "room", value_name = "NAME", value_parser = Room::parse)]
        rooms: Vec<Room>,
    },
}

/// Runs one of the commands.
pub fn run(args: &Args) -> ExitCode {
    match &args.command {
        Command::List { command } => command.run(async |context| list(&context).await, |keys| to_text(keys)),
        Command::Rotate { command, now } => command.run(
            async |context| if *now { rotate_now(&context).await } else { rotate(&context).await },
            RotationReport::to_text,
        ),
        Command::Export { command, galene: _ } => command.run(
            async |context| match serde_json::from_str(&context.admin.export_galene().await?)? {
                // A group with an empty list of keys would let nobody in, without a message.
                Value::Array(none) if none.is_empty() => Err(NO_KEYS.into()),
                keys => Ok(keys),
            },
            |keys| serde_json::to_string_pretty(keys).unwrap_or_default(),
        ),
        Command::Push { command, app, rooms } => {
            command.run(async |context| push(command, context, app, rooms).await, pushed_text)
        }
    }
}

async fn list(context: &AdminContext) -> Result<Vec<Key>, CommandError> {
    for key in signer::made_in_future(&context.store, &Clock::system()).await? {
        print_error(format_args!("Note: {}; {CLOCK_WAS_AHEAD}", future_key(&key)));
    }
    Ok(context.admin.keys().await?)
}

/// The finding about a key that was made while a clock was ahead.
pub fn future_key(key: &StoredKey) -> String {
    format!(
        "key {} was made at {}, which lies in the future: a clock was ahead, or this one is behind. Until {}, the key \
         signs only if there is no other",
        key.kid,
        format_utc(key.published_at),
        format_utc(key.active_at)
    )
}

/// The fix for such a key.
pub const CLOCK_WAS_AHEAD: &str =
    "see that the clocks of all instances are synchronised (NTP), and then run `vestibule key rotate`";

/// What a rotation did, and what is left to do.
#[derive(Debug, Serialize)]
struct RotationReport {
    #[serde(flatten)]
    done: RotatedKeys,
    running_servers: RunningServers,
    /// The file of the master key, if this command made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    new_master_key: Option<PathBuf>,
}

/// What running servers do after a rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum RunningServers {
    /// They have the master key that seals the new signing key, unless they started before that master key replaced
    /// another.
    Follow,
    /// They have another master key. Within [`KEY_REFRESH_INTERVAL`] they stop signing, until they are started again.
    NeedRestart,
}

/// Makes no master key: with a new one, running servers could not open the new signing key.
async fn rotate(context: &AdminContext) -> Result<RotationReport, CommandError> {
    let master =
        open::verified_master_key(&context.config, &context.store, &Clock::system()).await?.ok_or(NO_MASTER_KEY)?;
    let done = context
        .admin
        .rotate_keys(&context.actor, &master, &open::schedule(&context.config), Rotation::Scheduled)
        .await?;
    Ok(RotationReport { done, running_servers: RunningServers::Follow, new_master_key: None })
}

/// Makes a master key if the one that seals the signing keys is lost.
async fn rotate_now(context: &AdminContext) -> Result<RotationReport, CommandError> {
    let clock = Clock::system();
    let (master, running_servers, new_master_key) = match open::existing_master_key(&context.config)? {
        Some(master) => {
            let running_servers = match signer::count_opened_by(&master, &context.store, &clock).await {
                Ok(_) => RunningServers::Follow,
                Err(SignerError::WrongMasterKey { .. }) => RunningServers::NeedRestart,
                Err(why) => return Err(why.into()),
            };
            (master, running_servers, None)
        }
        None if signer::count_in_use(&context.store, &clock).await? == 0 => return Err(NO_MASTER_KEY.into()),
        None => {
            let file = context.config.server.master_key_file.clone();
            (open::load_or_make_master_key(&context.config)?, RunningServers::NeedRestart, Some(file))
        }
    };
    let done =
        context.admin.rotate_keys(&context.actor, &master, &open::schedule(&context.config), Rotation::Now).await?;
    Ok(RotationReport { done, running_servers, new_master_key })
}

async fn push(
    command: &AdminCommand,
    context: AdminContext,
    app: &AppId,
    rooms: &[Room],
) -> Result<PushedKeys, CommandError> {
    let Some(api) = context.config.galene_apis.iter().find(|api| api.app == *app) else {
        return Err(cannot_push(&context, app).into());
    };
    let galene = Galene::new(api.url.clone(), api.ca.as_deref())?;
    let rooms = if rooms.is_empty() { &api.rooms } else { rooms };
    let report_room = |to: &PushResult| {
        let room = to.room.as_str();
        match &to.failed {
            None if !api.rooms.contains(&to.room) => command.print_step(format_args!(
                "{room}: has our keys, but gets no later ones: it is not in the `rooms` of [app.galene_api]"
            )),
            None => command.print_step(format_args!("{room}: has our keys")),
            // The command's error says why, once for all groups that have the same reason.
            Some(_) => command.print_step(format_args!("{room}: does not have our keys")),
        }
    };
    let done = context.admin.push_keys(&context.actor, &galene, api, rooms, report_room).await?;
    let failures = done.failures();
    if failures.is_empty() { Ok(done) } else { Err(failures.join("\n").into()) }
}

fn cannot_push(context: &AdminContext, app: &AppId) -> String {
    match context.config.apps.iter().find(|known| known.id == *app) {
        None => {
            let ids: Vec<_> = context.config.apps.iter().map(|app| app.id.as_str()).collect();
            format!("the config names no app {app}; it names: {}", ids.join(", "))
        }
        Some(known) if known.kind.name == galene::KIND.name => {
            format!("app {app} has no galene_api; add [app.galene_api] to it, with username, password_file and rooms")
        }
        Some(known) => format!(
            "app {app} is of kind \"{}\", but keys are pushed only to Galène's groups; this app reads them at {}",
            known.kind.name,
            context.config.server.public_url.jwks()
        ),
    }
}

fn pushed_text(done: &PushedKeys) -> String {
    let keys: Vec<_> = done.keys.iter().map(KeyId::as_str).collect();
    format!("Groups: {}. Keys: {}.", done.rooms.len(), keys.join(", "))
}

const NO_KEYS: &str = "No keys yet: the first start of `vestibule serve` makes one.";

const NO_MASTER_KEY: &str =
    "There is no master key yet, and no signing key: the first start of `vestibule serve` makes both.";

fn to_text(keys: &[Key]) -> String {
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
        let until = key.signs_until.map_or_else(String::new, format_utc);
        [key.kid.to_string(), key.algorithm.clone(), phase.to_owned(), format_utc(key.signs_from), until]
    };
    table(["KEY", "ALGORITHM", "STATE", "SIGNS FROM", "UNTIL"], keys.iter().map(row))
}

impl RotationReport {
    fn to_text(&self) -> String {
        let mut lines = match &self.done {
            RotatedKeys::InProgress { waiting, signs_from } => {
                let from = format_utc(*signs_from);
                return format!("A new key {waiting} is published already and signs from {from}; nothing was changed.");
            }
            RotatedKeys::Done { new, signs_from, retired, removed } => {
                let mut lines = vec![format!("New key {new}, signs from {}.", format_utc(*signs_from))];
                lines.extend(
                    retired
                        .iter()
                        .map(|kid| format!("Key {kid} signs until then, and is removed after its last token expires.")),
                );
                lines.extend(removed.iter().map(|kid| format!("Key {kid} is removed.")));
                lines
            }
        };
        let seconds = KEY_REFRESH_INTERVAL.as_secs();
        match (self.running_servers, &self.new_master_key) {
            (RunningServers::Follow, _) => lines.push(format!(
                "A running server with this master key loads the new key within {seconds} s. Restart a server that \
                 started with another master key: it signs nothing."
            )),
            (RunningServers::NeedRestart, None) => lines.push(format!(
                "Restart every running server, with this master key: it has another one, and signs nothing from \
                 {seconds} s from now on."
            )),
            (RunningServers::NeedRestart, Some(file)) => lines.push(format!(
                "New master key in {}. Restart every running server, with this key in place of the old one, in \
                 {VARIABLE} too: a server with the old one signs nothing from {seconds} s from now on. Keep a copy of \
                 the file.",
                file.display()
            )),
        }
        lines.push(
            "A server pushes its keys to the Galène groups of [app.galene_api]; else use: vestibule key export --galene"
                .into(),
        );
        lines.join("\n")
    }
}
