//! A folder with a config, in which the tests run the binary.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use vestibule::base::clock::Clock;
use vestibule::signer::master_key;
use vestibule::store::{Database, Store};

pub struct Installation(tempfile::TempDir);

pub const CONFIG: &str = r#"
[server]
public_url = "https://auth.example.org"
[database]
url = "sqlite:vestibule.db"

[[provider]]
id = "uni"
kind = "oidc"
name = "Example University"
first_login = "refuse"
issuer = "https://sso.example.edu"
client_id = "vestibule"
client_secret_file = "uni.secret"

[[app]]
id = "notes"
kind = "plain"
name = "Notes"
url = "https://notes.example.org/"
locations = ["https://notes.example.org/signed-in"]
[[app.allow]]
providers = ["uni"]
"#;

impl Installation {
    /// With the config [`CONFIG`].
    pub fn new() -> Self {
        Self::with_config(CONFIG)
    }

    /// With this config, and the secret file that it may name.
    pub fn with_config(config: &str) -> Self {
        let owner_only = std::fs::Permissions::from_mode(0o700);
        let folder = tempfile::Builder::new().permissions(owner_only).tempdir().unwrap();
        std::fs::write(folder.path().join("vestibule.toml"), config).unwrap();
        if config.contains("uni.secret") {
            std::fs::write(folder.path().join("uni.secret"), "secret").unwrap();
        }
        Self(folder)
    }

    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    /// Makes the master key, as the first start does.
    pub fn make_master_key(&self) {
        master_key::load(None, &self.0.path().join("vestibule.key")).unwrap();
    }

    /// Makes the database, as the first start does.
    pub fn make_database(&self) {
        tokio::runtime::Runtime::new().unwrap().block_on(async { self.store().await.close().await });
    }

    /// Runs a command with these variables. Returns whether it succeeds, and all its output.
    pub fn run_with_variables(&self, variables: &[(&str, &str)], command: &[&str]) -> (bool, String) {
        let mut process = self.process(command);
        let output = process.envs(variables.iter().copied()).stdin(Stdio::null()).output().unwrap();
        (output.status.success(), text(&output.stdout) + &text(&output.stderr))
    }

    /// The output of a command that succeeds.
    pub fn stdout(&self, command: &[&str]) -> String {
        let output = self.output(command);
        assert!(output.status.success(), "{command:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    pub fn json(&self, command: &[&str]) -> Value {
        serde_json::from_str(&self.stdout(&[command, &["--json"]].concat())).unwrap()
    }

    /// The output of a command that reads this from standard input and succeeds.
    pub fn stdout_with_input(&self, command: &[&str], input: &str) -> String {
        let output = self.output_with_input(command, input);
        assert!(output.status.success(), "{command:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// The output of `check`, whether it succeeds or not.
    pub fn check(&self) -> String {
        text(&self.output(&["check"]).stdout)
    }

    /// The errors of a command that succeeds.
    pub fn stderr(&self, command: &[&str]) -> String {
        let output = self.output(command);
        assert!(output.status.success(), "{command:?}: {}", text(&output.stderr));
        text(&output.stderr)
    }

    /// The errors of a command that fails.
    pub fn failure(&self, command: &[&str]) -> String {
        self.failure_with_input(command, "")
    }

    pub fn failure_with_input(&self, command: &[&str], input: &str) -> String {
        let output = self.output_with_input(command, input);
        assert!(!output.status.success(), "{command:?}: {}", text(&output.stdout));
        text(&output.stderr)
    }

    /// Whether a command that reads this from standard input succeeds, and its output.
    pub fn run_with_input(&self, command: &[&str], input: &str) -> (bool, String) {
        let output = self.output_with_input(command, input);
        (output.status.success(), text(&output.stdout))
    }

    /// Whether a command succeeds whose standard output lies on a full disk, and its errors.
    pub fn run_with_full_disk(&self, command: &[&str]) -> (bool, String) {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = self.process(command).stdin(Stdio::null()).stdout(full).output().unwrap();
        (output.status.success(), text(&output.stderr))
    }

    /// Whether a command succeeds whose standard output is read by nobody, and its errors.
    pub fn run_without_reader(&self, command: &[&str]) -> (bool, String) {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = self.process(command).stdin(Stdio::null()).stdout(writer).output().unwrap();
        (output.status.success(), text(&output.stderr))
    }

    /// Opens the same database, as a running server does.
    pub async fn store(&self) -> Store {
        let database = Database::file(self.0.path().join("vestibule.db"));
        Store::open(&database, Clock::system()).await.unwrap()
    }

    pub fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Appends to the config.
    pub fn configure(&self, more: &str) {
        let file = self.0.path().join("vestibule.toml");
        std::fs::write(&file, std::fs::read_to_string(&file).unwrap() + more).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn output(&self, command: &[&str]) -> Output {
        self.output_with_input(command, "")
    }

    /// A command that is not started yet.
    pub fn process(&self, command: &[&str]) -> Command {
        process_in(self.folder(), command)
    }

    fn output_with_input(&self, command: &[&str], input: &str) -> Output {
        let mut process = self.process(command);
        let piped = process.stdin(Stdio::piped());
        let mut running = piped.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A command that reads no input may have ended before.
        let _unread = running.stdin.take().unwrap().write_all(input.as_bytes());
        running.wait_with_output().unwrap()
    }
}

/// A command that runs in this folder.
pub fn process_in(folder: &Path, command: &[&str]) -> Command {
    let mut process = Command::new(env!("CARGO_BIN_EXE_vestibule"));
    process.args(command).current_dir(folder).env_remove(master_key::VARIABLE);
    process
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
