//! `vestibule key`: the keys that tokens are signed with.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::Value;

use super::desk::{Desk, table, when};
use super::open;
use crate::admin::{Key, RotatedKeys};
use crate::signer::rotation::{NOTICED, Phase, Rotation};

/// Signing keys: list, rotate, export
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
}

/// Runs one of the commands.
pub fn run(args: &Args) -> ExitCode {
    match &args.command {
        Command::List { desk } => desk.run(async |at| Ok(at.admin.keys().await?), |keys| words(keys)),
        Command::Rotate { desk, now } => desk.run(
            async |at| {
                let how = if *now { Rotation::Now } else { Rotation::Gentle };
                let master = open::master(&at.config)?;
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
    }
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
            lines.push("Galène groups need the new keys too: vestibule key export --galene".into());
            lines.join("\n")
        }
    }
}
