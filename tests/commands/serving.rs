//! A running server: its lock on the database, schema upgrades, file permissions, and reloads.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use migrations::{Migrator, MigratorTrait as _};
use serde_json::Value;
use support::ChildProcess;

use super::installation::Installation;

pub const CONFIG: &str = r#"
[server]
public_url = "https://auth.example.org"
listen = "127.0.0.1:0"
[database]
url = "sqlite:vestibule.db"

[[provider]]
id = "local"
kind = "password"
name = "Local account"
memory_mib = 7
passes = 5

[[app]]
id = "notes"
kind = "plain"
name = "Notes"
url = "https://notes.example.org/"
locations = ["https://notes.example.org/signed-in"]
[[app.allow]]
providers = ["local"]
"#;

/// A running server. SIGKILL ends it when it is dropped.
pub struct Server {
    process: ChildProcess,
    address: String,
}

impl Server {
    /// Starts a server, and waits until it serves.
    pub fn start(installation: &Installation) -> Self {
        Self::start_with(installation, &[])
    }

    /// Like [`Self::start`], with these variables.
    pub fn start_with(installation: &Installation, variables: &[(&str, &str)]) -> Self {
        let mut command = installation.process(&["serve"]);
        command.envs(variables.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = ChildProcess(command.spawn().unwrap());
        let first = BufReader::new(process.0.stdout.as_mut().unwrap()).lines().next();
        let first = first.map(Result::unwrap).filter(|line| line.starts_with("Vestibule serves "));
        let Some((_, address)) = first.as_ref().and_then(|line| line.rsplit_once(" on ")) else {
            let mut why = String::new();
            process.0.stderr.as_mut().unwrap().read_to_string(&mut why).unwrap();
            panic!("{why}");
        };
        Self { process, address: address.to_owned() }
    }

    /// The address that it listens on.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The whole response, with its head.
    pub fn get(&self, path: &str) -> String {
        let mut server = TcpStream::connect(&self.address).unwrap();
        write!(server, "GET {path} HTTP/1.1\r\nHost: auth.example.org\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        server.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Repeats the request until the response fulfils `wanted`, for at most ten seconds. Returns the last response.
    pub fn get_until(&self, path: &str, wanted: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let answer = self.get(path);
            if wanted(&answer) || begun.elapsed() > Duration::from_secs(10) {
                return answer;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Sends SIGHUP: the server reads its config again.
    pub fn reload_config(&self) {
        let process = rustix::process::Pid::from_child(&self.process.0);
        rustix::process::kill_process(process, rustix::process::Signal::HUP).unwrap();
    }

    /// Reads and returns the log up to and with the line that contains `wanted`. Fails if the server ends before.
    pub fn log_until(&mut self, wanted: &str) -> String {
        log_until(self.process.0.stderr.as_mut().unwrap(), wanted)
    }
}

/// Reads byte by byte, so that the next call begins with the next line.
fn log_until(log: &mut impl Read, wanted: &str) -> String {
    let (mut read, mut byte) = (Vec::new(), [0]);
    while log.read(&mut byte).unwrap() == 1 {
        read.extend(byte);
        if byte == *b"\n" && String::from_utf8_lossy(&read).contains(wanted) {
            return String::from_utf8(read).unwrap();
        }
    }
    panic!("the server ended, and its log has no {wanted:?}:\n{}", String::from_utf8_lossy(&read));
}

#[test]
#[should_panic(expected = "the server ended, and its log has no \"serving\":\nERROR no")]
fn a_log_that_ends_too_early_fails_the_test_and_is_shown() {
    log_until(&mut "ERROR no\n".as_bytes(), "serving");
}

#[test]
fn a_second_server_on_one_file_is_refused_and_a_killed_one_is_replaced_at_once() {
    let installation = Installation::with_config(CONFIG);
    let first = Server::start(&installation);
    let refused = format!(
        "is in use: another server (process {}) serves it; stop that one first, or let several instances use \
         PostgreSQL",
        first.process.0.id()
    );
    for _ in 0..2 {
        let output = installation.failure(&["serve"]);
        assert!(output.contains("vestibule.db is in use") && output.trim_end().ends_with(&refused), "{output}");
    }
    installation.stdout_with_input(&["user", "add", "Grace", "--password-stdin"], "correct horse battery staple");
    assert!(installation.stdout(&["user", "list"]).contains("Grace"), "commands work beside a server");
    let (note, process) = ("a server runs on this database", first.process.0.id());
    let beside = installation.check();
    let expected = format!("ok   database: {note} (process {process}); a second one does not start beside it\n");
    assert!(beside.contains(&expected), "{beside}");
    drop(first);
    assert!(!installation.check().contains(note));
    assert!(installation.path("vestibule.db-server").exists(), "the file stays without its lock");
    let _second = Server::start(&installation);
    assert!(installation.stdout(&["user", "list"]).contains("Grace"));
}

#[test]
fn an_older_schema_is_migrated_by_a_command_or_a_start_with_a_message() {
    let installation = Installation::with_config(CONFIG);
    assert_eq!(installation.stderr(&["user", "add", "Grace", "--generate"]), "", "a new database has no older schema");
    let names: Vec<_> = Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    let [.., former, last] = names.as_slice() else { panic!("{names:?}") };
    let age = || {
        for file in installation.files().iter().filter(|file| file.starts_with("vestibule.db")) {
            std::fs::remove_file(installation.path(file)).unwrap();
        }
        let address = format!("sqlite://{}?mode=rwc", installation.path("vestibule.db").display());
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let database = sea_orm::Database::connect(address).await.unwrap();
            Migrator::up(&database, u32::try_from(names.len() - 1).ok()).await.unwrap();
            database.close().await.unwrap();
        });
    };
    let older = format!(
        "had the older schema {former} and was brought to schema {last}; if a server of an older version runs on it, \
         restart it with this version\n"
    );
    std::fs::write(installation.path("people.csv"), "name,hash\n").unwrap();
    for command in [["user", "add", "ada", "--generate"].as_slice(), &["user", "import", "people.csv"]] {
        age();
        let message = installation.stderr(command);
        assert!(
            message.starts_with("Note: ") && message.ends_with(&older) && message.lines().count() == 1,
            "{message}"
        );
        assert_eq!(installation.stderr(&["user", "list"]), "", "the note appears only once");
    }
    age();
    let log = Server::start(&installation).log_until("it is up to date now");
    let line = log.lines().last().unwrap_or_default();
    assert!(line.contains("the database had an older schema; it is up to date now"), "{log}");
    assert!(line.contains(former) && line.contains(last), "{log}");
}

/// Runs a command that must respect file modes. Root ignores them, so root drops its capabilities first. Returns
/// whether the command succeeds, and its output.
pub fn run_without_privileges(installation: &Installation, command: &str) -> (bool, String) {
    let binary = env!("CARGO_BIN_EXE_vestibule");
    let mut process = if rustix::process::geteuid().is_root() {
        let mut process = Command::new("setpriv");
        process.args(["--inh-caps=-all", "--bounding-set=-all", binary]);
        process
    } else {
        Command::new(binary)
    };
    let ran =
        process.args(command.split(' ')).arg("--config").arg(installation.path("vestibule.toml")).output().unwrap();
    let shown = [ran.stdout, ran.stderr].concat();
    (ran.status.success(), String::from_utf8(shown).unwrap())
}

#[test]
fn a_file_without_write_permission_is_reported_with_owner_mode_and_fix() {
    let installation = Installation::with_config(CONFIG);
    installation.make_master_key();
    installation.make_database();
    installation.stdout(&["key", "rotate"]);
    std::fs::write(installation.path("vestibule.db-server"), "").unwrap();
    let files = installation.files();
    let us = rustix::process::geteuid().as_raw();
    for (name, mode, usual) in
        [("vestibule.db", 0o444, 0o600), ("", 0o555, 0o700), ("vestibule.db-server", 0o400, 0o600)]
    {
        let file = if name.is_empty() {
            installation.path("vestibule.db").parent().unwrap().to_owned()
        } else {
            installation.path(name)
        };
        let set_mode = |mode| std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
        set_mode(mode);
        let ran =
            ["check", "serve", "user list"].map(|command| (command, run_without_privileges(&installation, command)));
        set_mode(usual);
        let reason = format!(
            "vestibule.db can't be used by this process: {} belongs to uid {us} and has mode {mode:04o}; this process \
             runs as uid {us}",
            file.display()
        );
        for (command, (success, output)) in ran {
            // Only a server needs the lock.
            if (name, command) == ("vestibule.db-server", "user list") {
                assert!(success, "{output}");
                continue;
            }
            assert!(!success, "{name} {command}: {output}");
            assert!(output.contains(&reason), "{name} {command}: {output}");
            assert!(output.contains("let the user that runs Vestibule write the file and the folder"), "{output}");
            assert!(!output.contains("ok   database"), "{output}");
        }
        assert_eq!(installation.files(), files, "{name}: a refused command leaves no file");
    }
    assert!(run_without_privileges(&installation, "check").1.contains("ok   database"));
}

#[test]
fn a_folder_without_write_permission_is_reported_before_the_first_start_too() {
    let installation = Installation::with_config(CONFIG);
    let folder = installation.path("vestibule.toml").parent().unwrap().to_owned();
    std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o555)).unwrap();
    let ran = ["check", "serve"].map(|command| run_without_privileges(&installation, command));
    std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o700)).unwrap();
    let [check, serve] = ran;
    for (success, output) in [&check, &serve] {
        assert!(!success && output.contains("vestibule.db can't be used by this process: "), "{output}");
    }
    assert!(check.1.contains("BAD  master key: ") && check.1.contains("vestibule.key can't be made: "), "{}", check.1);
}

#[test]
fn a_logo_of_an_unknown_type_is_refused_by_check_and_serve() {
    let installation = Installation::with_config(CONFIG);
    std::fs::write(installation.path("logo.PNG"), b"\x89PNG\r\n\x1a\n").unwrap();
    installation.configure("[brand]\nlogo = \"logo.PNG\"\n");
    assert!(installation.check().contains("Nothing is wrong"), "{}", installation.check());
    drop(Server::start(&installation));
    std::fs::write(installation.path("vestibule.toml"), format!("{CONFIG}[brand]\nlogo = \"vestibule.toml\"\n"))
        .unwrap();
    let why = "vestibule.toml is neither .svg, .png, .jpg nor .webp";
    let (checked, refused) = (installation.check(), installation.failure(&["serve"]));
    assert!(checked.contains("BAD  brand: [brand] logo: ") && checked.contains(why), "{checked}");
    assert!(refused.contains(why), "{refused}");
}

#[test]
fn a_start_and_a_reload_log_the_findings_of_check() {
    let installation = Installation::with_config(CONFIG);
    let mut server = Server::start_with(&installation, &[("VESTIBULE_MASTERKEY", "x")]);
    let log = server.log_until("serving");
    assert!(log.contains(&format!("listen={}\n", server.address)), "the log names the chosen port: {log}");
    assert!(log.contains("VESTIBULE_MASTERKEY: is not a variable of Vestibule"), "{log}");
    assert!(log.contains("did you mean VESTIBULE_MASTER_KEY?"), "{log}");
    let off = CONFIG.replace("kind = \"password\"", "kind = \"password\"\nenabled = false");
    std::fs::write(installation.path("vestibule.toml"), off).unwrap();
    server.reload_config();
    let log = server.log_until("the config was read again");
    for finding in [
        "providers: all are disabled: nobody can sign in; set enabled = true on one",
        "app notes: every provider it offers is disabled: nobody can enter",
        "trusted_proxies: public_url is https",
    ] {
        assert!(log.contains(finding), "{finding} in {log}");
    }
}

#[test]
fn with_a_json_log_everything_that_a_server_prints_is_json() {
    let installation = Installation::with_config(CONFIG);
    installation.configure("[log]\nformat = \"json\"\n");
    let message = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|why| panic!("{why}: {line}"));
        line["message"].as_str().unwrap().to_owned()
    };
    let mut command = installation.process(&["serve"]);
    let mut first = ChildProcess(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    let log = log_until(first.0.stderr.as_mut().unwrap(), "\"serving\"");
    assert_eq!(message(log.lines().last().unwrap()), "serving", "{log}");
    assert!(log.lines().map(message).any(|line| line.starts_with("trusted_proxies: ")), "{log}");
    let refused = installation.failure(&["serve"]);
    let last = message(refused.lines().last().unwrap());
    assert!(last.starts_with("vestibule serve: ") && last.contains("vestibule.db is in use"), "{refused}");
    assert!(refused.lines().all(|line| !message(line).is_empty()), "{refused}");
    first.0.kill().unwrap();
    let mut output = String::new();
    first.0.stdout.as_mut().unwrap().read_to_string(&mut output).unwrap();
    assert_eq!(output, "");
}
