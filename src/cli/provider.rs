//! `vestibule provider`: lists providers, suspends one, and resumes it.

use std::collections::BTreeSet;
use std::process::ExitCode;

use clap::Subcommand;
use serde::Serialize;
use time::OffsetDateTime;

use super::admin_command::{AdminCommand, AdminContext, CommandError, table};
use crate::accounts::{Change, ProviderResumed, SuspensionEffect};
use crate::base::clock::format_utc;
use crate::base::counted::counted;
use crate::base::ids::ProviderId;
use crate::base::invisible::escape_invisible;
use crate::store::UsableProviders;

/// Providers: list, suspend, resume
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the providers, with their links and sessions
    List {
        #[command(flatten)]
        command: AdminCommand,
    },
    Suspend(Suspend),
    /// Let people sign in at a suspended provider again
    ///
    /// The sessions that ended stay ended.
    Resume {
        #[command(flatten)]
        command: AdminCommand,
        /// The provider's id
        provider: ProviderId,
    },
}

/// Stop all sign-ins at a provider, and end its sessions, at once and on all instances
///
/// Links and groups stay. `vestibule provider resume` lets people sign in there again.
#[derive(Debug, clap::Args)]
struct Suspend {
    #[command(flatten)]
    command: AdminCommand,
    /// The provider's id, in the config or in a former one
    provider: ProviderId,
    /// The reason, for other admins
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    /// Only say what would happen
    #[arg(long)]
    dry_run: bool,
}

/// What `suspend` did or would do.
#[derive(Debug, Serialize)]
struct Suspended {
    provider: ProviderId,
    dry_run: bool,
    /// `None`: a dry run changes nothing.
    change: Option<Change>,
    #[serde(flatten)]
    effect: SuspensionEffect,
}

/// A provider of the config or of the database.
#[derive(Debug, Serialize)]
struct ProviderSummary {
    id: ProviderId,
    state: State,
    links: u64,
    sessions: u64,
    /// `2026-11-30`
    last_sign_in: Option<String>,
    suspended_by: Option<String>,
    #[serde(with = "time::serde::rfc3339::option")]
    suspended_at: Option<OffsetDateTime>,
    why: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    On,
    Suspended,
    /// `enabled = false`
    Disabled,
    NotInConfig,
}

impl State {
    const fn words(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Suspended => "suspended",
            Self::Disabled => "disabled in the config",
            Self::NotInConfig => "not in the config",
        }
    }
}

/// Runs one of the commands.
pub fn run(args: &Args) -> ExitCode {
    match &args.command {
        Command::List { command } => command.run(async |context| summaries(&context).await, |list| to_text(list)),
        Command::Suspend(args) => args.command.run(async |context| args.suspend(&context).await, suspended),
        Command::Resume { command, provider } => command.run(
            async |context| {
                ensure_known(&context, provider).await?;
                Ok(context.accounts.resume(&context.actor, provider).await?)
            },
            resumed,
        ),
    }
}

impl Suspend {
    async fn suspend(&self, context: &AdminContext) -> Result<Suspended, CommandError> {
        let Self { provider, why, dry_run, .. } = self;
        ensure_known(context, provider).await?;
        let enabled: Vec<_> = context.config.providers.iter().filter(|it| it.enabled).map(|it| it.id.clone()).collect();
        let local = context.config.providers.iter().find(|it| it.settings.hashing().is_some()).map(|it| &it.id);
        let usable = UsableProviders { enabled: &enabled, local_passwords: local };
        let (provider, accounts) = (provider.clone(), &context.accounts);
        if *dry_run {
            let effect = accounts.suspension_effect(&context.actor, &provider, usable).await?;
            return Ok(Suspended { provider, dry_run: true, change: None, effect });
        }
        let done = accounts.suspend(&context.actor, &provider, why.clone(), usable).await?;
        Ok(Suspended { provider, dry_run: false, change: Some(done.change), effect: done.effect })
    }
}

/// Refuses an id that neither the config nor the database has.
async fn ensure_known(context: &AdminContext, provider: &ProviderId) -> Result<(), CommandError> {
    let known = summaries(context).await?;
    if known.iter().any(|known| known.id == *provider) {
        return Ok(());
    }
    let known: Vec<&str> = known.iter().map(|known| known.id.as_str()).collect();
    Err(format!("there is no provider {provider}; the config and the database have: {}", known.join(", ")).into())
}

async fn summaries(context: &AdminContext) -> Result<Vec<ProviderSummary>, CommandError> {
    let uses = context.accounts.provider_uses().await?;
    let suspensions = context.store.suspended_providers().await?;
    let configured: Vec<&ProviderId> = context.config.providers.iter().map(|it| &it.id).collect();
    let others: BTreeSet<&ProviderId> = uses.keys().chain(suspensions.iter().map(|it| &it.provider)).collect();
    let others = others.into_iter().filter(|id| !configured.contains(id));
    let summary = |id: &ProviderId| {
        let suspension = suspensions.iter().find(|it| it.provider == *id);
        let enabled = context.config.providers.iter().find(|it| it.id == *id).map(|it| it.enabled);
        let of_provider = uses.get(id).copied().unwrap_or_default();
        ProviderSummary {
            id: id.clone(),
            state: match (suspension, enabled) {
                (Some(_), _) => State::Suspended,
                (None, Some(true)) => State::On,
                (None, Some(false)) => State::Disabled,
                (None, None) => State::NotInConfig,
            },
            links: of_provider.links,
            sessions: of_provider.sessions,
            last_sign_in: of_provider.last_sign_in.map(|day| day.to_string()),
            suspended_by: suspension.and_then(|it| it.by.clone()),
            suspended_at: suspension.map(|it| it.at),
            why: suspension.and_then(|it| it.why.clone()),
        }
    };
    Ok(configured.iter().copied().chain(others).map(summary).collect())
}

fn to_text(list: &[ProviderSummary]) -> String {
    let row = |it: &ProviderSummary| {
        let (links, sessions) = (it.links.to_string(), it.sessions.to_string());
        [it.id.to_string(), it.state.words().to_owned(), links, sessions, it.last_sign_in.clone().unwrap_or_default()]
    };
    let suspended = list.iter().filter_map(|it| {
        let at = it.suspended_at?;
        let by = escape_invisible(it.suspended_by.as_deref().unwrap_or("somebody"));
        let why = it.why.as_deref().map(|why| format!(": {}", escape_invisible(why))).unwrap_or_default();
        Some(format!("{} was suspended at {} by {by}{why}", it.id, format_utc(at)))
    });
    let listed = table(["PROVIDER", "STATE", "LINKS", "SESSIONS", "LAST SIGN-IN"], list.iter().map(row));
    [listed.trim_end().to_owned()].into_iter().chain(suspended).collect::<Vec<_>>().join("\n")
}

fn suspended(done: &Suspended) -> String {
    let Suspended { provider, change, effect, .. } = done;
    let SuspensionEffect { links, sessions, accounts_without_other_method: only } = *effect;
    let (links, sessions) = (counted(links, "identity", "identities"), counted(sessions, "session", "sessions"));
    let only = counted(only, "account", "accounts");
    match change {
        None => format!(
            "This would stop the sign-ins of {links} at {provider} and end {sessions}. {only} would have no other way \
             to sign in. Nothing was changed."
        ),
        Some(Change::Done) => format!(
            "{provider} is suspended: {links} can't sign in, and {sessions} ended. {only} without another way to sign \
             in. A token that an app has already lasts for its minute. To undo: vestibule provider resume {provider}"
        ),
        Some(Change::Already) => format!("{provider} was suspended already; vestibule provider list says since when."),
    }
}

fn resumed(done: &ProviderResumed) -> String {
    let provider = &done.provider;
    match done.change {
        Change::Done => format!("People can sign in at {provider} again. The sessions that ended stay ended."),
        Change::Already => format!("{provider} was not suspended."),
    }
}
