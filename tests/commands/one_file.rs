//! A SQLite file that two servers, or a server and a command, know by different names or have replaced.

use std::os::unix::fs::symlink;

use super::installation::Installation;
use super::serving::{CONFIG, Server};

/// A config that names the database by another path.
fn naming(database: &str) -> String {
    CONFIG.replace("sqlite:vestibule.db", &format!("sqlite:{database}"))
}

fn write_config(installation: &Installation, text: &str) {
    std::fs::write(installation.path("vestibule.toml"), text).unwrap();
}

#[test]
fn a_second_server_is_refused_under_every_name_of_the_file() {
    let installation = Installation::with_config(CONFIG);
    let first = Server::start(&installation);
    symlink(installation.path("vestibule.db"), installation.path("link.db")).unwrap();
    symlink(installation.folder(), installation.path("folder")).unwrap();
    for name in ["link.db", "folder/vestibule.db"] {
        write_config(&installation, &naming(name));
        let refused = installation.failure(&["serve"]);
        assert!(refused.contains("is in use: another server (process ") && refused.contains(name), "{refused}");
        assert!(installation.check().contains("a server runs on this database (process "), "{name}");
        assert!(installation.stdout(&["user", "list"]).contains("No accounts"), "{name}");
    }
    std::fs::hard_link(installation.path("vestibule.db"), installation.path("hard.db")).unwrap();
    write_config(&installation, &naming("hard.db"));
    let refused = installation.failure(&["serve"]);
    assert!(refused.contains("hard.db is in use: another server serves it"), "{refused}");
    for output in [installation.check(), installation.failure(&["user", "add", "ada", "--generate"])] {
        assert!(output.contains("is in use by a server under another name"), "{output}");
    }
    std::fs::remove_file(installation.path("hard.db")).unwrap();
    write_config(&installation, CONFIG);
    std::fs::remove_file(installation.path("vestibule.db-server")).unwrap();
    let refused = installation.failure(&["serve"]);
    assert!(refused.contains("vestibule.db is in use: another server serves it"), "no process is known: {refused}");
    assert!(installation.check().contains("a server runs on this database; a second one"), "no lock file");
    drop(first);
    drop(Server::start(&installation));
}

#[test]
fn commands_and_check_notice_that_the_running_server_has_another_file_open() {
    let installation = Installation::with_config(CONFIG);
    installation.stdout(&["user", "add", "grace", "--generate"]);
    std::fs::copy(installation.path("vestibule.db"), installation.path("backup.db")).unwrap();
    let server = Server::start(&installation);
    std::fs::rename(installation.path("backup.db"), installation.path("vestibule.db")).unwrap();
    let message = "was deleted or replaced while a server runs on it: the running server (process ";
    let commands: [&[&str]; 4] =
        [&["user", "list"], &["user", "disable", "grace"], &["user", "add", "ada", "--generate"], &["audit"]];
    for command in commands {
        let refused = installation.failure(command);
        assert!(refused.contains(message) && refused.contains("; restart the server"), "{command:?}: {refused}");
    }
    let checked = installation.check();
    assert!(checked.contains("BAD  database: ") && checked.contains(message), "{checked}");
    std::fs::remove_file(installation.path("vestibule.db")).unwrap();
    assert!(installation.check().contains(message), "a deleted file");
    assert!(installation.failure(&["user", "add", "ada", "--generate"]).contains(message), "a deleted file");
    assert!(!installation.path("vestibule.db").exists(), "no new database beside the server's");
    drop(server);
}

#[test]
fn commands_and_check_notice_that_the_file_was_emptied_under_the_server() {
    let installation = Installation::with_config(CONFIG);
    let server = Server::start(&installation);
    std::fs::OpenOptions::new().write(true).open(installation.path("vestibule.db")).unwrap().set_len(0).unwrap();
    let emptied = "a server runs on the file, and it was emptied";
    let (checked, refused) = (installation.check(), installation.failure(&["user", "add", "ada", "--generate"]));
    let found = checked.lines().find(|line| line.contains(emptied)).unwrap_or_else(|| panic!("{checked}"));
    assert!(found.starts_with("BAD  database: ") && refused.contains(emptied), "{checked}{refused}");
    drop(server);
}
