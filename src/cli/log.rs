//! The log: one line for each event, to standard error, as text or JSON.

mod json;
mod library;
mod text;

use std::io::IsTerminal as _;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::{LogFormat, LogSettings};
use crate::upstream::probe::{Finding, Verdict};

/// The libraries' parts that log a failure without saying whose it is.
const REPEATING: [&str; 2] = ["sqlx::postgres::notice", "rustls_platform_verifier"];

/// Starts the log: our own messages at the level of the config, and warnings and errors of libraries. Below warnings,
/// libraries may log what was sent (security rule C56).
pub fn init(log: LogSettings) {
    let ours = Targets::new().with_default(LevelFilter::WARN).with_target("vestibule", log.level);
    // Our own lines report these failures, and name the database or the provider.
    let ours = REPEATING.into_iter().fold(ours, |ours, target| ours.with_target(target, LevelFilter::OFF));
    let filtered = tracing_subscriber::registry().with(ours);
    let to_stderr = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    let begun = match log.format {
        LogFormat::Text => {
            let lines = to_stderr.with_ansi(std::io::stderr().is_terminal()).fmt_fields(text::EscapedFields);
            filtered.with(lines).try_init()
        }
        LogFormat::Json => filtered.with(to_stderr.json().event_format(json::Json::default())).try_init(),
    };
    if let Err(why) = begun {
        super::console::print_error(format_args!("logging could not start: {why}"));
    }
}

/// Logs a finding of a check, unless all is well.
pub fn log_finding(finding: Finding) {
    let Finding { verdict, about, what, fix } = finding;
    let fix = fix.map_or_else(String::new, |fix| format!("; {fix}"));
    match verdict {
        Verdict::Good => {}
        Verdict::Warning => tracing::warn!("{about}: {what}{fix}"),
        Verdict::Wrong => tracing::error!("{about}: {what}{fix}"),
    }
}

#[cfg(test)]
mod tests;
