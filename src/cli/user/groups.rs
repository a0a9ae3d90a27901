//! `vestibule user group`: the local groups and their members.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use clap::Subcommand;
use serde::Serialize;

use super::super::admin_command::{AccountArg, AdminCommand, AdminContext, CommandError, table, with_fix};
use super::super::change_command::ChangeCommand;
use crate::accounts::{Change, GroupChanged};
use crate::base::ids::Group;

#[derive(Debug, Subcommand)]
pub enum GroupCommand {
    /// List the groups that accounts have or the config names
    ///
    /// Groups from a provider are not counted, because they belong to a sign-in and not to an account.
    List {
        #[command(flatten)]
        command: AdminCommand,
    },
    /// Put an account into a group
    Add {
        #[command(flatten)]
        command: ChangeCommand,
        #[command(flatten)]
        target: AccountArg,
        /// The local group, as the config's rules name it
        #[arg(value_name = "GROUP", value_parser = Group::parse)]
        group: Group,
    },
    /// Take an account out of a group
    Remove {
        #[command(flatten)]
        command: ChangeCommand,
        #[command(flatten)]
        target: AccountArg,
        /// The group, as `vestibule user show` names it
        #[arg(value_name = "GROUP")]
        group: String,
    },
}

/// Runs one of the commands.
pub fn run(command: &GroupCommand) -> ExitCode {
    match command {
        GroupCommand::List { command } => command.run(
            async |context| Ok(known_groups(&context).await?.into_values().collect::<Vec<_>>()),
            |known| list(known),
        ),
        GroupCommand::Add { command, target, group } => command.run(
            async |context| {
                let done = context
                    .accounts
                    .add_to_group(&context.actor, &target.account_ref()?, group)
                    .await
                    .map_err(with_fix)?;
                context.warn_of_unknown_groups([group]).await?;
                Ok(done)
            },
            |done: &GroupChanged| {
                let how = match done.change {
                    Change::Done => "is now",
                    Change::Already => "was already",
                };
                format!("\"{}\" {how} in {}.", done.account.username, done.group)
            },
        ),
        GroupCommand::Remove { command, target, group } => command.run(
            async |context| {
                let group = Group::from(group.as_str());
                context
                    .accounts
                    .remove_from_group(&context.actor, &target.account_ref()?, &group)
                    .await
                    .map_err(with_fix)
            },
            |done: &GroupChanged| {
                let how = match done.change {
                    Change::Done => "is no longer",
                    Change::Already => "was not",
                };
                format!("\"{}\" {how} in {}.", done.account.username, done.group)
            },
        ),
    }
}

/// A group that an account has or the config names.
#[derive(Debug, Serialize)]
struct GroupSummary {
    group: Group,
    /// How many accounts have it.
    accounts: u64,
    /// Where the config names it: `notes.allow[1]`, `provider.uni.groups`.
    config: BTreeSet<String>,
}

/// All groups that accounts have or the config names.
async fn known_groups(context: &AdminContext) -> Result<BTreeMap<Group, GroupSummary>, CommandError> {
    let mut known = BTreeMap::new();
    for (group, accounts) in context.store.groups().await? {
        known.insert(group.clone(), GroupSummary { group, accounts, config: BTreeSet::new() });
    }
    let mut named = |group: &Group, place: String| {
        let new = || GroupSummary { group: group.clone(), accounts: 0, config: BTreeSet::new() };
        known.entry(group.clone()).or_insert_with(new).config.insert(place);
    };
    for rule in context.config.apps.iter().flat_map(|app| &app.rules) {
        rule.groups.iter().flatten().for_each(|group| named(group, rule.name.to_string()));
    }
    for provider in &context.config.providers {
        provider.groups.values().for_each(|group| named(group, format!("provider.{}.groups", provider.id)));
    }
    Ok(known)
}

fn list(known: &[GroupSummary]) -> String {
    if known.is_empty() {
        return "No groups: no account has one, and the config names none.".to_owned();
    }
    let rows = known.iter().map(|it| {
        let config = it.config.iter().cloned().collect::<Vec<_>>().join(", ");
        [it.group.to_string(), it.accounts.to_string(), config]
    });
    table(["GROUP", "ACCOUNTS", "IN THE CONFIG"], rows)
}
