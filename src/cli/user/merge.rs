//! `vestibule user merge`, `undo-merge` and `merges`.

use std::process::ExitCode;

use serde::Serialize;

use super::super::admin_command::{AccountArg, AdminCommand, AdminContext, CommandError, table, with_fix};
use super::super::prompt;
use crate::accounts::{AccountRef, MergeUndone, Merged, MovedIdentity};
use crate::base::clock::format_utc;
use crate::base::counted::{counted, sessions};
use crate::base::ids::OperationId;
use crate::base::role::Role;
use crate::signin::identify::IdentityKey;
use crate::store::Merge as StoredMerge;

/// Merge two accounts of one person: the first one is closed, and its identities open the second one
///
/// The second account also gets the groups and addresses of the first one. The sessions of both end. Apps know people
/// by their username or id, so they see the second account from then on. `vestibule user undo-merge` restores both for
/// 30 days. After that, the first account is erased.
///
/// Make sure that both accounts belong to the same person.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Merge {
    #[command(flatten)]
    command: AdminCommand,
    /// The account that is closed
    #[arg(value_name = "FROM")]
    from: String,
    /// The account that stays
    #[arg(value_name = "INTO")]
    into: String,
    /// FROM and INTO are ids, not usernames
    #[arg(long)]
    by_id: bool,
    /// Only say what the merge would do
    #[arg(long)]
    dry_run: bool,
    /// Don't ask for confirmation
    #[arg(long)]
    yes: bool,
}

const EXAMPLES: &str = "\
Examples:
  vestibule account merge dee-2 dee --dry-run
  vestibule account merge dee-2 dee
  vestibule account merges dee";

/// Undo a merge: the closed account opens again, with its identities
#[derive(Debug, clap::Args)]
pub struct UndoMerge {
    #[command(flatten)]
    command: AdminCommand,
    /// The id of the merge, which `vestibule user merges` shows
    #[arg(value_name = "OPERATION")]
    operation: OperationId,
    /// Only say what would be undone
    #[arg(long)]
    dry_run: bool,
}

/// List merges, the newest first, and until when each can be undone
#[derive(Debug, clap::Args)]
pub struct Merges {
    #[command(flatten)]
    command: AdminCommand,
    #[command(flatten)]
    target: Option<AccountArg>,
    /// How many at most
    #[arg(long, value_name = "NUMBER", default_value_t = 100,
        value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
}

#[derive(Debug, Serialize)]
struct Done<T> {
    dry_run: bool,
    #[serde(flatten)]
    result: T,
}

impl Merge {
    pub fn run(&self) -> ExitCode {
        self.command.run(async |context| self.execute(&context).await, merged)
    }

    async fn execute(&self, context: &AdminContext) -> Result<Done<Merged>, CommandError> {
        let [from, into] = [&self.from, &self.into].map(|name| AccountArg::new(name.clone(), self.by_id));
        let (from, into) = (from.account_ref()?, into.account_ref()?);
        let role = |key: &IdentityKey| configured_role(context, key);
        let dry_run = context.accounts.clone().as_dry_run();
        let result = dry_run.merge(&context.actor, &from, &into, &role).await.map_err(with_fix)?;
        if self.dry_run {
            return Ok(Done { dry_run: true, result });
        }
        if !self.yes {
            let Merged { from, into, .. } = &result;
            let warning = format!(
                "This closes \"{}\", and moves {} to \"{}\".",
                from.username,
                counted(result.identities.len() as u64, "identity", "identities"),
                into.username
            );
            prompt::confirm(from.username.as_str(), &warning)?;
        }
        // By their ids: other accounts may have the names by now.
        let [from, into] = [result.from.id, result.into.id].map(AccountRef::Id);
        let result = context.accounts.merge(&context.actor, &from, &into, &role).await.map_err(with_fix)?;
        Ok(Done { dry_run: false, result })
    }
}

/// The role that the config gives the account of an identity.
fn configured_role(context: &AdminContext, key: &IdentityKey) -> Option<Role> {
    let grants = context.config.admin.grants.iter();
    let of_key = grants.filter(|grant| grant.provider == key.provider && grant.subject == key.subject);
    of_key.map(|grant| grant.role).max()
}

impl UndoMerge {
    pub fn run(&self) -> ExitCode {
        self.command.run(async |context| self.execute(&context).await, undone)
    }

    async fn execute(&self, context: &AdminContext) -> Result<Done<MergeUndone>, CommandError> {
        let accounts = context.accounts.clone();
        let accounts = if self.dry_run { accounts.as_dry_run() } else { accounts };
        let result = accounts.undo_merge(&context.actor, &self.operation).await.map_err(with_fix)?;
        Ok(Done { dry_run: self.dry_run, result })
    }
}

impl Merges {
    pub fn run(&self) -> ExitCode {
        self.command.run(async |context| self.execute(&context).await, |found| list(found))
    }

    async fn execute(&self, context: &AdminContext) -> Result<Vec<StoredMerge>, CommandError> {
        let account = match &self.target {
            Some(target) => Some(context.accounts.details(&target.account_ref()?).await.map_err(with_fix)?.id),
            None => None,
        };
        Ok(context.accounts.merges(account.as_ref(), self.limit).await?)
    }
}

fn merged(Done { dry_run, result }: &Done<Merged>) -> String {
    let Merged { operation, from, into, .. } = result;
    let mut lines = vec![format!(
        "\"{}\" (id {}) {} closed; {} opens \"{}\" (id {}).",
        from.username,
        from.id,
        if *dry_run { "would be" } else { "is" },
        counted(result.identities.len() as u64, "identity", "identities"),
        into.username,
        into.id
    )];
    lines.extend(result.identities.iter().map(identity));
    lines.extend(result.groups_gained.iter().map(|group| format!("  group: {group}")));
    lines.extend(result.addresses_gained.iter().map(|it| format!("  address: {}", it.address)));
    if result.password_unused {
        lines.push(format!("  The password of \"{}\" opens nothing.", from.username));
    }
    lines.push(format!("  {} {}.", sessions(result.sessions_ended), if *dry_run { "would end" } else { "ended" }));
    lines.push(format!("  Apps that knew \"{}\" see \"{}\" from then on.", from.username, into.username));
    if !dry_run {
        let until = format_utc(result.undo_until);
        lines.push(format!("Until {until} it can be undone: vestibule account undo-merge {operation}"));
    }
    lines.join("\n")
}

fn undone(Done { dry_run, result }: &Done<MergeUndone>) -> String {
    let MergeUndone { from, into, .. } = result;
    let is = if *dry_run { "would be" } else { "is" };
    let mut lines = vec![format!(
        "\"{}\" (id {}) {is} open again, with {}.",
        from.username,
        from.id,
        counted(result.identities.len() as u64, "identity", "identities")
    )];
    lines.extend(result.identities.iter().map(identity));
    let left = result.identities_left.iter();
    lines.extend(
        left.map(|it| format!("{}: stays as it is, since it was unlinked or moved after the merge", identity(it))),
    );
    lines.extend(result.groups_lost.iter().map(|group| format!("  \"{}\" leaves the group {group}", into.username)));
    lines.extend(result.addresses_lost.iter().map(|it| format!("  \"{}\" loses {}", into.username, it.address)));
    lines.join("\n")
}

fn identity(MovedIdentity { provider, issuer, subject }: &MovedIdentity) -> String {
    use crate::base::invisible::escape_invisible;
    format!(
        "  {provider}: issuer {}, subject {}",
        escape_invisible(issuer.as_str()),
        escape_invisible(subject.as_str())
    )
}

fn list(found: &[StoredMerge]) -> String {
    if found.is_empty() {
        return "No merges.".to_owned();
    }
    let rows = found.iter().map(|it| {
        let state = match it.undone_at {
            Some(at) => format!("undone {}", format_utc(at)),
            None => format!("can be undone until {}", format_utc(it.undo_until)),
        };
        let names = [&it.from_username, &it.into_username].map(ToString::to_string);
        let [from, into] = names;
        [it.id.to_string(), from, into, format_utc(it.at), state]
    });
    table(["OPERATION", "FROM", "INTO", "TIME", "STATE"], rows)
}
