//! The log: one line an event to standard error, as text or JSON.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Begins to log. Our own words at the level that the config says; of the libraries only their warnings, since what they
/// tell below that may hold what was sent (security rule C56).
pub fn begin(log: Log) {
    let filter = EnvFilter::new(format!("warn,vestibule={}", log.level.to_string().to_lowercase()));
    let to_stderr = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let begun = match log.format {
        LogFormat::Text => to_stderr.with_ansi(std::io::stderr().is_terminal()).with_target(false).try_init(),
        LogFormat::Json => to_stderr.json().flatten_event(true).with_target(false).try_init(),
    };
    if let Err(why) = begun {
        super::console::complain(format_args!("no log: {why}"));
    }
}
