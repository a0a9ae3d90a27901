//! `vestibule demo`: a university, a social network, a conference and Vestibule between them, on this machine alone.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::console::{print_error, print_line};
use super::log;
use super::service::Service;
use crate::accounts::{Accounts, Actor};
use crate::base::clock::Clock;
use crate::base::ids::Group;
use crate::base::random;
use crate::base::secret::Secret;
use crate::config::{self, Environment};
use crate::demo::provider::{self, PersonSelection, Site};
use crate::demo::{APP, LOCAL_PROVIDER, LOCAL_USER, Origins, ROOMS, SocialNetwork, conference};
use crate::upstream::KINDS;

/// Try it: a university, a social network, a conference app, and Vestibule between them
///
/// Everything runs on this machine, offline, on free ports, in a temporary folder. Ctrl-C stops it and removes it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Keep the folder with the demo's config and database
    #[arg(long)]
    keep: bool,
    /// Answer the provider's question automatically, for the benchmark
    #[arg(long, hide = true)]
    unattended: bool,
}

type CommandError = Box<dyn std::error::Error>;

/// Runs until Ctrl-C.
pub fn run(args: &Args) -> ExitCode {
    let ran = super::runtime().and_then(|runtime| runtime.block_on(demo(args)));
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            print_error(format_args!("vestibule demo: {why}"));
            ExitCode::FAILURE
        }
    }
}

async fn demo(args: &Args) -> Result<(), CommandError> {
    let (vestibule, vestibule_port) = listen().await?;
    let (university, university_port) = listen().await?;
    let (social, social_port) = listen().await?;
    let (rooms, conference_port) = listen().await?;
    let origins = Origins {
        vestibule: format!("http://localhost:{vestibule_port}"),
        provider: format!("http://127.0.0.1:{university_port}"),
        conference: format!("http://127.0.0.1:{conference_port}"),
    };
    let social_origin = format!("http://127.0.0.1:{social_port}");
    let folder = private_folder()?;
    let (secret, social_secret) = (Secret::new(random::token()), Secret::new(random::token()));
    let network = SocialNetwork { origin: &social_origin, client_secret: &social_secret };
    let (network, own) = if args.unattended { (None, "") } else { (Some(&network), LOCAL_PROVIDER) };
    let text = crate::demo::config(&origins, &secret, network) + own;
    let service = open(folder.path(), &text).await?;

    let settings = |site, issuer: &str, client_secret, callback: &str| provider::Settings {
        site,
        issuer: issuer.to_owned(),
        client_id: "vestibule".to_owned(),
        client_secret,
        redirect_uris: vec![format!("{}/callback/{callback}", origins.vestibule)],
        people: provider::people(site),
        selection: if args.unattended { PersonSelection::ByLoginHint } else { PersonSelection::ByPage },
        clock: Clock::system(),
    };
    let at_university = settings(Site::University, &origins.provider, secret, "uni");
    let at_social = settings(Site::Social, &social_origin, social_secret, "social");
    let university = axum::serve(university, provider::router(at_university)?);
    let social = axum::serve(social, provider::router(at_social)?);
    let conference = axum::serve(rooms, conference::router(&origins.vestibule.parse()?, APP, &ROOMS));
    print_welcome(&origins, &social_origin, folder.path(), args.keep);

    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let around = async move { tokio::join!(university.into_future(), social.into_future(), conference.into_future()) };
    let servers = tokio::spawn(around);
    let served = service.serve(vestibule, async move {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
    });
    served.await;
    servers.abort();
    print_line(remove_folder(folder, args.keep));
    Ok(())
}

/// A folder for this user only: its files hold the client secret and the master key.
fn private_folder() -> Result<tempfile::TempDir, String> {
    let owner_only = std::fs::Permissions::from_mode(0o700);
    let folder = tempfile::Builder::new().prefix("vestibule-demo-").permissions(owner_only).tempdir();
    folder.map_err(|why| super::open::no_temporary_folder(&why))
}

async fn listen() -> Result<(TcpListener, u16), CommandError> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    Ok((listener, port))
}

async fn open(folder: &Path, text: &str) -> Result<Service, CommandError> {
    let file = folder.join("vestibule.toml");
    std::fs::write(&file, text)?;
    let config = config::read(text, &file, &Environment::default(), &KINDS)?;
    log::init(config.log);
    let service = Service::open(config, Clock::system()).await?;
    if let Some(passwords) = service.local_passwords() {
        let (name, password) = (LOCAL_USER.0.parse()?, Secret::new(LOCAL_USER.1.to_owned()));
        let accounts = Accounts::new(passwords.store().clone(), Clock::system());
        let groups = BTreeSet::from([Group::from("students")]);
        accounts.create(&Actor::Demo, &passwords, &name, &groups, &password).await?;
    }
    Ok(service)
}

fn print_welcome(origins: &Origins, social: &str, folder: &Path, keep: bool) {
    let Origins { vestibule, provider, conference } = origins;
    let (username, password) = LOCAL_USER;
    let kept = if keep { "kept" } else { "removed when you stop it" };
    print_line(format_args!(
        "\
Open this in a browser:

    {conference}/

What to try:
  - Enter Maths as Ada, who is staff, and look at \"What just happened\".
  - Enter another room: it needs no second sign-in.
  - In a private window, enter Seminar B as Dee: no rule lets her in.
  - In another private window, enter Seminar B with Example Social, which has OAuth 2.0 without OpenID Connect:
    Mia may, because her e-mail address is verified. Leo may not. Both say that they are new here.
  - Link two sign-ins: enter Maths as Ben of the university. Then, in a private window, enter Maths as Ben of Example
    Social, answer \"Are you already here?\" with Example University, and open the account with both.
  - See your sign-in methods and sessions at {vestibule}/account.
  - Administer the accounts at {vestibule}/admin: sign in as Ada of the university.
  - In another private window, sign in as {username}, password {password}: a local account, unknown to the university.
  - Sign out at {vestibule}/logout.

  Vestibule   {vestibule}
  University  {provider}
  Social      {social}
  Config and database in {}, {kept}

Press Ctrl-C to stop.",
        folder.display()
    ));
}

fn remove_folder(folder: tempfile::TempDir, keep: bool) -> String {
    if keep {
        let path: PathBuf = folder.keep();
        return format!("Kept {}", path.display());
    }
    let path = folder.path().display().to_string();
    match folder.close() {
        Ok(()) => format!("Removed {path}"),
        Err(why) => format!("{path} could not be removed: {why}"),
    }
}
