//! A folder with a config, and the binary that works in it.

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
        Self::of(CONFIG)
    }

    /// With this config, and the secret file that it may name.
    pub fn of(config: &str) -> Self {
        let ours_alone = std::fs::Permissions::from_mode(0o700);
        let folder = tempfile::Builder::new().permissions(ours_alone).tempdir().unwrap();
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

    /// Runs a command with these variables: whether it succeeds, and all output.
    pub fn with(&self, variables: &[(&str, &str)], command: &[&str]) -> (bool, String) {
        let mut process = self.process(command);
        let ran = process.envs(variables.iter().copied()).stdin(Stdio::null()).output().unwrap();
        (ran.status.success(), text(&ran.stdout) + &text(&ran.stderr))
    }

    /// The output of a command that succeeds.
    pub fn said(&self, command: &[&str]) -> String {
        let ran = self.run(command);
        assert!(ran.status.success(), "{command:?}: {}", text(&ran.stderr));
        text(&ran.stdout)
    }

    pub fn json(&self, command: &[&str]) -> Value {
        serde_json::from_str(&self.said(&[command, &["--json"]].concat())).unwrap()
    }

    /// The output of a command that reads this from standard input and succeeds.
    pub fn said_when_told(&self, command: &[&str], told: &str) -> String {
        let ran = self.run_told(command, told);
        assert!(ran.status.success(), "{command:?}: {}", text(&ran.stderr));
        text(&ran.stdout)
    }

    /// The output of `check`, whether it succeeds or not.
    pub fn checked(&self) -> String {
        text(&self.run(&["check"]).stdout)
    }

    /// The errors of a command that succeeds.
    pub fn complained(&self, command: &[&str]) -> String {
        let ran = self.run(command);
        assert!(ran.status.success(), "{command:?}: {}", text(&ran.stderr));
        text(&ran.stderr)
    }

    /// The errors of a command that fails.
    pub fn refused(&self, command: &[&str]) -> String {
        self.refused_when_told(command, "")
    }

    pub fn refused_when_told(&self, command: &[&str], told: &str) -> String {
        let ran = self.run_told(command, told);
        assert!(!ran.status.success(), "{command:?}: {}", text(&ran.stdout));
        text(&ran.stderr)
    }

    /// Whether a command that reads this from standard input succeeds, and its output.
    pub fn told_all(&self, command: &[&str], told: &str) -> (bool, String) {
        let ran = self.run_told(command, told);
        (ran.status.success(), text(&ran.stdout))
    }

    /// The same database, as a running server has it open.
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

    fn run(&self, command: &[&str]) -> Output {
        self.run_told(command, "")
    }

    fn process(&self, command: &[&str]) -> Command {
        let mut process = Command::new(env!("CARGO_BIN_EXE_vestibule"));
        process.args(command).current_dir(self.0.path()).env_remove(master_key::VARIABLE);
        process
    }

    fn run_told(&self, command: &[&str], told: &str) -> Output {
        let mut process = self.process(command);
        let piped = process.stdin(Stdio::piped());
        let mut running = piped.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A command that does not read it may have ended by now.
        let _unread = running.stdin.take().unwrap().write_all(told.as_bytes());
        running.wait_with_output().unwrap()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
