//! `vestibule init`: writes a commented config to begin with.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::process::ExitCode;

use super::ConfigFile;
use super::console::{print_error, print_line};
use super::preset;
use crate::base::shell;
use crate::config::preset::{Input, Preset, Registration, SecretKey};
use crate::upstream::KINDS;

/// Write a commented config file to begin with
///
/// It explains the most common keys. A file that exists is never changed.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    config: ConfigFile,
    /// Begin with this well-known provider, such as google; `vestibule preset list` prints all
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
}

/// Writes the file and prints the next steps.
pub fn run(args: &Args) -> ExitCode {
    let file = &args.config.path;
    let preset = match &args.preset {
        Some(name) => match KINDS.preset(name) {
            Some(preset) => Some(preset),
            None => return preset::unknown(name),
        },
        None => None,
    };
    let content = preset.map_or_else(|| CONTENT.to_owned(), content_with);
    match write(file, &content) {
        Ok(()) => {
            print_line(preset.map_or_else(|| next_steps(file), |preset| next_steps_with(file, preset)));
            ExitCode::SUCCESS
        }
        Err(_) if file.is_dir() => {
            print_error(format_args!(
                "{} is a folder, not a file; name the file in it: --config {}",
                file.display(),
                file.join("vestibule.toml").display()
            ));
            ExitCode::FAILURE
        }
        Err(why) if why.kind() == ErrorKind::AlreadyExists => {
            print_error(format_args!(
                "{} exists already and was not changed; name another with --config FILE",
                file.display()
            ));
            ExitCode::FAILURE
        }
        Err(why) => {
            let fix = match why.kind() {
                ErrorKind::NotFound => "make its folder first",
                ErrorKind::PermissionDenied => {
                    "run this as a user who may write there, or name another with --config FILE"
                }
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "make room on that disk",
                _ => "check that its disk is mounted and writable",
            };
            print_error(format_args!("{} cannot be written: {why}; {fix}", file.display()));
            ExitCode::FAILURE
        }
    }
}

const CONTENT: &str = include_str!("init.toml");

/// The config with the provider of a preset in place of the one that is explained key by key.
fn content_with(preset: &Preset) -> String {
    const FIRST: &str = "# A provider: a service";
    const SECOND: &str = "# Accounts of your own";
    let (before, rest) = CONTENT.split_once(FIRST).unwrap_or((CONTENT, ""));
    let after = rest.split_once(SECOND).map_or("", |(_, after)| after);
    let mut lines = vec![format!(
        "# {}. `vestibule preset show {}` prints what these lines stand for; a key of yours takes precedence.",
        preset.title, preset.name
    )];
    for Input { key, example, meaning, .. } in &preset.inputs {
        lines.push(format!("# {key}: {meaning}; such as {example:?}"));
    }
    // An example may be the address of a real server, which must not get the secret.
    let provider_lines = preset.minimal_config_with(|_| "…");
    lines.extend(["[[provider]]".to_owned(), provider_lines, "\n".to_owned()]);
    let provider = lines.join("\n");
    let name = format!("\"{}\"", preset.name);
    [before, &provider, SECOND, &after.replace("\"uni\"", &name)].concat()
}

fn write(file: &Path, content: &str) -> io::Result<()> {
    let mut made = OpenOptions::new().write(true).create_new(true).open(file)?;
    made.write_all(content.as_bytes()).inspect_err(|_| {
        // Half a config would be refused as one that exists already.
        let _left = std::fs::remove_file(file);
    })
}

fn next_steps(file: &Path) -> String {
    let word = shell::argument(&file.to_string_lossy()).unwrap_or_else(|| "FILE".to_owned());
    let file = file.display();
    format!(
        "\
Wrote {file}. What comes next:
  1. In {file}, set public_url to the address that browsers will use, and name your provider and your app.
  2. At the provider, register a client with the redirect address {{public_url}}/callback/uni.
  3. Put the client secret that the provider gives you into uni.secret beside the config, and run chmod 600 on it.
  4. vestibule check --config {word}     finds what is wrong, and contacts the provider
  5. vestibule serve --config {word}
For local accounts only, without another provider: \
replace the first [[provider]] by the one of kind \"password\",
write \"local\" for \"uni\" in the rule, and run `vestibule user add NAME --config {word}` instead of 2 and 3."
    )
}

/// What comes next for a provider whose preset knows where Vestibule is registered.
fn next_steps_with(file: &Path, preset: &Preset) -> String {
    let word = shell::argument(&file.to_string_lossy()).unwrap_or_else(|| "FILE".to_owned());
    let (file, secret) = (file.display(), preset.secret_file());
    let Registration { place, notes, .. } = &preset.registration;
    let inputs: Vec<_> =
        preset.inputs.iter().filter(|input| input.default.is_none()).map(|input| &*input.key).collect();
    let inputs = if inputs.is_empty() { String::new() } else { format!(", and {}", inputs.join(", ")) };
    let what = match preset.secret {
        SecretKey::ClientSecretFile => "the client secret",
        SecretKey::ClientKeyFile => "the private key of the client, in PEM,",
    };
    let notes = notes.as_ref().map_or_else(String::new, |notes| format!("\n     {notes}"));
    format!(
        "\
Wrote {file}. What comes next:
  1. In {file}, set public_url to the address that browsers will use, and name your app.
  2. Register Vestibule at {title}, with the redirect address {{public_url}}/callback/{name}:
     {place}{notes}
  3. Put the client id that it gives you into {file}, in place of …{inputs}.
     Put {what} into {secret} beside it, and run chmod 600 on that.
  4. vestibule check --config {word}     finds what is wrong, and contacts the provider
  5. vestibule serve --config {word}",
        title = preset.title,
        name = preset.name,
    )
}

#[cfg(test)]
mod tests {
    use super::{CONTENT, ConfigFile, content_with, next_steps, run, write};
    use crate::config::{Environment, load};
    use crate::upstream::{KINDS, presets};

    #[test]
    fn the_written_config_is_valid_once_the_secret_exists() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("vestibule.toml");
        write(&file, CONTENT).unwrap();
        let wrong = load(&file, &Environment::default(), &KINDS).unwrap_err().to_string();
        assert!(wrong.contains("`client_secret_file` names a file that does not exist"), "{wrong}");
        assert_eq!(wrong.lines().count(), 1, "{wrong}");

        std::fs::write(folder.path().join("uni.secret"), "s3cret\n").unwrap();
        let config = load(&file, &Environment::default(), &KINDS).unwrap();
        assert_eq!(config.server.public_url.as_str(), "https://auth.example.org");
    }

    #[test]
    fn the_commented_out_lines_are_valid_too() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("vestibule.toml");
        let is_commented_key =
            |line: &str| line.starts_with("# ") && (line.contains(" = ") || line.starts_with("# [["));
        let uncommented = |line: &str| {
            if is_commented_key(line) { line.trim_start_matches("# ").to_owned() } else { line.to_owned() }
        };
        let lines = super::CONTENT.lines().map(uncommented);
        let all = lines.filter(|line| !line.starts_with("ca_file") && !line.starts_with("logo"));
        std::fs::write(&file, all.collect::<Vec<_>>().join("\n")).unwrap();
        std::fs::write(folder.path().join("uni.secret"), "s3cret\n").unwrap();
        let config = load(&file, &Environment::default(), &KINDS).unwrap();
        assert_eq!((config.apps.len(), config.providers.len()), (2, 2));
    }

    #[test]
    fn the_local_provider_alone_is_enough() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("vestibule.toml");
        let (before, rest) = super::CONTENT.split_once("[[provider]]\nid = \"uni\"").unwrap();
        let (_, rest) = rest.split_once("# [[provider]]").unwrap();
        let (own, rest) = rest.split_once("\n\n").unwrap();
        let (own, rest) = (own.replace("\n# ", "\n"), rest.replace("\"uni\"", "\"local\""));
        std::fs::write(&file, [before, "[[provider]]", &own, "\n\n", &rest].concat()).unwrap();
        let config = load(&file, &Environment::default(), &KINDS).unwrap();
        assert!(config.providers[0].settings.hashing().is_some());
    }

    #[test]
    fn the_config_with_any_preset_is_valid_once_the_client_is_there() {
        let folder = tempfile::tempdir().unwrap();
        for preset in presets::all() {
            let file = folder.path().join(format!("{}.toml", preset.name));
            write(&file, &content_with(preset)).unwrap();
            let wrong = load(&file, &Environment::default(), &KINDS).unwrap_err().to_string();
            let missing = format!("`{}` names a file that does not exist", preset.secret.key());
            assert!(wrong.contains(&missing) && wrong.contains("`client_id` holds … in place of an id"), "{wrong}");
            let inputs = preset.inputs.iter().filter(|input| input.default.is_none()).count();
            assert_eq!(wrong.lines().count(), 2 + inputs, "{}: {wrong}", preset.name);
        }
    }

    #[test]
    fn init_never_changes_a_file_that_exists() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("vestibule.toml");
        std::fs::write(&file, "mine").unwrap();
        let args = super::Args { config: ConfigFile { path: file.clone() }, preset: None };
        assert_eq!(run(&args), std::process::ExitCode::FAILURE);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    }

    #[test]
    fn the_next_steps_name_the_file_that_was_written() {
        assert!(next_steps("conf/my.toml".as_ref()).contains("vestibule serve --config conf/my.toml"));
        assert!(next_steps("my conf/my.toml".as_ref()).contains("vestibule serve --config 'my conf/my.toml'\n"));
    }
}
