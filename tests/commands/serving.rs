//! The file of the database, and the servers that want it.

use std::io::{BufRead as _, BufReader, Read as _};
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
