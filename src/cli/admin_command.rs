//! The common part of the operators' commands: they open the database, name the actor, and print a result.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt as _;
use std::process::ExitCode;

use serde::Serialize;
use tempfile::TempDir;

pub use super::account_fixes::with_fix;
use super::console::{print_error, print_line};
use super::{ConfigFile, open};
use crate::accounts::{AccountRef, Accounts, Actor};
use crate::admin::Admin;
use crate::base::clock::Clock;
use crate::base::ids::{AccountId, Group};
use crate::base::invisible::escape_invisible;
use crate::base::shell;
use crate::config::Config;
use crate::passwords::LocalPasswords;
use crate::signin::app::{App, Claim};
use crate::store::{Database, Store, Upgrade};
use crate::upstream::ProviderSettings;

/// The options of every such command.
#[derive(Debug, clap::Args)]
pub struct AdminCommand {
    #[command(flatten)]
    config: ConfigFile,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The values that a command works with.
pub struct AdminContext {
    pub accounts: Accounts,
    pub admin: Admin,
    /// The operator who runs the command.
    pub actor: Actor,
    pub store: Store,
    pub config: Config<ProviderSettings>,
}

pub type CommandError = Box<dyn std::error::Error>;

/// Tells what a command does if there is no database yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfNoDatabase {
    /// Fail: a new database would be empty.
    Refuse,
    Make,
    /// Show on a temporary database what the command would do.
    UseTemporary,
}

const NO_DATABASE_FIX: &str = "name the right config with --config FILE, or make the database with `vestibule serve`, \
                               `vestibule user add`, `vestibule user import` or `vestibule identity link --new`";

impl AdminCommand {
    /// Opens the database, runs `operation` on it, and shows the result as JSON or by `to_text`. Fails if there is no
    /// database yet, and makes none.
    pub fn run<T: Serialize>(
        &self,
        operation: impl AsyncFnOnce(AdminContext) -> Result<T, CommandError>,
        to_text: impl Fn(&T) -> String,
    ) -> ExitCode {
        self.run_with_status(IfNoDatabase::Refuse, operation, to_text, |_| ExitCode::SUCCESS)
    }

    /// As [`Self::run`], for commands that may run before the first start of a server.
    pub fn run_making_database<T: Serialize>(
        &self,
        operation: impl AsyncFnOnce(AdminContext) -> Result<T, CommandError>,
        to_text: impl Fn(&T) -> String,
    ) -> ExitCode {
        self.run_with_status(IfNoDatabase::Make, operation, to_text, |_| ExitCode::SUCCESS)
    }

    /// As [`Self::run`]; `end` gives the exit code.
    pub fn run_with_status<T: Serialize>(
        &self,
        missing: IfNoDatabase,
        operation: impl AsyncFnOnce(AdminContext) -> Result<T, CommandError>,
        to_text: impl Fn(&T) -> String,
        end: impl Fn(&T) -> ExitCode,
    ) -> ExitCode {
        match super::runtime().and_then(|runtime| runtime.block_on(self.execute(missing, operation))) {
            Ok(done) => {
                print_line(self.render(&done, to_text));
                end(&done)
            }
            Err(why) => {
                print_error(why);
                ExitCode::FAILURE
            }
        }
    }

    /// Prints a line about one step. With `--json` nothing is printed before the end.
    pub fn print_step(&self, line: impl std::fmt::Display) {
        if !self.json {
            print_line(line);
        }
    }

    async fn execute<T>(
        &self,
        missing: IfNoDatabase,
        operation: impl AsyncFnOnce(AdminContext) -> Result<T, CommandError>,
    ) -> Result<T, CommandError> {
        let config = open::config(&self.config.path)?;
        for unknown in &config.unknown_variables {
            print_error(unknown);
        }
        let clock = Clock::system();
        open::ensure_same_file(&config)?;
        let new_files = open::missing_files(&config);
        let opening = open_database(&config, missing, &clock);
        let (store, _folder) = open::with_note_if_slow(&config.database, opening).await?;
        if let Some(Upgrade { from, to }) = store.upgraded() {
            print_error(format_args!(
                "Note: {} had the older schema {from} and was brought to schema {to}; if a server of an older version \
                 runs on it, restart it with this version",
                store.location()
            ));
        }
        let accounts = Accounts::new(store.clone(), clock.clone()).in_scripts(config.accounts.usernames);
        let admin = Admin::new(store.clone(), clock);
        let done = operation(AdminContext { accounts, admin, actor: operator(), store: store.clone(), config }).await;
        store.close().await;
        for file in &new_files {
            open::root_ownership_warning(file).into_iter().for_each(print_error);
        }
        done
    }

    fn render<T: Serialize>(&self, done: &T, to_text: impl Fn(&T) -> String) -> String {
        if self.json {
            return serde_json::to_string_pretty(done).unwrap_or_else(|why| why.to_string());
        }
        to_text(done).trim_end().to_owned()
    }
}

/// Opens the database. The folder holds a temporary one, and is removed when it is dropped.
async fn open_database(
    config: &Config<ProviderSettings>,
    missing: IfNoDatabase,
    clock: &Clock,
) -> Result<(Store, Option<TempDir>), CommandError> {
    if missing == IfNoDatabase::Make {
        return Ok((Store::open(&open::database(&config.database), clock.clone()).await?, None));
    }
    match (open::existing_database_to_change(config, clock).await?, missing) {
        (Some(store), _) => Ok((store, None)),
        (None, IfNoDatabase::UseTemporary) => {
            let folder = tempfile::tempdir().map_err(|why| open::no_temporary_folder(&why))?;
            let database = Database::file(folder.path().join("vestibule.db"));
            Ok((Store::open(&database, clock.clone()).await?, Some(folder)))
        }
        (None, IfNoDatabase::Refuse | IfNoDatabase::Make) => {
            Err(format!("there is no database yet: {} does not exist; {NO_DATABASE_FIX}", config.database).into())
        }
    }
}

impl AdminContext {
    /// The local password store.
    ///
    /// # Errors
    /// When the config has no provider that uses it.
    pub fn local_passwords(&self) -> Result<LocalPasswords, CommandError> {
        let own = self.config.providers.iter().find_map(|provider| {
            let hashing = provider.settings.hashing()?;
            Some(LocalPasswords::new(provider.id.clone(), hashing, self.store.clone()))
        });
        own.ok_or_else(|| NO_LOCAL_PASSWORDS.into())
    }

    /// Prints a note about groups that the config does not name: they may be mistyped. The command accepts them,
    /// because a rule may be added later.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn warn_of_unknown_groups<'g>(
        &self,
        groups: impl IntoIterator<Item = &'g Group>,
    ) -> Result<(), CommandError> {
        let receives_groups = |app: &App| app.claims.contains(&Claim::Groups);
        let rules = self.config.apps.iter().flat_map(|app| &app.rules);
        let of_rules = rules.filter_map(|rule| rule.groups.as_ref()).flatten();
        let of_providers = self.config.providers.iter().flat_map(|provider| provider.groups.values());
        let known: BTreeSet<&Group> = of_rules.chain(of_providers).collect();
        if known.is_empty() && self.config.apps.iter().any(|app| receives_groups(app)) {
            // The groups are for that app.
            return Ok(());
        }
        let unknown: BTreeSet<&Group> = groups.into_iter().filter(|group| !known.contains(group)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let held = self.store.groups().await?;
        let held: BTreeSet<&Group> = held.keys().filter(|group| !unknown.contains(group)).collect();
        let joined =
            |groups: &BTreeSet<&Group>| groups.iter().map(|group| group.as_str()).collect::<Vec<_>>().join(", ");
        let named = if known.is_empty() { "none".to_owned() } else { joined(&known) };
        let held = if held.is_empty() { String::new() } else { format!(". Accounts have: {}", joined(&held)) };
        let these = if unknown.len() == 1 { "the group" } else { "these groups:" };
        print_error(format_args!(
            "Note: no rule in the config names {these} {}. The config names: {named}{held}",
            joined(&unknown)
        ));
        Ok(())
    }
}

const NO_LOCAL_PASSWORDS: &str = "\
the config has no provider that checks the passwords of accounts; add this to it

    [[provider]]
    id = \"local\"
    kind = \"password\"
    name = \"Local account\"
";

/// The user who runs the command; with `sudo`, the user who typed it.
fn operator() -> Actor {
    let named = ["SUDO_USER", "USER"].into_iter().filter_map(|name| std::env::var(name).ok());
    let user = named.into_iter().find(|name| !name.is_empty());
    let uid = || std::fs::metadata("/proc/self").ok().map(|own| format!("uid {}", own.uid()));
    Actor::Operator { user: user.or_else(uid).unwrap_or_else(|| "unknown".to_owned()) }
}

/// The account that a command is about.
#[derive(Debug, clap::Args)]
pub struct AccountArg {
    /// The account's username; with --by-id, its id
    #[arg(value_name = "ACCOUNT")]
    name: String,
    /// ACCOUNT is an id, not a username
    #[arg(long)]
    by_id: bool,
}

impl AccountArg {
    pub const fn new(name: String, by_id: bool) -> Self {
        Self { name, by_id }
    }

    /// The arguments at the end of a command that name the account.
    pub fn as_argument(&self) -> String {
        let by_id = if self.by_id { "--by-id " } else { "" };
        format!("{by_id}{}", shell::operand(&self.name))
    }

    /// Whether it is an id. Only an account with a name can be made.
    pub fn is_id(&self) -> bool {
        self.by_id
    }

    pub fn account_ref(&self) -> Result<AccountRef, CommandError> {
        if self.by_id {
            return Ok(AccountRef::Id(AccountId::stored(self.name.clone())));
        }
        Ok(AccountRef::Name(self.name.parse()?))
    }
}

/// A table: `heads` in the first row, columns two spaces apart. No cell can break its row, or write anything but text
/// to the terminal.
pub fn table<const N: usize>(heads: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let mut rows: Vec<[String; N]> = rows.into_iter().map(|row| row.map(|cell| escape_invisible(&cell))).collect();
    rows.insert(0, heads.map(str::to_owned));
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}
