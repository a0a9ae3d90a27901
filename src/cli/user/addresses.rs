//! `vestibule user address`: the e-mail addresses of an account.

use std::process::ExitCode;

use clap::Subcommand;

use super::super::admin_command::{AccountArg, with_fix};
use super::super::change_command::ChangeCommand;
use crate::accounts::{AddressChanged, Change};
use crate::base::mail_address::MailAddress;

#[derive(Debug, Subcommand)]
pub enum AddressCommand {
    /// Give an account an e-mail address
    ///
    /// If nobody has signed in to the account yet, a person with this verified address at a provider whose
    /// `authoritative_domains` has its domain gets the account at their first sign-in.
    Add(AddressArgs),
    /// Take an e-mail address away from an account
    Remove(AddressArgs),
}

#[derive(Debug, clap::Args)]
pub struct AddressArgs {
    #[command(flatten)]
    command: ChangeCommand,
    #[command(flatten)]
    target: AccountArg,
    /// The address: dee@example.edu
    address: MailAddress,
}

pub fn run(command: &AddressCommand) -> ExitCode {
    match command {
        AddressCommand::Add(AddressArgs { command, target, address }) => command.run(
            async |context| {
                let account = target.account_ref()?;
                context.accounts.add_address(&context.actor, &account, address).await.map_err(with_fix)
            },
            |AddressChanged { account, address, change }| match change {
                Change::Done => format!("\"{}\" has the address {address} now.", account.username),
                Change::Already => format!("\"{}\" had the address {address} already.", account.username),
            },
        ),
        AddressCommand::Remove(AddressArgs { command, target, address }) => command.run(
            async |context| {
                let account = target.account_ref()?;
                context.accounts.remove_address(&context.actor, &account, address).await.map_err(with_fix)
            },
            |AddressChanged { account, address, change }| match change {
                Change::Done => format!("\"{}\" no longer has the address {address}.", account.username),
                Change::Already => format!("\"{}\" did not have the address {address}.", account.username),
            },
        ),
    }
}
