//! `vestibule user release`: forgets failed attempts, so that the next attempt does not have to wait.

use std::process::ExitCode;

use super::admin_command::{AdminCommand, AdminContext, CommandError, with_fix};
use super::open;
use crate::accounts::{AccountError, AccountRef, AllReleased};
use crate::base::clock::{Clock, format_wait};
use crate::base::ids::{ProviderId, Subject};
use crate::base::secret::MasterKey;
use crate::config::SignInMethod;
use crate::signin::challenge::throttle::SERVER_FAILURES_EXPIRE_AFTER;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    command: AdminCommand,
    /// The account's username
    #[arg(value_name = "ACCOUNT", required_unless_present_any = ["everybody", "typed"])]
    name: Option<String>,
    /// A name as people type it, or a subject from the log, instead of ACCOUNT: for people who have no account here
    #[arg(long = "name", value_name = "NAME", conflicts_with = "name")]
    typed: Option<String>,
    /// Only the failed attempts at this provider; without it, those at all providers
    #[arg(long, value_name = "ID", conflicts_with = "everybody")]
    provider: Option<ProviderId>,
    /// Forget all failed attempts, of all accounts, names and networks, but not the count of a server that bans
    /// addresses
    #[arg(long, conflicts_with_all = ["name", "typed"])]
    everybody: bool,
}

pub fn run(args: &Args) -> ExitCode {
    match (&args.name, &args.typed) {
        (Some(name), _) => release_account(args, name),
        (None, Some(typed)) => release_name(args, typed),
        (None, None) => args.command.run(
            async |context| context.accounts.release_all(&context.actor).await.map_err(with_fix),
            everybody_released,
        ),
    }
}

fn everybody_released(done: &AllReleased) -> String {
    match done {
        AllReleased { forgiven, kept: 0 } => format!("Nobody has to wait any more; counts forgotten: {forgiven}."),
        AllReleased { forgiven, kept } => format!(
            "Counts forgotten: {forgiven}. Counts kept: {kept}, because a server that bans addresses (bans_after) \
             still counts these failures. People may have to wait there: {} at most. To end that wait, let the server \
             exempt Vestibule's address, then write bans_after = false under the provider.",
            format_wait(SERVER_FAILURES_EXPIRE_AFTER.whole_seconds().try_into().unwrap_or(u32::MAX))
        ),
    }
}

fn release_account(args: &Args, name: &str) -> ExitCode {
    args.command.run(
        async |context| {
            let account = AccountRef::Name(name.parse()?);
            let (providers, master) = (args.providers(&context)?, master_key(&context).await?);
            let released = context.accounts.release(&context.actor, &account, &providers, &master).await;
            released.map_err(|why| match why {
                AccountError::NoSuchAccount(_) => format!("{}\n{NO_ACCOUNT}", with_fix(why)).into(),
                why => with_fix(why),
            })
        },
        |done| match done.forgiven {
            0 => format!(
                "Nothing was counted for \"{}\". If their network has to wait, use --everybody.",
                done.account.username
            ),
            _ => format!("\"{}\" can try again at once.", done.account.username),
        },
    )
}

fn release_name(args: &Args, name: &str) -> ExitCode {
    args.command.run(
        async |context| {
            let (providers, master) = (args.providers(&context)?, master_key(&context).await?);
            let mut done = context
                .accounts
                .release_name(&context.actor, name, providers.clone(), &master)
                .await
                .map_err(with_fix)?;
            for (provider, subject) in subjects(&context, &providers, name) {
                let more =
                    context.accounts.release_name(&context.actor, subject.as_str(), vec![provider], &master).await;
                done.forgiven += more.map_err(with_fix)?.forgiven;
            }
            Ok::<_, CommandError>(done)
        },
        |done| {
            let providers: Vec<_> = done.providers.iter().map(ProviderId::as_str).collect();
            let providers = providers.join(", ");
            match done.forgiven {
                0 => format!(
                    "Nothing was counted for {:?} at: {providers}. People may have typed another form of the name. If \
                     their network has to wait, use --everybody.",
                    done.name
                ),
                _ => format!("{:?} can be tried again at once at: {providers}.", done.name),
            }
        },
    )
}

impl Args {
    /// The providers whose failed attempts are forgotten.
    fn providers(&self, context: &AdminContext) -> Result<Vec<ProviderId>, CommandError> {
        let all = checking_passwords(context);
        match &self.provider {
            None => Ok(all),
            Some(one) if all.contains(one) => Ok(vec![one.clone()]),
            Some(one) => {
                let all: Vec<_> = all.iter().map(ProviderId::as_str).collect();
                let all = if all.is_empty() { "none".to_owned() } else { all.join(", ") };
                Err(format!("no provider {one} checks passwords; these do: {all}").into())
            }
        }
    }
}

/// The subjects of this name at those providers whose subjects this machine can look up.
fn subjects(context: &AdminContext, providers: &[ProviderId], name: &str) -> Vec<(ProviderId, Subject)> {
    let asked = context.config.providers.iter().filter(|provider| providers.contains(&provider.id));
    let known = asked.filter_map(|provider| Some((provider.id.clone(), provider.settings.subject_of(name)?)));
    known.filter(|(_, subject)| subject.as_str() != name).collect()
}

fn checking_passwords(context: &AdminContext) -> Vec<ProviderId> {
    let providers = context.config.providers.iter();
    providers.filter(|provider| provider.method == SignInMethod::Password).map(|provider| provider.id.clone()).collect()
}

/// The master key of the service. Attempts are counted under keys that only this master key can make.
async fn master_key(context: &AdminContext) -> Result<MasterKey, CommandError> {
    Ok(open::verified_master_key(&context.config, &context.store, &Clock::system()).await?.ok_or(NO_KEY)?)
}

const NO_ACCOUNT: &str = "For a name that has no account here: vestibule user release --name NAME";

const NO_KEY: &str = "No server has started on this database yet, so there are no failed attempts.";
