//! `vestibule login`: tries a name and a password at one provider, and shows what a sign-in would do. Changes nothing.

mod report;
mod text;

use std::process::ExitCode;
use std::sync::Arc;

use async_trait::async_trait;

use self::report::{AccountReport, AppReport, Report, Verdict};
use super::admin_command::CommandError;
use super::console::{print_error, print_line};
use super::{ConfigFile, log, open, prompt};
use crate::admin::{preview_account, preview_app};
use crate::base::clock::Clock;
use crate::base::ids::{AppId, ProviderId, Subject};
use crate::base::urls::PublicUrl;
use crate::config::{Config, LogFormat, LogSettings, Provider};
use crate::signin::app::App;
use crate::signin::challenge::throttle::Throttled;
use crate::signin::identify::password::{Credentials, NotAccepted};
use crate::signin::identify::{ClaimPath, ExternalIdentity, GroupMap, profile};
use crate::store::Store;
use crate::upstream::Challenge;
use crate::upstream::attempt::{Attempt, Gate};
use crate::upstream::http::Clients;
use crate::upstream::{self, OpenContext, ProviderSettings};

/// Try a name and a password at one provider, and see what a sign-in would do
///
/// Asks that provider as a sign-in would, and prints its answer: the subject, the claims and the groups; or the full
/// reason of a refusal, which no page shows. Then it prints the account that the person has or would get. With --app,
/// it also prints what the app's rules would give this person.
///
/// Warnings that a sign-in would log go to standard error.
///
/// Changes nothing: it makes no account, signs nobody in, and counts no attempt. But the provider's server may count
/// wrong passwords.
///
/// Asks for the password without showing it. The exit status is 0 if the person would be signed in; with --app, if they
/// could enter at least one place.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    config: ConfigFile,
    /// The provider's id in the config; a disabled provider can be tried, too
    #[arg(long, value_name = "ID")]
    provider: ProviderId,
    /// Also show what this app's rules would give the person
    #[arg(long, value_name = "ID")]
    app: Option<AppId>,
    /// The name to try, as a person would type it; without it, the command asks for the name
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// Read the password from standard input: one line, without its line break
    #[arg(long, requires = "username")]
    password_stdin: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  vestibule login --provider staff
  vestibule login --provider staff --username ada --app notes
  vestibule login --provider staff --username ada --password-stdin --json < password";

/// Tries, and shows the result.
pub fn run(args: &Args) -> ExitCode {
    match try_login(args) {
        Ok(report) => {
            print_line(if args.json {
                serde_json::to_string_pretty(&report).unwrap_or_default()
            } else {
                report.to_text()
            });
            if report.gets_in { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(why) => {
            print_error(format_args!("vestibule login: {why}"));
            ExitCode::FAILURE
        }
    }
}

/// Admits every attempt and counts none: an operator has access to the database anyway.
struct OperatorGate;

#[async_trait]
impl Gate for OperatorGate {
    async fn admit_lookup(&self) -> Result<(), Throttled> {
        Ok(())
    }

    async fn admit_account(&self, _: &str) -> Result<(), Throttled> {
        Ok(())
    }

    async fn admit_account_again(&self, _: &str) -> Result<(), Throttled> {
        Ok(())
    }

    async fn admit_unknown_name(&self) -> Result<(), Throttled> {
        Ok(())
    }

    fn forgive_unknown_name(&self) {}

    async fn admit_sent_name(&self, _: &str) -> Result<(), Throttled> {
        Ok(())
    }

    async fn admit_sent_name_again(&self, _: &str) -> Result<(), Throttled> {
        Ok(())
    }

    async fn is_disabled(&self, _: &Subject) -> bool {
        false
    }

    async fn admit_subject(&self, _: &str) -> Result<(), Throttled> {
        Ok(())
    }
}

fn try_login(args: &Args) -> Result<Report, CommandError> {
    let config = open::config(&args.config.path)?;
    // A sign-in warns about what the answer lacks.
    log::init(LogSettings { format: LogFormat::Text, level: tracing::Level::WARN });
    for unknown in &config.unknown_variables {
        print_error(unknown);
    }
    let provider = provider(&config, &args.provider)?;
    let app = args.app.as_ref().map(|id| app(&config, id)).transpose()?;
    super::runtime()?.block_on(async {
        let clock = Clock::system();
        open::ensure_same_file(&config)?;
        let store = open::existing_database(&config, &clock).await?;
        let done = dry_run(args, &config, (provider, app), (store.as_ref(), &clock)).await;
        if let Some(store) = store {
            store.close().await;
        }
        done
    })
}

async fn dry_run(
    args: &Args,
    config: &Config<ProviderSettings>,
    (provider, app): (&Provider<ProviderSettings>, Option<&Arc<App>>),
    (store, clock): (Option<&Store>, &Clock),
) -> Result<Report, CommandError> {
    let public_url = &config.server.public_url;
    let mut context = OpenContext { public_url, clock, store, clients: Clients::default() };
    let module = upstream::open(provider, &mut context).map_err(|why| format!("provider {}: {why}", provider.id))?;
    let Challenge::Password(checks) = module.challenge() else {
        let mut offering = config.apps.iter().filter(|app| app.enabled && app.offers(&provider.id));
        return Err(redirect_provider_error(provider, public_url, app.or_else(|| offering.next())).into());
    };
    let typed = read_credentials(args)?;
    let verdict = match checks.check(&Attempt::dry_run(&typed, &OperatorGate)).await {
        Ok(identity) => accepted(&identity, provider, store, app).await?,
        Err(rejection) => refused(&rejection),
    };
    Ok(Report::new(provider, module.issuer(), verdict))
}

async fn accepted(
    identity: &ExternalIdentity,
    provider: &Provider<ProviderSettings>,
    store: Option<&Store>,
    app: Option<&Arc<App>>,
) -> Result<Verdict, CommandError> {
    let groups = GroupMap { claim: provider.groups_claim.clone().map(ClaimPath::from), local: provider.groups.clone() };
    let profile = match profile(identity, &groups) {
        Ok(described) => described.profile,
        Err(why) => return Ok(Verdict::Unusable { why: why.to_string() }),
    };
    let account = preview_account(store, identity, &provider.first_login, &provider.settings.subject_source()).await?;
    let person = account.person(&provider.id, &profile);
    let app = app.map(|app| AppReport::new(app, person.map_or_else(Vec::new, |person| preview_app(app, &person))));
    Ok(Verdict::accepted(identity, (&groups, &profile), AccountReport::new(account, identity), app))
}

fn refused(rejection: &NotAccepted) -> Verdict {
    match rejection {
        NotAccepted::Refused { why, subject } => Verdict::Refused { why: why.to_string(), subject: subject.clone() },
        NotAccepted::Unknown => Verdict::Unknown,
        NotAccepted::NotAvailable(why) => Verdict::not_available(why),
        NotAccepted::Busy(_) | NotAccepted::Throttled(_) => Verdict::Busy { why: rejection.to_string() },
    }
}

fn read_credentials(args: &Args) -> Result<Credentials, CommandError> {
    let name = args.username.clone().map_or_else(prompt::read_username, Ok)?;
    let password = if args.password_stdin {
        prompt::read_password_line(std::io::stdin().lock())?
    } else {
        prompt::read_password("Password: ")?
    };
    Credentials::parse(name, password).map_err(|why| format!("{why}; no provider was asked").into())
}

fn provider<'c>(
    config: &'c Config<ProviderSettings>,
    id: &ProviderId,
) -> Result<&'c Provider<ProviderSettings>, CommandError> {
    config.providers.iter().find(|provider| provider.id == *id).ok_or_else(|| {
        let ids: Vec<_> = config.providers.iter().map(|provider| provider.id.as_str()).collect();
        format!("the config names no provider {id}; it names: {}", ids.join(", ")).into()
    })
}

fn app<'c>(config: &'c Config<ProviderSettings>, id: &AppId) -> Result<&'c Arc<App>, CommandError> {
    config.apps.iter().find(|app| app.id == *id).ok_or_else(|| {
        let ids: Vec<_> = config.apps.iter().map(|app| app.id.as_str()).collect();
        format!("the config names no app {id}; it names: {}", ids.join(", ")).into()
    })
}

/// The error for a provider that asks for passwords on its own page. `app`: an app that offers it.
fn redirect_provider_error(
    provider: &Provider<ProviderSettings>,
    public_url: &PublicUrl,
    app: Option<&Arc<App>>,
) -> String {
    let id = &provider.id;
    let by_hand = match app {
        _ if !provider.enabled => format!("to test the rest, switch {id} on and sign in with it"),
        None => format!("to test the rest, let an app offer {id} in its `providers`, and sign in there"),
        Some(app) if !app.offers(id) => format!("app {} does not offer {id} in its `providers`", app.id),
        Some(app) => format!(
            "to test the rest, sign in at {} and give the code of a refusal to `vestibule explain`",
            public_url.auth(&app.id, &start_parameters(app, id))
        ),
    };
    format!(
        "provider {id} is of kind \"{}\": people type their password on its own page, not here. `vestibule check` \
         tests what needs no person; {by_hand}",
        provider.kind
    )
}

/// The parameters of a sign-in that the app's settings allow.
fn start_parameters<'a>(app: &'a App, provider: &'a ProviderId) -> Vec<(&'static str, &'a str)> {
    let place = match (app.addresses.listed.as_slice(), &app.addresses.rooms) {
        ([_], None) => None,
        ([first, ..], _) => Some(("location", first.as_str())),
        ([], _) => Some(("room", "ROOM")),
    };
    let state = app.require_state.then_some(("state", "try"));
    [("provider", provider.as_str())].into_iter().chain(place).chain(state).collect()
}
