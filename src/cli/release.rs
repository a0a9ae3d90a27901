//! `vestibule user release`: nobody has to wait any longer for too many tries.

use std::process::ExitCode;

use super::desk::{Desk, Failed};
use super::open;
use crate::admin::{AllReleased, Released, Whom};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    desk: Desk,
    /// The account's username
    #[arg(value_name = "ACCOUNT", required_unless_present = "everybody")]
    name: Option<String>,
    /// Forget everybody's tries, those of networks and of names that nobody has too
    #[arg(long, conflicts_with = "name")]
    everybody: bool,
}

pub fn run(args: &Args) -> ExitCode {
    let Some(name) = &args.name else {
        return args.desk.run(
            async |at| Ok(at.admin.release_all().await?),
            |done: &AllReleased| format!("Nobody has to wait any longer; counts forgotten: {}.", done.forgiven),
        );
    };
    args.desk.run(
        async |at| {
            let whom = Whom::Name(name.parse()?);
            let master = open::found_master(&at.config)?.ok_or(NO_KEY)?;
            Ok::<Released, Failed>(at.admin.release(&whom, &master).await?)
        },
        |done| match done.forgiven {
            0 => format!(
                "Nothing was counted for \"{}\". If their network has to wait: --everybody.",
                done.account.username
            ),
            _ => format!("\"{}\" can try again at once.", done.account.username),
        },
    )
}

const NO_KEY: &str = "There is no master key yet, and so nobody has tried anything.";
