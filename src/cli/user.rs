//! `vestibule user`: the local accounts.

mod accounts;
mod addresses;
mod groups;
mod import;
mod merge;
mod remove;
mod search;
mod sessions;

use std::process::ExitCode;

use clap::Subcommand;

use super::admin_command::{AccountArg, AdminCommand, table, with_fix};
use super::change_command::ChangeCommand;
use super::release;
use crate::accounts::{AccountDetails, Change, Disabled, Enabled, Identity, Renamed};
use crate::admin::AccountPage;
use crate::base::clock::format_utc;
use crate::base::counted;
use crate::base::ids::Group;
use crate::base::invisible::escape_invisible;
use crate::base::username::Username;
use crate::signin::link::LinkProof;

/// Local accounts: list, search, show, add, import, passwd, remove, merge, rename, disable, enable, sessions, groups
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List accounts by name
    List {
        #[command(flatten)]
        command: AdminCommand,
        /// Begin after this name, which the previous page printed
        #[arg(long, value_name = "NAME", default_value = "")]
        after: String,
        /// How many accounts at most
        #[arg(long, value_name = "NUMBER", default_value_t = 100,
            value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
    Search(search::Search),
    /// Show one account: its groups, its identities, whether it is disabled
    Show {
        #[command(flatten)]
        command: AdminCommand,
        #[command(flatten)]
        target: AccountArg,
    },
    Add(accounts::Add),
    Import(import::Import),
    Passwd(accounts::Passwd),
    Remove(remove::Remove),
    Merge(merge::Merge),
    UndoMerge(merge::UndoMerge),
    Merges(merge::Merges),
    /// Give an account another name
    ///
    /// An app that identifies people by username then sees a new person.
    Rename {
        #[command(flatten)]
        command: ChangeCommand,
        #[command(flatten)]
        target: AccountArg,
        /// The new username: 1 to 64 characters of one alphabet
        #[arg(value_name = "NEW_NAME")]
        to: Username,
    },
    /// Disable an account: its sessions end at once
    Disable {
        #[command(flatten)]
        command: ChangeCommand,
        #[command(flatten)]
        target: AccountArg,
    },
    /// Enable an account again
    Enable {
        #[command(flatten)]
        command: ChangeCommand,
        #[command(flatten)]
        target: AccountArg,
    },
    Sessions(sessions::List),
    EndSession(sessions::End),
    /// Forget failed attempts, so that the next attempt does not have to wait
    ///
    /// After too many wrong passwords, people have to wait, each time longer, for at most a quarter of an hour. This
    /// command ends the wait.
    Release(release::Args),
    /// Local groups: list them, put an account into one, take it out
    #[command(subcommand)]
    Group(groups::GroupCommand),
    /// E-mail addresses of an account, by which its owner may claim it
    #[command(subcommand)]
    Address(addresses::AddressCommand),
}

/// Runs one of the commands.
pub fn run(args: &Args) -> ExitCode {
    match &args.command {
        Command::List { command, after, limit } => {
            command.run(async |context| Ok(context.admin.accounts(after, *limit).await?), |found| page(found, after))
        }
        Command::Search(search) => search.run(),
        Command::Show { command, target } => command
            .run(async |context| context.accounts.details(&target.account_ref()?).await.map_err(with_fix), details),
        Command::Add(add) => add.run(),
        Command::Import(import) => import.run(),
        Command::Passwd(passwd) => passwd.run(),
        Command::Remove(remove) => remove.run(),
        Command::Merge(merge) => merge.run(),
        Command::UndoMerge(undo) => undo.run(),
        Command::Merges(merges) => merges.run(),
        Command::Rename { command, target, to } => command.run(
            async |context| context.accounts.rename(&context.actor, &target.account_ref()?, to).await.map_err(with_fix),
            |done: &Renamed| match done.change {
                Change::Done => {
                    format!("\"{}\" is now called \"{}\" (id {}).", done.before, done.account.username, done.account.id)
                }
                Change::Already => {
                    format!("\"{}\" has this name already (id {}).", done.account.username, done.account.id)
                }
            },
        ),
        Command::Disable { command, target } => command.run(
            async |context| context.accounts.disable(&context.actor, &target.account_ref()?).await.map_err(with_fix),
            |done: &Disabled| match done.change {
                Change::Done => {
                    format!(
                        "\"{}\" is disabled; {} ended.",
                        done.account.username,
                        counted::sessions(done.sessions_ended)
                    )
                }
                Change::Already => format!("\"{}\" was disabled before.", done.account.username),
            },
        ),
        Command::Enable { command, target } => command.run(
            async |context| context.accounts.enable(&context.actor, &target.account_ref()?).await.map_err(with_fix),
            |done: &Enabled| match done.change {
                Change::Done => format!("\"{}\" is enabled again.", done.account.username),
                Change::Already => format!("\"{}\" was not disabled.", done.account.username),
            },
        ),
        Command::Sessions(list) => list.run(),
        Command::EndSession(end) => end.run(),
        Command::Release(args) => release::run(args),
        Command::Group(command) => groups::run(command),
        Command::Address(command) => addresses::run(command),
    }
}

fn page(page: &AccountPage, after: &str) -> String {
    match (page.accounts.as_slice(), after) {
        ([], "") => return "No accounts.".into(),
        ([], after) => return format!("No accounts after {after:?}."),
        ([_, ..], _) => {}
    }
    let rows = page.accounts.iter().map(|it| [it.username.to_string(), it.id.to_string(), groups(it), state(it)]);
    let list = table(["NAME", "ID", "GROUPS", "STATE"], rows);
    match &page.next {
        Some(next) => format!("{list}\n\nMore: --after '{next}'"),
        None => list,
    }
}

fn details(account: &AccountDetails) -> String {
    let groups = groups(account);
    let groups = if groups.is_empty() { "none" } else { &groups };
    let mut lines = vec![
        format!("{}  (id {})", account.username, account.id),
        format!("  groups: {groups}"),
        format!("  state:  {}", state(account)),
    ];
    let addresses = account.addresses.iter().flatten();
    lines.extend(addresses.map(|it| format!("  address: {} (by {})", it.address, it.source.as_str())));
    lines.push("  identities:".to_owned());
    let identities = account.identities.iter().flatten();
    let described: Vec<_> = identities
        .map(|it| {
            let [issuer, subject] = [it.issuer.as_str(), it.subject.as_str()].map(escape_invisible);
            let (linked, how) = (format_utc(it.linked_at), how_linked(it));
            let last = it.last_sign_in.as_deref().unwrap_or("unknown");
            let provider = &it.provider;
            let source = it.subject_source.as_deref().map(escape_invisible);
            let source = source.map(|source| format!(" (by {source})")).unwrap_or_default();
            format!(
                "    {provider}: issuer {issuer}, subject {subject}{source}, linked {linked}{how}, last sign-in: {last}"
            )
        })
        .collect();
    if described.is_empty() {
        lines.push("    none: nobody can sign in to it".into());
    }
    lines.extend(described);
    lines.join("\n")
}

/// How an identity was linked, as the end of a sentence.
fn how_linked(identity: &Identity) -> String {
    let by = identity.linked_by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    match identity.proof {
        LinkProof::Founding => " at its first sign-in, which made the account".to_owned(),
        LinkProof::Proven => ", by its owner, who proved the account".to_owned(),
        LinkProof::Domain => ", by an address of the provider's authoritative_domains".to_owned(),
        LinkProof::Import => format!("{by} with an imported password"),
        LinkProof::Admin | LinkProof::Before => by,
    }
}

fn groups(account: &AccountDetails) -> String {
    account.groups.iter().map(Group::as_str).collect::<Vec<_>>().join(", ")
}

fn state(account: &AccountDetails) -> String {
    account
        .disabled
        .as_ref()
        .map_or_else(|| "on".into(), |off| format!("disabled by {} at {}", off.by, format_utc(off.at)))
}
