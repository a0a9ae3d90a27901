//! What `vestibule preset register` says.

use std::io::{self, ErrorKind};
use std::path::Path;

use url::Url;

use super::Args;
use crate::base::ids::ProviderId;
use crate::base::shell;
use crate::config::preset::Preset;
use crate::config::{UnregisteredError, UnregisteredProvider};

/// For a preset whose clients a person registers.
pub fn no_api(preset: &Preset) -> String {
    format!(
        "{title} has no way to register a client from here; do it in a browser: {place}",
        title = preset.title,
        place = preset.registration.place
    )
}

/// What the config lacks, and what to do.
pub fn not_enough(why: UnregisteredError, file: &Path, preset: &Preset) -> String {
    let (file, name) = (file.display(), preset.name);
    match why {
        UnregisteredError::Mistakes(mistakes) => mistakes.to_string(),
        UnregisteredError::Several(ids) => {
            format!("{file} has several providers of kind \"{name}\"; name one: --provider {}", ids.join(", or "))
        }
        UnregisteredError::OtherKind(id) => {
            format!("the provider {id} of {file} is not of kind \"{name}\"; give the new one another id: --provider ID")
        }
        UnregisteredError::NoHost => format!(
            "{file} names no provider of kind \"{name}\" to register at; name its host: --host social.example.org"
        ),
    }
}

pub fn no_public_url(file: &Path) -> String {
    format!(
        "{} has no public_url; say at which address browsers reach Vestibule: --public-url https://auth.example.org",
        file.display()
    )
}

/// What to do about a file that can't be made.
pub fn file_fix(why: &io::Error, id: &ProviderId) -> String {
    match why.kind() {
        ErrorKind::AlreadyExists => format!(
            "it may hold the secret of a client in use: move it away, or let client_secret_file of [[provider]] {id} \
             name another"
        ),
        ErrorKind::NotFound => "make its folder first".to_owned(),
        ErrorKind::PermissionDenied => "run this as a user who may write there".to_owned(),
        _ => "check that its disk is mounted, writable and not full".to_owned(),
    }
}

pub fn after_registration(provider: &UnregisteredProvider, url: &Url, redirect_address: &str) -> String {
    format!(
        "\
Vestibule is registered at {}.
The redirect address is {redirect_address}
The client secret is in {}, which only its owner can read.
",
        url.host_str().unwrap_or_default(),
        provider.secret_file.display()
    )
}

/// The lines of config to write, and what comes next.
pub fn next_steps(args: &Args, preset: &Preset, provider: &UnregisteredProvider, client_id: &str) -> String {
    let (file, word) = (args.config.path.display(), shell::argument(&args.config.path.to_string_lossy()));
    let word = word.unwrap_or_else(|| "FILE".to_owned());
    let line = |key: &str, text: &str| format!("{key} = {}", toml::Value::from(text));
    let mut lines = Vec::new();
    if provider.is_in_file {
        lines.push(format!("# Write in the [[provider]] {} of {file}:", provider.id));
    } else {
        lines.push(format!("# Add to {file}:\n[[provider]]"));
        lines.extend((provider.id.as_str() != preset.name).then(|| line("id", provider.id.as_str())));
        lines.push(line("kind", preset.name));
    }
    lines.extend(args.host.as_deref().map(|host| line("host", host)));
    lines.push(line("client_id", client_id));
    lines.push(line("client_secret_file", &provider.secret_file_name));
    lines.push(format!(
        "
Then:
  vestibule check --config {word}     finds what is wrong, and contacts the provider
  vestibule serve --config {word}"
    ));
    lines.join("\n")
}
