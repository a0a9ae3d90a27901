//! `vestibule user add` and `passwd`.

use std::collections::BTreeSet;
use std::process::ExitCode;

use serde::Serialize;

use super::super::admin_command::{AccountArg, AdminCommand, with_fix};
use super::super::prompt::NewPasswordArgs;
use crate::accounts::{Created, PasswordSet};
use crate::base::counted::sessions;
use crate::base::ids::Group;
use crate::base::shell;
use crate::base::username::Username;

/// Make an account with a password
///
/// Asks for the password twice, without showing it. The config needs a provider of kind = "password". People who sign
/// in by another provider need no such account: see `vestibule identity link`.
#[derive(Debug, clap::Args)]
#[command(after_help = ADD_EXAMPLES)]
pub struct Add {
    #[command(flatten)]
    command: AdminCommand,
    /// The username: 1 to 64 characters of one alphabet; no other account may have the same name, or one that looks the
    /// same
    name: Username,
    /// Put the account into this group; may be given several times
    #[arg(long = "group", value_name = "GROUP", value_parser = Group::parse)]
    groups: Vec<Group>,
    #[command(flatten)]
    password: NewPasswordArgs,
}

const ADD_EXAMPLES: &str = "\
Examples:
  vestibule user add grace --group staff
  vestibule user add grace --generate
  pass show grace | vestibule user add grace --password-stdin";

/// Set another password for an account: its sessions end at once
///
/// Asks for the password twice, without showing it. If the account had no password, its owner can now sign in with
/// this one, as well as by linked identities.
#[derive(Debug, clap::Args)]
pub struct Passwd {
    #[command(flatten)]
    command: AdminCommand,
    #[command(flatten)]
    target: AccountArg,
    #[command(flatten)]
    password: NewPasswordArgs,
}

/// The result, with the password if this command made it. Only this output shows it.
#[derive(Debug, Serialize)]
struct WithPassword<T> {
    #[serde(flatten)]
    done: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
}

impl<T> WithPassword<T> {
    fn to_text(&self, done: &str) -> String {
        match &self.password {
            Some(password) => format!("{done}\nIts password, shown only now: {password}"),
            None => done.to_owned(),
        }
    }
}

impl Add {
    pub fn run(&self) -> ExitCode {
        let status = self.command.run_making_database(
            async |context| {
                let passwords = context.local_passwords()?;
                let password = self.password.get(&format!("Password for \"{}\"", self.name))?;
                let groups: BTreeSet<Group> = self.groups.iter().cloned().collect();
                let done =
                    context.accounts.create(&context.actor, &passwords, &self.name, &groups, password.secret()).await;
                let done = done.map_err(with_fix)?;
                context.warn_of_unknown_groups(&self.groups).await?;
                Ok(WithPassword { done, password: password.generated() })
            },
            |it: &WithPassword<Created>| {
                let Created { account, groups } = &it.done;
                let groups: Vec<_> = groups.iter().map(Group::as_str).collect();
                let within = if groups.is_empty() { String::new() } else { format!(", in {}", groups.join(", ")) };
                it.to_text(&format!("Made \"{}\" (id {}){within}.", account.username, account.id))
            },
        );
        self.password.exit_status(status, &shell::operand(self.name.as_str()))
    }
}

impl Passwd {
    pub fn run(&self) -> ExitCode {
        let status = self.command.run(
            async |context| {
                let (passwords, account) = (context.local_passwords()?, self.target.account_ref()?);
                let name = context.accounts.details(&account).await.map_err(with_fix)?.username;
                let password = self.password.get(&format!("New password for \"{name}\""))?;
                let done = context.accounts.set_password(&context.actor, &passwords, &account, password.secret()).await;
                let done = done.map_err(with_fix)?;
                Ok(WithPassword { done, password: password.generated() })
            },
            |it: &WithPassword<PasswordSet>| {
                let PasswordSet { account, sessions_ended } = &it.done;
                let ended = sessions(sessions_ended);
                it.to_text(&format!("\"{}\" has a new password; {ended} ended.", account.username))
            },
        );
        self.password.exit_status(status, &self.target.as_argument())
    }
}
