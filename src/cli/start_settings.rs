//! The settings that a server reads only at its start. A reload can't change them.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::config::{Config, DatabaseUrl, LogSettings};

/// These settings as the server runs with them, so as its start read them.
#[derive(Debug)]
pub struct StartSettings {
    listen: SocketAddr,
    master_key_file: PathBuf,
    database: DatabaseUrl,
    log: LogSettings,
}

impl StartSettings {
    #[must_use]
    pub fn of<S>(config: &Config<S>) -> Self {
        Self {
            listen: config.server.listen,
            master_key_file: config.server.master_key_file.clone(),
            database: config.database.clone(),
            log: config.log,
        }
    }

    /// The keys of `config` that say something else than what runs.
    #[must_use]
    pub fn changed_in<S>(&self, config: &Config<S>) -> Vec<&'static str> {
        let Config { server, database, log, .. } = config;
        let changed = [
            (self.listen != server.listen, "server.listen"),
            (self.master_key_file != server.master_key_file, "server.master_key_file"),
            (!self.database.has_same_address(database), "database.url"),
            (self.database.synchronous() != database.synchronous(), "database.synchronous"),
            (self.log != *log, "log"),
        ];
        changed.into_iter().filter_map(|(changed, what)| changed.then_some(what)).collect()
    }
}
