//! `vestibule preset register`: registers Vestibule as a client, where a provider has an API for that.

mod text;

use std::io;
use std::path::Path;
use std::process::ExitCode;

use url::Url;

use self::text::{after_registration, file_fix, next_steps, not_enough};
use crate::base::ids::ProviderId;
use crate::base::private_file::PrivateFile;
use crate::base::urls::PublicUrl;
use crate::cli::ConfigFile;
use crate::cli::admin_command::CommandError;
use crate::cli::console::{print_error, print_line};
use crate::cli::open::root_ownership_warning;
use crate::config::preset::{InputForm, Preset};
use crate::config::{Environment, PrivateAddresses, UnregisteredProvider, Wanted, unregistered_provider};
use crate::upstream::KINDS;
use crate::upstream::client_registration::{NewClient, RegisteredClient, register};
use crate::upstream::http::{Http, Reach};

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The preset's name: mastodon
    name: String,
    #[command(flatten)]
    config: ConfigFile,
    /// The provider's id in the config; without it, the only provider with this preset, or else the preset's name
    #[arg(long = "provider", value_name = "ID")]
    id: Option<ProviderId>,
    /// The host of the instance, such as social.example.org; without it, `host` of the provider in the config
    #[arg(long, value_parser = host)]
    host: Option<String>,
    /// The address at which browsers reach Vestibule; without it, `public_url` of the config
    #[arg(long, value_name = "URL")]
    public_url: Option<PublicUrl>,
    /// The name that people see when the instance asks whether Vestibule may know who they are
    #[arg(long, value_name = "NAME", default_value = "Vestibule")]
    client_name: String,
    /// A page about your service; the instance links the name to it
    #[arg(long, value_name = "URL")]
    website: Option<Url>,
}

const EXAMPLES: &str = "\
Examples:
  vestibule preset register mastodon --host social.example.org --client-name 'Example Wiki'
      for a config without a provider of this kind yet; public_url is read from it
  vestibule preset register mastodon
      for the provider that the config has, with its host, scopes and client_secret_file
  vestibule preset register mastodon --provider art --host art.example --public-url https://auth.example.org
      without a config

The config need not be complete. A new registration makes a new client, and does not end the old one.";

fn host(text: &str) -> Result<String, String> {
    InputForm::Host.check(text).map_err(|fault| fault.to_string())
}

pub fn run(args: &Args) -> ExitCode {
    let Some(preset) = KINDS.preset(&args.name) else { return super::unknown(&args.name) };
    let done = crate::cli::runtime().and_then(|runtime| runtime.block_on(execute(args, preset)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            print_error(why);
            ExitCode::FAILURE
        }
    }
}

async fn execute(args: &Args, preset: &'static Preset) -> Result<(), CommandError> {
    let Some(path) = &preset.registration.clients_api else { return Err(text::no_api(preset).into()) };
    let file = &args.config.path;
    let wanted = Wanted { preset, id: args.id.as_ref(), host: args.host.as_deref() };
    let provider = unregistered_provider(file, &Environment::of_process(), &KINDS, wanted)
        .map_err(|why| not_enough(why, file, preset))?;
    let public_url = args.public_url.as_ref().or(provider.public_url.as_ref());
    let redirect_address = public_url.ok_or_else(|| text::no_public_url(file))?.callback(&provider.id);
    let url = provider.token_url.join(path)?;

    // The file is begun first: the server tells the secret only once.
    let secret_file = PrivateFile::begin(&provider.secret_file).map_err(|why| not_written(&provider, &why))?;
    let client = NewClient {
        name: &args.client_name,
        redirect_address: &redirect_address,
        scopes: &provider.scopes,
        website: args.website.as_ref(),
    };
    let RegisteredClient { id, secret } = register(&http(&provider)?, &url, &client).await?;
    secret_file.finish(&secret).map_err(|why| not_written(&provider, &why))?;

    print_line(after_registration(&provider, &url, &redirect_address));
    print_line(next_steps(args, preset, &provider, &id));
    if let Some(warning) = root_ownership_warning(&provider.secret_file) {
        print_error(format_args!("Note: {warning}"));
    }
    Ok(())
}

/// The client that a sign-in at this provider uses (security rule C19).
fn http(provider: &UnregisteredProvider) -> Result<Http, reqwest::Error> {
    let reach = match provider.private_addresses {
        PrivateAddresses::Allowed => Reach::Private,
        PrivateAddresses::Refused => Reach::Public,
    };
    Http::new(reach, provider.ca.as_deref())
}

fn not_written(provider: &UnregisteredProvider, why: &io::Error) -> String {
    let file: &Path = &provider.secret_file;
    format!("{} can't be made: {why}; {}", file.display(), file_fix(why, &provider.id))
}
