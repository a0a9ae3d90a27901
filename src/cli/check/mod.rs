//! `vestibule check`: what is wrong, or will be, and how to fix it. Changes nothing.

mod apps;
mod galene;
mod group_file;
mod house;
mod providers;
mod public_url;
mod surroundings;

use std::process::ExitCode;

use serde::Serialize;

use self::house::Looked;
use super::console::{complain, say};
use super::{ConfigFile, open};
use crate::base::clock::Clock;
use crate::base::ids::AppId;
use crate::config::{Config, Mistake, Mistakes};
use crate::upstream::ProviderSettings;
use crate::upstream::probe::{Finding, Speaker, Tell, Verdict};

/// Check the config, and ask everything that it names
///
/// Prints one line for each finding: `ok`, `WARN` or `BAD`, and the fix after the arrow. Changes nothing, and makes
/// nothing. The exit status is 0 if nothing is BAD.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    config: ConfigFile,
    /// Ask neither the database nor any provider: look at the config alone
    #[arg(long, conflicts_with = "app")]
    offline: bool,
    #[command(flatten)]
    asked: galene::Asked,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Checks, and prints each finding as soon as it is known.
pub fn run(args: &Args) -> ExitCode {
    let mut findings = Vec::new();
    let mut tell = |finding: Finding| {
        if !args.json {
            say(&finding);
        }
        findings.push(finding);
    };
    match open::config(&args.config.path) {
        Err(mistakes) => tell_mistakes(&mistakes, &mut tell),
        Ok(config) => match super::runtime() {
            Ok(runtime) => runtime.block_on(look(&config, args, &mut tell)),
            Err(why) => {
                complain(format_args!("vestibule check: {why}"));
                return ExitCode::FAILURE;
            }
        },
    }
    let report = Report::of(findings);
    say(if args.json { serde_json::to_string_pretty(&report).unwrap_or_default() } else { report.words() });
    if report.wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The mistakes in the config. With one, nothing else is checked.
fn tell_mistakes(mistakes: &Mistakes, tell: Tell<'_>) {
    let mut to = Speaker::new("config", tell);
    for mistake in mistakes {
        let what = Mistake { fix: None, ..mistake.clone() }.to_string();
        to.say(Verdict::Wrong, what, mistake.fix.clone());
    }
}

/// Settings that may be a mistake, and are valid.
fn tell_doubts(doubts: &[Mistake], tell: Tell<'_>) {
    let mut to = Speaker::new("config", tell);
    for doubt in doubts {
        let what = Mistake { fix: None, ..doubt.clone() }.to_string();
        to.say(Verdict::Warning, what, doubt.fix.clone());
    }
}

async fn look(config: &Config<ProviderSettings>, args: &Args, tell: Tell<'_>) {
    let clock = Clock::system();
    let (providers, apps) = (config.providers.len(), config.apps.len());
    Speaker::new("config", tell)
        .good(format!("{} reads well: providers {providers}, apps {apps}", config.file.display()));
    look_at_config(config, args.asked.app(), tell);
    if args.offline {
        Speaker::new("config", tell).good("not tried: the database, the providers and our own address (--offline)");
    } else {
        let looked = house::look(config, &clock, tell).await;
        providers::look(config, &looked, &clock, tell).await;
        galene::look(config, &args.asked, looked.store(), &clock, tell).await;
        if let Looked::AdminContext(store) = looked {
            store.close().await;
        }
    }
}

/// Checks that ask no server: of the config, the environment, and the files that the config names.
pub fn look_at_config(config: &Config<ProviderSettings>, asked: Option<&AppId>, tell: Tell<'_>) {
    surroundings::unknown_variables(config, tell);
    tell_doubts(&config.doubts, tell);
    surroundings::brand(config, tell);
    apps::look(config, asked, tell);
    surroundings::secret_files(config, tell);
    surroundings::proxies(config, tell);
    providers::bends(config, tell);
}

/// All findings, as `--json` prints them.
#[derive(Debug, Serialize)]
struct Report {
    wrong: usize,
    warnings: usize,
    findings: Vec<Finding>,
}

impl Report {
    fn of(findings: Vec<Finding>) -> Self {
        let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
        Self { wrong: count(Verdict::Wrong), warnings: count(Verdict::Warning), findings }
    }

    fn words(&self) -> String {
        match (self.wrong, self.warnings) {
            (0, 0) => "\nNothing is wrong.".to_owned(),
            (0, warnings) => format!("\nNothing is wrong; warnings: {warnings}."),
            (wrong, warnings) => format!("\nWrong: {wrong}; warnings: {warnings}."),
        }
    }
}

#[cfg(test)]
mod tests;
