//! `vestibule check` as an operator runs it: the binary itself, a folder, and a provider that misbehaves on demand.

#![cfg(test)]

mod house;
mod provider;
mod words;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

/// The config of a house about which nothing is wrong, with `issuer` as its provider.
fn config(issuer: &str) -> String {
    format!(
        r#"[server]
public_url = "http://localhost:1"
listen = "127.0.0.1:0"
[[provider]]
id = "uni"
kind = "oidc"
name = "Example University"
allow_private = true
issuer = "{issuer}"
client_id = "vestibule"
client_secret = "s3cret-of-uni"
[[app]]
id = "notes"
kind = "plain"
name = "Notes"
url = "https://notes.example.org/"
[[app.allow]]
"#
    )
}

/// A folder with this config in it.
fn folder(config: &str) -> tempfile::TempDir {
    let ours_alone = std::fs::Permissions::from_mode(0o700);
    let folder = tempfile::Builder::new().permissions(ours_alone).tempdir().unwrap();
    std::fs::write(folder.path().join("vestibule.toml"), config).unwrap();
    folder
}

/// What the command says, and whether it found nothing wrong.
struct Said {
    text: String,
    content: bool,
}

fn check(folder: &Path, options: &[&str]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
    command.current_dir(folder).env_remove("VESTIBULE_MASTER_KEY").arg("check").args(options);
    let Output { status, stdout, stderr } = command.output().unwrap();
    assert_eq!(String::from_utf8_lossy(&stderr), "");
    Said { text: String::from_utf8(stdout).unwrap(), content: status.success() }
}

impl Said {
    /// The one line that begins so.
    fn line(&self, start: &str) -> &str {
        let found: Vec<&str> = self.text.lines().filter(|line| line.starts_with(start)).collect();
        let [line] = found.as_slice() else { panic!("{} lines begin with {start:?} in:\n{}", found.len(), self.text) };
        line
    }

    /// The lines of one verdict.
    fn all(&self, verdict: &str) -> Vec<&str> {
        self.text.lines().filter(|line| line.starts_with(verdict)).collect()
    }
}
