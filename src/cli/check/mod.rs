//! `vestibule check`: finds present and future problems, and names their fixes. Changes nothing.

mod apps;
mod deployment;
mod galene;
mod group_file;
mod listen;
mod presets;
mod providers;
mod public_url;
mod server;

use std::process::ExitCode;

use serde::Serialize;

use self::server::DatabaseState;
use super::console::{print_error, print_line};
use super::{ConfigFile, open};
use crate::base::clock::Clock;
use crate::base::ids::AppId;
use crate::config::{Config, Mistake, Mistakes};
use crate::upstream::ProviderSettings;
use crate::upstream::probe::{Finding, FindingSink, Reporter, Verdict};

/// Check the config, the database, the providers and the apps that it names
///
/// Prints one line for each finding: `ok`, `WARN` or `BAD`, and the fix after the arrow. Changes nothing. The
/// exit status is 0 if nothing is BAD.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    config: ConfigFile,
    /// Check only the config: contact neither the database nor a provider
    #[arg(long, conflicts_with = "app")]
    offline: bool,
    #[command(flatten)]
    galene: galene::GaleneArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Checks, and prints each finding as soon as it is known.
pub fn run(args: &Args) -> ExitCode {
    let mut findings = Vec::new();
    let mut sink = |finding: Finding| {
        if !args.json {
            print_line(&finding);
        }
        findings.push(finding);
    };
    match open::config(&args.config.path) {
        Err(mistakes) => report_mistakes(&mistakes, &mut sink),
        Ok(config) => match super::runtime() {
            Ok(runtime) => runtime.block_on(check(&config, args, &mut sink)),
            Err(why) => {
                print_error(format_args!("vestibule check: {why}"));
                return ExitCode::FAILURE;
            }
        },
    }
    let report = Report::of(findings);
    print_line(if args.json { serde_json::to_string_pretty(&report).unwrap_or_default() } else { report.to_text() });
    if report.wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Reports the mistakes in the config. If there is one, nothing else is checked.
fn report_mistakes(mistakes: &Mistakes, sink: FindingSink<'_>) {
    let mut reporter = Reporter::new("config", sink);
    for mistake in mistakes {
        let what = Mistake { fix: None, ..mistake.clone() }.to_string();
        reporter.report(Verdict::Wrong, what, mistake.fix.clone());
    }
}

/// Valid settings that may be a mistake.
fn report_warnings(warnings: &[Mistake], sink: FindingSink<'_>) {
    let mut reporter = Reporter::new("config", sink);
    for warning in warnings {
        let what = Mistake { fix: None, ..warning.clone() }.to_string();
        reporter.report(Verdict::Warning, what, warning.fix.clone());
    }
}

async fn check(config: &Config<ProviderSettings>, args: &Args, sink: FindingSink<'_>) {
    let clock = Clock::system();
    let (providers, apps) = (config.providers.len(), config.apps.len());
    Reporter::new("config", sink)
        .good(format!("{} is valid: providers {providers}, apps {apps}", config.file.display()));
    presets::report(config, sink);
    check_config(config, args.galene.app(), sink);
    if args.offline {
        Reporter::new("config", sink).good("not tried: the database, the providers and our own address (--offline)");
    } else {
        let database = server::check(config, &clock, sink).await;
        providers::check(config, &database, &clock, sink).await;
        galene::check(config, &args.galene, database.store(), &clock, sink).await;
        if let DatabaseState::Open(store) = database {
            store.close().await;
        }
    }
}

/// Checks without a network: of the config, the environment, and the files that the config names.
pub fn check_config(config: &Config<ProviderSettings>, compared: Option<&AppId>, sink: FindingSink<'_>) {
    deployment::unknown_variables(config, sink);
    report_warnings(&config.warnings, sink);
    deployment::brand(config, sink);
    apps::check(config, compared, sink);
    deployment::secret_files(config, sink);
    deployment::proxies(config, sink);
    providers::check_settings(config, sink);
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

    fn to_text(&self) -> String {
        match (self.wrong, self.warnings) {
            (0, 0) => "\nNothing is wrong.".to_owned(),
            (0, warnings) => format!("\nNothing is wrong; warnings: {warnings}."),
            (wrong, warnings) => format!("\nWrong: {wrong}; warnings: {warnings}."),
        }
    }
}

#[cfg(test)]
mod tests;
