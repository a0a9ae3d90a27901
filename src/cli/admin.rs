//! `vestibule admin`: the people who may open `/admin`, and their roles.

use std::process::ExitCode;

use clap::Subcommand;
use serde::Serialize;
use time::OffsetDateTime;

use super::admin_command::{AccountArg, AdminCommand, AdminContext, CommandError, table, with_fix};
use super::change_command::ChangeCommand;
use crate::accounts::{AdminInvited, Change, RoleGiven, RoleTaken};
use crate::base::clock::format_utc;
use crate::base::ids::{AccountId, ProviderId, Subject};
use crate::base::role::Role;
use crate::base::urls::admin_invitation_url;
use crate::base::username::Username;

/// The people who may open the pages at /admin: list, add, remove, invite
///
/// A viewer sees everything and changes nothing. Helpdesk also ends sessions, disables and enables accounts, and
/// answers access requests. An admin also links identities, changes groups and gives roles. Only these commands change
/// how an account with a role is opened: see `vestibule identity link` and `vestibule user passwd`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the accounts with a role, and the roles that the config gives
    List {
        #[command(flatten)]
        command: AdminCommand,
    },
    /// Give an account a role, in place of the one that it has
    Add {
        #[command(flatten)]
        command: ChangeCommand,
        #[command(flatten)]
        target: AccountArg,
        /// viewer, helpdesk or admin
        #[arg(long, value_name = "ROLE", default_value = "admin")]
        role: Role,
    },
    /// Take the role of an account away
    Remove {
        #[command(flatten)]
        command: ChangeCommand,
        #[command(flatten)]
        target: AccountArg,
    },
    /// Print an address that makes the first person who opens it and signs in an admin
    ///
    /// Use it when nobody has an account yet. The address works for 15 minutes and once. Send it to nobody whom you
    /// don't want to be an admin.
    Invite {
        #[command(flatten)]
        command: AdminCommand,
    },
}

/// Runs one of the commands.
pub fn run(args: &Args) -> ExitCode {
    match &args.command {
        Command::List { command } => command.run(async |context| list(&context).await, Roles::to_text),
        Command::Add { command, target, role } => command.run(
            async |context| {
                let account = target.account_ref()?;
                context.accounts.give_role(&context.actor, &account, *role).await.map_err(with_fix)
            },
            given,
        ),
        Command::Remove { command, target } => command.run(
            async |context| {
                let account = target.account_ref()?;
                context.accounts.take_role(&context.actor, &account).await.map_err(with_fix)
            },
            taken,
        ),
        Command::Invite { command } => command.run_making_database(
            async |context| {
                let AdminInvited { secret, expires_at } =
                    context.accounts.invite_admin(&context.actor).await.map_err(with_fix)?;
                // The address is the secret: the operator asked for it.
                let address = admin_invitation_url(&context.config.server.public_url, secret.expose());
                Ok(Invitation { address, expires_at })
            },
            |invitation| {
                format!(
                    "Open this address, sign in, and press \"Become an admin\". It works once, until {}:\n\n  {}",
                    format_utc(invitation.expires_at),
                    invitation.address
                )
            },
        ),
    }
}

#[derive(Debug, Serialize)]
struct Invitation {
    address: String,
    #[serde(with = "time::serde::rfc3339")]
    expires_at: OffsetDateTime,
}

/// All roles.
#[derive(Debug, Serialize)]
struct Roles {
    accounts: Vec<AccountRole>,
    /// From `[admin] grant` in the config.
    granted: Vec<GrantedRole>,
}

#[derive(Debug, Serialize)]
struct AccountRole {
    id: AccountId,
    username: Username,
    role: Role,
    given_by: String,
    #[serde(with = "time::serde::rfc3339")]
    given_at: OffsetDateTime,
    disabled: bool,
}

#[derive(Debug, Serialize)]
struct GrantedRole {
    provider: ProviderId,
    subject: Subject,
    role: Role,
}

async fn list(context: &AdminContext) -> Result<Roles, CommandError> {
    let holders = context.store.role_holders().await?.into_iter();
    let accounts = holders.map(|holder| AccountRole {
        id: holder.account,
        username: holder.username,
        role: holder.role,
        given_by: holder.given_by,
        given_at: holder.given_at,
        disabled: holder.is_disabled,
    });
    let grants = context.config.admin.grants.iter().cloned();
    let granted =
        grants.map(|grant| GrantedRole { provider: grant.provider, subject: grant.subject, role: grant.role });
    Ok(Roles { accounts: accounts.collect(), granted: granted.collect() })
}

impl Roles {
    fn to_text(&self) -> String {
        if self.accounts.is_empty() && self.granted.is_empty() {
            return "Nobody has a role. Give one with `vestibule admin add USERNAME`, or, if nobody has an account yet, \
                    make an address with `vestibule admin invite`."
                .to_owned();
        }
        let accounts = self.accounts.iter().map(|account| {
            let state = if account.disabled { "disabled" } else { "" };
            let given_at = format_utc(account.given_at);
            [account.username.to_string(), account.role.to_string(), given_at, account.given_by.clone(), state.into()]
        });
        let granted = self.granted.iter().map(|grant| {
            let whom = format!("{}:{}", grant.provider, grant.subject);
            [whom, grant.role.to_string(), "by the config".to_owned(), String::new(), String::new()]
        });
        table(["ACCOUNT", "ROLE", "SINCE", "BY", ""], accounts.chain(granted))
    }
}

fn given(given: &RoleGiven) -> String {
    let RoleGiven { account, role, before, change } = given;
    let username = &account.username;
    match (change, before) {
        (Change::Already, _) => format!("\"{username}\" has the role {role} already."),
        (Change::Done, None) => format!("\"{username}\" has the role {role} now, and can open /admin."),
        (Change::Done, Some(before)) => format!("\"{username}\" has the role {role} now; before: {before}."),
    }
}

fn taken(taken: &RoleTaken) -> String {
    let username = &taken.account.username;
    match taken.before {
        Some(before) => format!("\"{username}\" no longer has the role {before}."),
        None => {
            format!("\"{username}\" has no role in the database. `vestibule admin list` shows what the config gives.")
        }
    }
}
