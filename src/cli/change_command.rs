//! The common part of the commands that change accounts: each can be tried first.

use std::process::ExitCode;

use serde::Serialize;

use super::admin_command::{AdminCommand, AdminContext, CommandError, IfNoDatabase};

/// The options of a command that changes something.
#[derive(Debug, clap::Args)]
pub struct ChangeCommand {
    #[command(flatten)]
    command: AdminCommand,
    /// Say what the command would do, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// What a command did, or would do.
#[derive(Serialize)]
struct Outcome<T> {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    dry_run: bool,
    #[serde(flatten)]
    done: T,
}

impl ChangeCommand {
    pub fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// As [`AdminCommand::run`]. In a dry run, `operation` checks and does the same, and each transaction is rolled
    /// back.
    pub fn run<T: Serialize>(
        &self,
        operation: impl AsyncFnOnce(AdminContext) -> Result<T, CommandError>,
        to_text: impl Fn(&T) -> String,
    ) -> ExitCode {
        self.run_on(IfNoDatabase::Refuse, operation, to_text)
    }

    /// As [`Self::run`], for commands that may run before the first start of a server.
    pub fn run_making_database<T: Serialize>(
        &self,
        operation: impl AsyncFnOnce(AdminContext) -> Result<T, CommandError>,
        to_text: impl Fn(&T) -> String,
    ) -> ExitCode {
        self.run_on(if self.dry_run { IfNoDatabase::UseTemporary } else { IfNoDatabase::Make }, operation, to_text)
    }

    fn run_on<T: Serialize>(
        &self,
        missing: IfNoDatabase,
        operation: impl AsyncFnOnce(AdminContext) -> Result<T, CommandError>,
        to_text: impl Fn(&T) -> String,
    ) -> ExitCode {
        let dry_run = self.dry_run;
        self.command.run_with_status(
            missing,
            async |mut context| {
                if dry_run {
                    context.accounts = context.accounts.as_dry_run();
                }
                Ok(Outcome { dry_run, done: operation(context).await? })
            },
            |outcome| match (outcome.dry_run, to_text(&outcome.done)) {
                (true, text) => format!("Dry run: nothing was changed. The command would say:\n  {text}"),
                (false, text) => text,
            },
            |_| ExitCode::SUCCESS,
        )
    }
}
