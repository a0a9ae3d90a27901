//! The command line: one file for each command.

mod access_request;
mod account_fixes;
mod admin;
mod admin_command;
mod change_command;
mod audit;
mod check;
mod console;
mod demo;
mod explain;
mod file_limit;
mod identity;
mod init;
mod key;
mod log;
mod login;
mod open;
mod panics;
mod preset;
mod prompt;
mod provider;
mod push;
mod release;
mod serve;
mod service;
mod start_settings;
mod unreachable_identities;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::base::clock::Clock;
use crate::upstream::pam;

/// People sign in with an identity they already have; your app receives a short-lived signed token.
#[derive(Debug, Parser)]
#[command(name = "vestibule", version, max_term_width = 100, after_help = FIRST_STEPS)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const FIRST_STEPS: &str = "\
First steps:
  vestibule demo     runs everything on this machine: start here
  vestibule init     writes a commented config and prints the next steps
  vestibule check    finds what is wrong, and asks the database and the providers
  vestibule serve    serves sign-ins

For the details of a command, add --help to it.";

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Serve(serve::Args),
    Init(init::Args),
    Preset(preset::Args),
    Check(check::Args),
    Login(login::Args),
    #[command(visible_alias = "account")]
    User(user::Args),
    Identity(identity::Args),
    AccessRequest(access_request::Args),
    Admin(admin::Args),
    Provider(provider::Args),
    Key(key::Args),
    Explain(explain::Args),
    Audit(audit::Args),
    /// Ask PAM once: for Vestibule's own use
    #[cfg(target_os = "linux")]
    #[command(name = pam::COMMAND, hide = true)]
    PamHelper,
}

/// The option that every command with a config takes.
#[derive(Debug, Args)]
pub struct ConfigFile {
    /// The config file
    #[arg(long = "config", value_name = "FILE", default_value = "vestibule.toml")]
    pub path: PathBuf,
}

/// Runs the command of this process.
#[must_use]
pub fn main() -> ExitCode {
    panics::install_hook();
    let command = Cli::parse().command;
    if let Err(why) = Clock::system().check() {
        console::print_error(format_args!("vestibule: {why}"));
        return ExitCode::FAILURE;
    }
    console::exit_status(match command {
        Command::Demo(args) => demo::run(&args),
        // The service works without its standard output.
        Command::Serve(args) => return serve::run(&args),
        Command::Init(args) => init::run(&args),
        Command::Preset(args) => preset::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Login(args) => login::run(&args),
        Command::User(args) => user::run(&args),
        Command::Identity(args) => identity::run(&args),
        Command::AccessRequest(args) => access_request::run(&args),
        Command::Admin(args) => admin::run(&args),
        Command::Provider(args) => provider::run(&args),
        Command::Key(args) => key::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Audit(args) => audit::run(&args),
        #[cfg(target_os = "linux")]
        Command::PamHelper => pam::helper_process::main(),
    })
}

/// One worker for two cores. The other half is for the database's threads and other blocking work. With one worker per
/// core, workers wake each other and move each other's work: on two cores a login took a third more CPU, and more time.
fn runtime() -> Result<tokio::runtime::Runtime, Box<dyn std::error::Error>> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(cores.div_ceil(2)).enable_all().build()?)
}
