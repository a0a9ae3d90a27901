//! `vestibule user group`: the local groups, and who is in them.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use clap::Subcommand;
use serde::Serialize;

use super::super::admin_command::{AdminCommand, AdminContext, Failed, Who, table, with_fix};
use crate::accounts::{Change, GroupChanged};
use crate::base::ids::Group;

#[derive(Debug, Subcommand)]
pub enum GroupCommand {
    /// List the groups that accounts have or the config names
    ///
    /// Groups that a provider gives belong to a sign-in, not to an account: they are not counted.
    List {
        #[command(flatten)]
        command: AdminCommand,
    },
    /// Put an account into a group
    Add {
        #[command(flatten)]
        command: AdminCommand,
        #[command(flatten)]
        who: Who,
        /// The local group, as the config's rules name it
        #[arg(value_name = "GROUP", value_parser = Group::named)]
        group: Group,
    },
    /// Take an account out of a group
    Remove {
        #[command(flatten)]
        command: AdminCommand,
        #[command(flatten)]
        who: Who,
        /// The group, as `vestibule user show` names it
        #[arg(value_name = "GROUP")]
        group: String,
    },
}

/// Runs one of the commands.
pub fn run(command: &GroupCommand) -> ExitCode {
    match command {
        GroupCommand::List { command } => {
            command.run(async |at| Ok(known(&at).await?.into_values().collect::<Vec<_>>()), |known| list(known))
        }
        GroupCommand::Add { command, who, group } => command.run(
            async |at| {
                let done = at.accounts.add_to_group(&at.actor, &who.account()?, group).await.map_err(with_fix)?;
                at.note_unknown([group]).await?;
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
        GroupCommand::Remove { command, who, group } => command.run(
            async |at| {
                let group = Group::from(group.as_str());
                at.accounts.remove_from_group(&at.actor, &who.account()?, &group).await.map_err(with_fix)
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
struct Known {
    group: Group,
    /// How many accounts have it.
    accounts: u64,
    /// Where the config names it: `notes.allow[1]`, `provider.uni.groups`.
    config: BTreeSet<String>,
}

/// All groups that accounts have or the config names.
async fn known(at: &AdminContext) -> Result<BTreeMap<Group, Known>, Failed> {
    let mut known = BTreeMap::new();
    for (group, accounts) in at.store.groups().await? {
        known.insert(group.clone(), Known { group, accounts, config: BTreeSet::new() });
    }
    let mut named = |group: &Group, place: String| {
        let new = || Known { group: group.clone(), accounts: 0, config: BTreeSet::new() };
        known.entry(group.clone()).or_insert_with(new).config.insert(place);
    };
    for rule in at.config.apps.iter().flat_map(|app| &app.rules) {
        rule.groups.iter().flatten().for_each(|group| named(group, rule.name.to_string()));
    }
    for provider in &at.config.providers {
        provider.groups.values().for_each(|group| named(group, format!("provider.{}.groups", provider.id)));
    }
    Ok(known)
}

fn list(known: &[Known]) -> String {
    if known.is_empty() {
        return "No groups: no account has one, and the config names none.".to_owned();
    }
    let rows = known.iter().map(|it| {
        let config = it.config.iter().cloned().collect::<Vec<_>>().join(", ");
        [it.group.to_string(), it.accounts.to_string(), config]
    });
    table(["GROUP", "ACCOUNTS", "IN THE CONFIG"], rows)
}
