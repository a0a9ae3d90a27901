//! Checks without a network: environment variables, files that the config names, and trusted proxies.

use crate::cli::open;
use crate::config::{Config, Mistake, MistakePlace};
use crate::upstream::ProviderSettings;
use crate::upstream::probe::{FindingSink, Reporter, Verdict};
use crate::web::WebSettings;

/// Files of secrets that other users of this machine can read.
pub fn secret_files(config: &Config<ProviderSettings>, sink: FindingSink<'_>) {
    let mut reporter = Reporter::new("secret", sink);
    for exposed in open::exposed_secret_files(config) {
        reporter.warn_from_error(&exposed);
    }
    if let Some(exposed) = open::exposed_config_file(config) {
        Reporter::new("config", sink).warn_from_error(&exposed);
    }
}

/// Unknown variables whose names begin like ours.
pub fn unknown_variables(config: &Config<ProviderSettings>, sink: FindingSink<'_>) {
    for Mistake { place, what, fix, .. } in &config.unknown_variables {
        let about = match place {
            MistakePlace::Variable(name) => name.as_str(),
            MistakePlace::File | MistakePlace::Line { .. } => "environment",
        };
        Reporter::new(about, sink).report(Verdict::Warning, what, fix.clone());
    }
}

/// The brand, read as a start reads it.
pub fn brand(config: &Config<ProviderSettings>, sink: FindingSink<'_>) {
    if let Err(why) = WebSettings::new(config) {
        Reporter::new("brand", sink).wrong_from_error(&why);
    }
}

/// Vestibule serves plain HTTP, so a proxy does TLS for an https address. If it is not trusted, all visitors count as
/// one network, and one of them can make all others wait.
pub fn proxies(config: &Config<ProviderSettings>, sink: FindingSink<'_>) {
    let server = &config.server;
    for network in server.overly_wide_proxies() {
        Reporter::new("trusted_proxies", sink).warn(
            format!(
                "{network} contains more than proxies: a visitor from there can choose the network that wrong \
                 passwords are counted under"
            ),
            "write only the addresses of your proxies, such as trusted_proxies = [\"127.0.0.1\"]",
        );
    }
    if !server.public_url.as_str().starts_with("https:") || !server.trusted_proxies.is_empty() {
        return;
    }
    let listen = server.listen.ip();
    let (proxy, fix) = if listen.is_loopback() {
        ("a proxy on this machine", format!("write trusted_proxies = [\"{listen}\"] under [server]"))
    } else {
        ("a proxy", "write its address under [server], such as trusted_proxies = [\"10.0.0.2\"]".to_owned())
    };
    Reporter::new("trusted_proxies", sink).warn(
        format!(
            "public_url is https, so {proxy} is in front of Vestibule, but none is trusted: all visitors count as one \
             network, and the wrong passwords of one make all wait"
        ),
        fix,
    );
}
