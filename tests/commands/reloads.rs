//! Reloads by SIGHUP: what the log says about them.

use super::installation::Installation;
use super::serving::{CONFIG, Server};

/// Writes this config, sends SIGHUP, and returns the log of the reload.
fn reload(installation: &Installation, server: &mut Server, config: &str) -> String {
    std::fs::write(installation.path("vestibule.toml"), config).unwrap();
    server.reload_config();
    server.log_until("the config was read again")
}

#[test]
fn a_reload_names_what_waits_for_the_next_start_as_long_as_it_differs_from_what_runs() {
    let installation = Installation::with_config(CONFIG);
    let mut server = Server::start(&installation);
    let database = "sqlite:vestibule.db";
    for (from, to, key) in [
        ("127.0.0.1:0", "127.0.0.1:1", "server.listen"),
        ("[database]", "master_key_file = \"other.key\"\n[database]", "server.master_key_file"),
        (database, "sqlite:other.db", "database.url"),
        ("[[provider]]", "synchronous = \"full\"\n[[provider]]", "database.synchronous"),
        ("[database]", "[log]\nlevel = \"debug\"\n[database]", "log"),
    ] {
        let changed = CONFIG.replacen(from, to, 1);
        for round in ["at once", "at the next reload"] {
            let log = reload(&installation, &mut server, &changed);
            let warning = "this changed in the config, and takes effect at the next start what=\"";
            assert_eq!(log.matches(warning).count(), 1, "{key}, {round}: {log}");
            assert!(log.contains(&format!("{warning}{key}\"")), "{key}, {round}: {log}");
        }
        let log = reload(&installation, &mut server, CONFIG);
        assert!(!log.contains("next start"), "{key} is as it runs: {log}");
    }
}

#[test]
fn a_start_and_a_reload_warn_of_passwords_that_no_longer_work() {
    let installation = Installation::with_config(CONFIG);
    for name in ["ada", "grace"] {
        installation.stdout(&["user", "add", name, "--generate"]);
    }
    let mut server = Server::start(&installation);
    let renamed = CONFIG.replace("id = \"local\"", "id = \"own\"").replace("[\"local\"]", "[\"own\"]");
    let unlinked = "provider own: accounts whose password does not work, since it is not linked to this provider: 2; \
                    give the provider its former id back, or link them: vestibule user passwd NAME";
    std::fs::write(installation.path("vestibule.toml"), &renamed).unwrap();
    server.reload_config();
    let log = server.log_until("accounts whose password does not work");
    assert!(log.contains(unlinked), "{log}");
    drop(server);
    let log = Server::start(&installation).log_until("accounts whose password does not work");
    assert!(log.contains(unlinked), "{log}");
    assert!(installation.check().contains("not linked to this provider: 2 → give the provider its former id back"));

    // Each fix works.
    installation.stdout(&["user", "passwd", "ada", "--generate"]);
    assert!(installation.check().contains("not linked to this provider: 1 →"));
    std::fs::write(installation.path("vestibule.toml"), CONFIG).unwrap();
    assert!(!installation.check().contains("not linked"), "{}", installation.check());
}

#[test]
fn a_trial_login_with_an_unlinked_password_names_a_command_that_works() {
    let installation = Installation::with_config(CONFIG);
    installation.stdout_with_input(&["user", "add", "grace", "--password-stdin"], PASSWORD);
    let renamed = CONFIG.replace("id = \"local\"", "id = \"own\"").replace("[\"local\"]", "[\"own\"]");
    std::fs::write(installation.path("vestibule.toml"), renamed).unwrap();
    let login = ["login", "--provider", "own", "--username", "grace", "--password-stdin"];
    let (success, output) = installation.run_with_input(&login, PASSWORD);
    assert!(!success && !output.contains("identity link"), "{output}");
    let (_, command) = output.split_once("link the account: vestibule ").unwrap_or_else(|| panic!("{output}"));
    let command: Vec<&str> = command.lines().next().unwrap().split(' ').chain(["--password-stdin"]).collect();
    assert_eq!(command[..3], ["user", "passwd", "--by-id"]);
    installation.stdout_with_input(&command, PASSWORD);
    assert!(installation.run_with_input(&login, PASSWORD).0);
}

const PASSWORD: &str = "correct horse battery staple";
