//! The file of the database, and the servers that want it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};

use super::desk::Desk;

const CONFIG: &str = r#"
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

/// A server, until this is dropped.
struct Server(Child);

impl Server {
    /// Starts one, and waits until it serves.
    fn start(desk: &Desk) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
        command.args(["serve", "--config"]).arg(desk.path("vestibule.toml"));
        let mut server = Self(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
        let first = BufReader::new(server.0.stdout.as_mut().unwrap()).lines().next();
        if !first.is_some_and(|line| line.unwrap().starts_with("Vestibule serves ")) {
            let mut why = String::new();
            server.0.stderr.as_mut().unwrap().read_to_string(&mut why).unwrap();
            panic!("{why}");
        }
        server
    }
}

/// As SIGKILL ends it.
impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn a_second_server_on_one_file_is_refused_and_a_killed_one_is_replaced_at_once() {
    let desk = Desk::of(CONFIG);
    let first = Server::start(&desk);
    let refused = format!(
        "is in use: another server (process {}) serves it; stop that one first, or let several instances use PostgreSQL",
        first.0.id()
    );
    for _ in 0..2 {
        let said = desk.refused(&["serve"]);
        assert!(said.contains("vestibule.db is in use") && said.trim_end().ends_with(&refused), "{said}");
    }
    desk.said_when_told(&["user", "add", "Grace", "--password-stdin"], "correct horse battery staple");
    assert!(desk.said(&["user", "list"]).contains("Grace"), "commands work beside a server");
    drop(first);
    assert!(desk.path("vestibule.db-server").exists(), "the file stays, and the lock does not");
    let _second = Server::start(&desk);
    assert!(desk.said(&["user", "list"]).contains("Grace"));
}

/// What a command says and how it ends, where file modes bind it. They don't bind root, so root gives its rights up.
fn bound_by_modes(desk: &Desk, command: &str) -> (bool, String) {
    let binary = env!("CARGO_BIN_EXE_vestibule");
    let mut process = if rustix::process::geteuid().is_root() {
        let mut process = Command::new("setpriv");
        process.args(["--inh-caps=-all", "--bounding-set=-all", binary]);
        process
    } else {
        Command::new(binary)
    };
    let ran = process.args(command.split(' ')).arg("--config").arg(desk.path("vestibule.toml")).output().unwrap();
    let said = [ran.stdout, ran.stderr].concat();
    (ran.status.success(), String::from_utf8(said).unwrap())
}

#[test]
fn a_file_that_may_not_be_written_is_named_with_owner_mode_and_fix() {
    let desk = Desk::of(CONFIG);
    desk.make_master_key();
    desk.said(&["key", "rotate"]);
    std::fs::write(desk.path("vestibule.db-server"), "").unwrap();
    let files = desk.files();
    let us = rustix::process::geteuid().as_raw();
    for (name, mode, usual) in
        [("vestibule.db", 0o444, 0o600), ("", 0o555, 0o700), ("vestibule.db-server", 0o400, 0o600)]
    {
        let file =
            if name.is_empty() { desk.path("vestibule.db").parent().unwrap().to_owned() } else { desk.path(name) };
        let set_mode = |mode| std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
        set_mode(mode);
        let ran = ["check", "serve", "user list"].map(|command| (command, bound_by_modes(&desk, command)));
        set_mode(usual);
        let reason = format!(
            "vestibule.db may not be used by us: {} belongs to uid {us} and has mode {mode:04o}; this process runs as uid {us}",
            file.display()
        );
        for (command, (success, said)) in ran {
            // Only a server needs the lock.
            if (name, command) == ("vestibule.db-server", "user list") {
                assert!(success, "{said}");
                continue;
            }
            assert!(!success, "{name} {command}: {said}");
            assert!(said.contains(&reason), "{name} {command}: {said}");
            assert!(said.contains("let the user that runs Vestibule write the file and the folder"), "{said}");
            assert!(!said.contains("ok   database"), "{said}");
        }
        assert_eq!(desk.files(), files, "{name}: nothing is left that could be in the way later");
    }
    assert!(bound_by_modes(&desk, "check").1.contains("ok   database"));
}
