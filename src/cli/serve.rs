//! `vestibule serve`: the service itself.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::process::ExitCode;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::check::check_config;
use super::console::{print_error, print_line};
use super::service::Service;
use super::{ConfigFile, log, open};
use crate::base::clock::Clock;
use crate::base::open_files;
use crate::config::{Config, LogFormat};
use crate::upstream::ProviderSettings;

/// Serve sign-ins
///
/// Runs until SIGTERM or Ctrl-C, and finishes the requests that have begun. SIGHUP reads the config again; if it has
/// mistakes, they are logged and the old config stays.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    config: ConfigFile,
}

/// Serves until SIGTERM or SIGINT.
pub fn run(args: &Args) -> ExitCode {
    let config = match open::config(&args.config.path) {
        Ok(config) => config,
        Err(mistakes) => {
            print_error(mistakes);
            return ExitCode::FAILURE;
        }
    };
    log::init(config.log);
    let format = config.log.format;
    let served = super::runtime().and_then(|runtime| runtime.block_on(serve(args, config)));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            match format {
                LogFormat::Text => print_error(format_args!("vestibule serve: {why}")),
                LogFormat::Json => tracing::error!("vestibule serve: {why}"),
            }
            ExitCode::FAILURE
        }
    }
}

async fn serve(args: &Args, config: Config<ProviderSettings>) -> Result<(), Box<dyn std::error::Error>> {
    log_config_findings(&config);
    let new_files = open::missing_files(&config);
    let (listen, public_url, format) = (config.server.listen, config.server.public_url.clone(), config.log.format);
    let service = Service::open(config, Clock::system()).await?;
    for warning in new_files.iter().filter_map(|file| open::root_ownership_warning(file)) {
        tracing::warn!("{warning}");
    }
    let listener = TcpListener::bind(listen).await.map_err(|why| cannot_listen(listen, &why))?;
    // Before the message below: a supervisor may send a signal right after it, which must not kill the process.
    let (mut terminate, mut interrupt, mut hangup) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?, signal(SignalKind::hangup())?);
    // With its port, if the config lets the system choose one.
    let listen = listener.local_addr()?;
    match format {
        LogFormat::Text => print_line(format_args!("Vestibule serves {} on {listen}", public_url.as_str())),
        // A supervisor mixes both outputs, and programs read each line as JSON.
        LogFormat::Json => {}
    }
    tracing::info!(public_url = public_url.as_str(), %listen, "serving");

    let serving = service.serve(listener, async move {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
    });
    tokio::pin!(serving);
    loop {
        tokio::select! {
            () = &mut serving => return Ok(()),
            _ = hangup.recv() => reload(args, &service),
        }
    }
}

fn cannot_listen(listen: SocketAddr, why: &std::io::Error) -> String {
    let fix = match why.kind() {
        _ if open_files::is_at_limit(why) => open_files::RAISE_LIMIT,
        ErrorKind::AddrInUse => {
            "another program uses it, perhaps a Vestibule that runs already; stop that program, or write another port \
             in `listen` under [server], and in the proxy"
        }
        ErrorKind::PermissionDenied => {
            "this user may not use that port; write one above 1023 in `listen` under [server], and in the proxy"
        }
        _ => "write an address of this machine in `listen` under [server]",
    };
    format!("can't listen on {listen}: {why}: {fix}")
}

/// Logs the warnings and errors that `vestibule check --offline` finds.
fn log_config_findings(config: &Config<ProviderSettings>) {
    check_config(config, None, &mut log::log_finding);
}

fn reload(args: &Args, service: &Service) {
    match open::config(&args.config.path) {
        Err(mistakes) => {
            for mistake in &mistakes {
                tracing::error!("the config has a mistake, so the old one stays: {mistake}");
            }
        }
        Ok(config) => {
            log_config_findings(&config);
            match service.reconfigure(config) {
                Ok(()) => tracing::info!(config = %args.config.path.display(), "the config was read again"),
                Err(why) => tracing::error!(error = %why, "the config can't be used, so the old one stays"),
            }
        }
    }
}
