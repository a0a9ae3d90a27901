//! `vestibule preset`: the well-known providers whose settings Vestibule knows.

mod register;

use std::process::ExitCode;

use clap::Subcommand;

use super::console::{print_error, print_line};
use crate::config::preset::{Identity, Input, Preset, Registration};
use crate::upstream::{KINDS, presets};

/// List the well-known providers, show what one stands for, and register Vestibule at one
///
/// A provider with `kind = "google"` has the settings of Google's preset. A key in the config file takes precedence.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List all presets
    List,
    /// Show the lines to write, the settings they stand for, and where to register Vestibule
    Show {
        /// The preset's name, such as google
        name: String,
    },
    /// Register Vestibule at a server of a preset: Mastodon
    ///
    /// Makes a client at the instance, by its API and without an account there. Prints the client id and the lines of
    /// config. Writes the client secret into a new file that only its owner can read; it is never printed. The file is
    /// the one that `client_secret_file` names, or else ID.secret beside the config.
    Register(Box<register::Args>),
}

pub fn run(args: &Args) -> ExitCode {
    match &args.command {
        Command::List => print_line(list()),
        Command::Show { name } => match KINDS.preset(name) {
            Some(preset) => print_line(show(preset)),
            None => return unknown(name),
        },
        Command::Register(args) => return register::run(args),
    }
    ExitCode::SUCCESS
}

/// Prints that no preset has this name.
pub fn unknown(name: &str) -> ExitCode {
    print_error(format_args!("there is no preset \"{name}\"; `vestibule preset list` prints all"));
    ExitCode::FAILURE
}

/// The names in one column, and what each is.
fn list() -> String {
    let all = presets::all();
    let width = all.iter().map(|preset| preset.name.len()).max().unwrap_or_default();
    let line = |preset: &Preset| {
        let inputs: Vec<_> = preset.inputs.iter().map(|input| &*input.key).collect();
        let inputs = if inputs.is_empty() { String::new() } else { format!(" (with {})", inputs.join(", ")) };
        format!("{:width$}  {}{inputs}", preset.name, preset.title)
    };
    let lines: Vec<_> = all.iter().map(line).collect();
    let next = "`vestibule preset show NAME` shows what to write, and where to register Vestibule.";
    format!("{}\n\n{next}", lines.join("\n"))
}

fn show(preset: &Preset) -> String {
    let Registration { place, notes, .. } = &preset.registration;
    let mut lines = vec![format!("# {}: write\n[[provider]]\n{}", preset.title, preset.minimal_config())];
    for Input { key, meaning, default, .. } in &preset.inputs {
        let default = default.as_ref().map_or_else(String::new, |default| format!(" (default: {default:?})"));
        lines.push(format!("# {key}: {meaning}{default}"));
    }
    lines.push(format!("\n# Register Vestibule there:\n# {place}"));
    lines.push(format!("# The redirect address is {{public_url}}/callback/{}", preset.name));
    lines.extend(notes.iter().map(|notes| format!("# {notes}")));
    let Identity { subject, email } = &preset.identity;
    lines.push(format!("\n# Who somebody is: {subject}\n# E-mail address: {email}"));
    lines.push(format!("\n# It stands for these keys. One that you write takes precedence.\n{}", preset.keys()));
    if !preset.with_groups.is_empty() {
        lines.push(format!("# If you map groups, also:\n{}", preset.keys_with_groups()));
    }
    lines.join("\n")
}
