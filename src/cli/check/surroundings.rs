//! Checks that ask no server: variables, files that the config names, and the proxy before us.

use crate::cli::open;
use crate::config::{Config, Mistake, Place};
use crate::upstream::ProviderSettings;
use crate::upstream::probe::{Speaker, Tell, Verdict};
use crate::web::WebSettings;

/// Files of secrets that other users of this machine can read.
pub fn secret_files(config: &Config<ProviderSettings>, tell: Tell<'_>) {
    let mut to = Speaker::new("secret", tell);
    for open in open::open_secret_files(config) {
        to.warn_as_told(&open);
    }
    if let Some(open) = open::open_config_file(config) {
        Speaker::new("config", tell).warn_as_told(&open);
    }
}

/// Unknown variables whose names begin like ours.
pub fn unknown_variables(config: &Config<ProviderSettings>, tell: Tell<'_>) {
    for Mistake { place, what, fix, .. } in &config.unknown_variables {
        let about = match place {
            Place::Variable(name) => name.as_str(),
            Place::Whole | Place::Line { .. } => "environment",
        };
        Speaker::new(about, tell).say(Verdict::Warning, what, fix.clone());
    }
}

/// The brand: a start reads the logo.
pub fn brand(config: &Config<ProviderSettings>, tell: Tell<'_>) {
    if let Err(why) = WebSettings::new(config) {
        Speaker::new("brand", tell).wrong_as_told(&why);
    }
}

/// Vestibule speaks plain HTTP, so a proxy does the TLS of an https address. One that is not trusted makes all visitors
/// one network, and one of them can use up the tries of all.
pub fn proxies(config: &Config<ProviderSettings>, tell: Tell<'_>) {
    let server = &config.server;
    for network in server.too_trusting() {
        Speaker::new("trusted_proxies", tell).warn(
            format!(
                "{network} holds more than proxies: a visitor who comes from there chooses the network that wrong \
                 passwords are counted by"
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
    Speaker::new("trusted_proxies", tell).warn(
        format!(
            "public_url is https, so {proxy} stands before Vestibule, and none is trusted: all visitors count as one \
             network, and the wrong passwords of one make all wait"
        ),
        fix,
    );
}
