//! `vestibule user remove`.

use std::process::ExitCode;

use serde::Serialize;

use super::super::admin_command::{AccountArg, AdminContext, CommandError, with_fix};
use super::super::change_command::ChangeCommand;
use super::super::prompt;
use crate::accounts::{AccountError, AccountRef, Erased, Removed};
use crate::base::counted::{counted, sessions};

/// Remove an account permanently, with its groups, identities, sessions and password
///
/// The audit keeps the rows about the account. Its id is never used again, but its name may be. If a provider makes
/// accounts, the person gets a new one at the next sign-in. To keep somebody out, use `vestibule user disable` instead.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Remove {
    #[command(flatten)]
    command: ChangeCommand,
    #[command(flatten)]
    target: AccountArg,
    /// Also erase the person from the audit: its rows about the account stay, and the names, subjects, addresses and
    /// explanations in them are erased. With --by-id, also for an account that was removed before
    #[arg(long)]
    erase: bool,
    /// Don't ask for confirmation
    #[arg(long)]
    yes: bool,
}

const EXAMPLES: &str = "\
Examples:
  vestibule user remove grace --dry-run
  vestibule user remove grace
  vestibule user remove grace --erase
  vestibule audit --event account_removed      # shows the ids of removed accounts
  vestibule user remove --by-id 3v8bxkq0n1c5w7dz2mf9rth4pj --erase";

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Done {
    Removed(Removed),
    Erased(Erased),
}

impl Remove {
    pub fn run(&self) -> ExitCode {
        self.command.run(async |context| self.execute(&context).await, Done::to_text)
    }

    async fn execute(&self, context: &AdminContext) -> Result<Done, CommandError> {
        let wanted = self.target.account_ref()?;
        let (id, word, warning) = match (context.accounts.details(&wanted).await, wanted) {
            (Ok(found), _) => {
                let audit = if self.erase { ", and erases the person from the audit" } else { "" };
                let warning = format!("This removes \"{}\" permanently{audit}.", found.username);
                (found.id, found.username.to_string(), warning)
            }
            (Err(AccountError::NoSuchAccount(_)), AccountRef::Id(id)) if self.erase => {
                let warning = format!("This erases the person of the removed account {id} from the audit.");
                (id.clone(), id.to_string(), warning)
            }
            (Err(why @ AccountError::NoSuchAccount(_)), AccountRef::Name(_)) if self.erase => {
                Err(format!("{}; for a removed account, use --by-id", with_fix(why)))?
            }
            (Err(why), _) => Err(with_fix(why))?,
        };
        if !self.yes && !self.command.is_dry_run() {
            prompt::confirm(&word, &warning)?;
        }
        // By its id: another account may have the name by now.
        let account = AccountRef::Id(id);
        Ok(if self.erase {
            Done::Erased(context.accounts.erase(&context.actor, &account).await.map_err(with_fix)?)
        } else {
            Done::Removed(context.accounts.remove(&context.actor, &account).await.map_err(with_fix)?)
        })
    }
}

impl Done {
    fn to_text(&self) -> String {
        let with = |identities, ended| {
            format!("with {} and {}", counted(identities, "identity", "identities"), sessions(ended))
        };
        match self {
            Self::Removed(Removed { account, identities, sessions_ended }) => {
                let with = with(identities, sessions_ended);
                format!("\"{}\" (id {}) was removed, {with}.", account.username, account.id)
            }
            Self::Erased(Erased { id, username, identities, sessions_ended, rows_erased }) => {
                let removed = match username {
                    Some(name) => format!("\"{name}\" (id {id}) was removed, {}.", with(identities, sessions_ended)),
                    None => format!("The account with the id {id} was removed before."),
                };
                format!("{removed} Personal values erased in {} of the audit.", counted(rows_erased, "row", "rows"))
            }
        }
    }
}
