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
