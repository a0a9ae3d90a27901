//! `vestibule identity`: links from external identities to accounts.

use std::fmt;
use std::process::ExitCode;

use clap::Subcommand;
use serde::Serialize;

use super::admin_command::{AccountArg, AdminCommand, AdminContext, CommandError, table, with_fix};
use super::change_command::ChangeCommand;
use super::{console, prompt};
use crate::accounts::{AccountError, Change, Identity, IfMissing, Linked, Unlinked};
use crate::base::ids::{Issuer, ProviderId, Subject};
use crate::base::invisible::escape_invisible;
use crate::signin::identify::IdentityKey;
use crate::store::IssuerCount;
use crate::upstream::linkable::check_linkable;

/// External identities: list, link to an account, unlink
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List identities, sorted by the names of their accounts
    List {
        #[command(flatten)]
        command: AdminCommand,
        /// How many identities at most
        #[arg(long, value_name = "NUMBER", default_value_t = 1_000,
            value_parser = clap::value_parser!(u32).range(1..=100_000))]
        limit: u32,
    },
    /// Link an identity to an account
    ///
    /// Refuses an identity that is linked to another account, and an issuer that is not the provider's issuer in the
    /// config.
    Link {
        #[command(flatten)]
        command: ChangeCommand,
        #[command(flatten)]
        key: IdentityArgs,
        #[command(flatten)]
        target: AccountArg,
        /// Make the account if it does not exist
        #[arg(long, conflicts_with = "by_id")]
        new: bool,
    },
    /// Unlink an identity from its account: the account's sessions end, the account stays
    Unlink {
        #[command(flatten)]
        command: ChangeCommand,
        #[command(flatten)]
        key: IdentityArgs,
    },
    UnlinkAll(UnlinkAll),
}

/// Unlink all identities of a provider: the sessions of their accounts end, the accounts stay
///
/// Use it before the provider's subjects come from another claim, member or attribute, or after its issuer changed. At
/// the next sign-in, each person is a new one. If it is interrupted, the rest stays linked: run it again.
#[derive(Debug, clap::Args)]
struct UnlinkAll {
    #[command(flatten)]
    command: AdminCommand,
    /// The provider's id, in the config or in a former one
    provider: ProviderId,
    /// Only the identities under this issuer
    #[arg(long)]
    issuer: Option<String>,
    /// Only those whose subjects this claim, member or attribute gave, as `vestibule user show` names it
    #[arg(long, value_name = "SOURCE")]
    subject_source: Option<String>,
    /// Don't ask for confirmation
    #[arg(long)]
    yes: bool,
}

/// The result of `unlink-all`.
#[derive(Debug, Serialize)]
struct AllUnlinked {
    provider: ProviderId,
    identities: u64,
}

/// How many identities are read at once.
const BATCH: u32 = 1_000;

#[derive(Debug, clap::Args)]
struct IdentityArgs {
    /// The provider's id in the config
    provider: ProviderId,
    /// The provider's issuer, exactly as the provider writes it
    issuer: String,
    /// The person's subject (`sub`) at the provider, exactly
    subject: String,
}

/// Runs one of the commands.
pub fn run(args: &Args) -> ExitCode {
    match &args.command {
        Command::List { command, limit } => {
            command.run(async |context| Ok(context.admin.identities(*limit).await?), |list| to_text(list))
        }
        Command::Link { command, key, target, new } => {
            let missing = if *new { IfMissing::MakeAccount } else { IfMissing::Refuse };
            let operation = async |context: AdminContext| {
                let (key, source) = key.verified(&context)?;
                let linked =
                    context.accounts.link(&context.actor, (&key, &source), &target.account_ref()?, missing).await;
                linked.map_err(|why| match why {
                    AccountError::NoSuchAccount(_) if !target.is_id() => {
                        format!("{}; --new makes it", with_fix(why)).into()
                    }
                    why => with_fix(why),
                })
            };
            match missing {
                IfMissing::MakeAccount => command.run_making_database(operation, linked),
                IfMissing::Refuse => command.run(operation, linked),
            }
        }
        Command::UnlinkAll(all) => all.run(),
        Command::Unlink { command, key } => command.run(
            async |context| context.accounts.unlink(&context.actor, &key.key()).await.map_err(with_fix),
            |done: &Unlinked| {
                let Unlinked { provider, subject, account, .. } = done;
                let subject = escape_invisible(subject.as_str());
                format!(
                    "Subject {subject} of {provider} is no longer linked to \"{}\" (id {}).",
                    account.username, account.id
                )
            },
        ),
    }
}

impl UnlinkAll {
    fn run(&self) -> ExitCode {
        self.command.run(
            async |context| self.unlink_all(&context).await,
            |done: &AllUnlinked| {
                let AllUnlinked { provider, identities } = done;
                format!("Identities of {provider} that are no longer linked: {identities}.")
            },
        )
    }

    async fn unlink_all(&self, context: &AdminContext) -> Result<AllUnlinked, CommandError> {
        let (provider, issuer) = (&self.provider, self.issuer.as_deref().map(Issuer::from));
        let source = self.subject_source.as_deref();
        let is_wanted = |it: &&IssuerCount| {
            it.provider == *provider
                && issuer.as_ref().is_none_or(|of| it.issuer == *of)
                && (source.is_none() || it.subject_source.as_deref() == source)
        };
        let counts = context.store.count_by_issuer().await?;
        let all: u64 = counts.iter().filter(is_wanted).map(|it| it.identities).sum();
        if all == 0 {
            return Err(self.none_found(&counts).into());
        }
        if !self.yes {
            prompt::confirm(provider.as_str(), &format!("This unlinks the identities of {provider}: {all}."))?;
        }
        let mut identities = 0;
        loop {
            let batch = context.store.identities_at(provider, issuer.as_ref(), source, BATCH).await?;
            if batch.is_empty() {
                break;
            }
            for key in batch {
                match context.accounts.unlink(&context.actor, &key).await {
                    Ok(_) => identities += 1,
                    // Another command has unlinked it meanwhile.
                    Err(AccountError::NoSuchIdentity) => {}
                    Err(why) => return Err(with_fix(why)),
                }
                console::show_progress(identities, all);
            }
        }
        console::clear_progress();
        Ok(AllUnlinked { provider: provider.clone(), identities })
    }

    /// The provider has no such identity. Names what there is.
    fn none_found(&self, counts: &[IssuerCount]) -> String {
        let names = |text: &dyn fmt::Display| escape_invisible(&text.to_string());
        let of_provider: Vec<_> =
            counts.iter().filter(|it| it.provider == self.provider).map(|it| names(&it.issuer)).collect();
        if of_provider.is_empty() {
            return format!("no identity of {} is linked; `vestibule identity list` shows all", self.provider);
        }
        format!(
            "no identity of {} has that issuer and source; there are identities under {}",
            self.provider,
            of_provider.join(", ")
        )
    }
}

impl IdentityArgs {
    fn key(&self) -> IdentityKey {
        IdentityKey {
            provider: self.provider.clone(),
            issuer: Issuer::from(self.issuer.as_str()),
            subject: Subject::from(self.subject.as_str()),
        }
    }

    /// The identity, and what gives its subject, if a sign-in could prove it: the config has its provider, with its
    /// issuer. Anything else is probably mistyped.
    fn verified(&self, context: &AdminContext) -> Result<(IdentityKey, String), CommandError> {
        let Some(provider) = context.config.providers.iter().find(|provider| provider.id == self.provider) else {
            let ids: Vec<_> = context.config.providers.iter().map(|provider| provider.id.as_str()).collect();
            let ids = ids.join(", ");
            return Err(format!("the config names no provider {}; it names: {ids}", self.provider).into());
        };
        let key = self.key();
        check_linkable(provider.settings.as_ref(), &provider.id, &key.issuer, &key.subject)?;
        Ok((key, provider.settings.subject_source()))
    }
}

fn linked(done: &Linked) -> String {
    let Linked { provider, subject, account, change, account_created, .. } = done;
    let made = match account_created {
        Change::Done => ", a new account",
        Change::Already => "",
    };
    let how = match change {
        Change::Done => "is now linked to",
        Change::Already => "was already linked to",
    };
    let subject = escape_invisible(subject.as_str());
    format!("Subject {subject} of {provider} {how} \"{}\" (id {}){made}.", account.username, account.id)
}

fn to_text(list: &[Identity]) -> String {
    if list.is_empty() {
        return "No identities.".into();
    }
    let row = |it: &Identity| {
        [it.account.username.to_string(), it.provider.to_string(), it.issuer.to_string(), it.subject.to_string()]
    };
    table(["NAME", "PROVIDER", "ISSUER", "SUBJECT"], list.iter().map(row))
}
