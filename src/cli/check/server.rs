//! Checks the master key, the database, and our own address, which every sign-in needs.

use std::path::Path;

use super::listen::{self, OwnServer, Port};
use super::public_url;
use crate::base::clock::Clock;
use crate::base::secret::MasterKey;
use crate::cli::key::{CLOCK_WAS_AHEAD, future_key};
use crate::cli::open::{self, MASTER_KEY_IS_MISSING};
use crate::config::{Config, DatabaseUrl};
use crate::signer;
use crate::signer::master_key::MasterKeyError;
use crate::store::{DatabaseLocation, Schema, Server, Store, StoreError, write_problem};
use crate::upstream::ProviderSettings;
use crate::upstream::probe::{FindingSink, Reporter};

/// The database, as far as the check could look at it.
#[derive(Debug)]
pub enum DatabaseState {
    /// Open, for more checks.
    Open(Box<Store>),
    /// It does not exist yet. The first start makes it.
    Missing,
    /// Its schema is older. The next start changes it.
    Outdated,
    /// It can't be used. A finding says why.
    Unusable,
}

impl DatabaseState {
    pub fn store(&self) -> Option<&Store> {
        match self {
            Self::Open(store) => Some(store),
            Self::Missing | Self::Outdated | Self::Unusable => None,
        }
    }
}

pub async fn check(config: &Config<ProviderSettings>, clock: &Clock, sink: FindingSink<'_>) -> DatabaseState {
    let master = open::existing_master_key(config);
    // Before the database is opened: see `Server::find`.
    let server = Server::find(&open::database(&config.database));
    let own = OwnServer::of(&config.database, &server);
    let store = database(config, server, clock, sink).await;
    let sealed = match store.store() {
        Some(store) => signer::count_in_use(store, clock).await,
        None => Ok(0),
    };
    let sealed = sealed.unwrap_or_else(|why| {
        Reporter::new("signing keys", sink).wrong_from_error(&why);
        0
    });
    master_key(config, &master, sealed, &mut Reporter::new("master key", sink));
    if let (Some(store), Ok(master)) = (store.store(), &master) {
        signing_keys(store, master.as_ref(), sealed, clock, &mut Reporter::new("signing keys", sink)).await;
    }
    disk(&config.database, &mut Reporter::new("disk", sink));
    match listen::check(config, own, &mut Reporter::new("listen", sink)).await {
        Port::Usable => public_url::check(config, &mut Reporter::new("public_url", sink)).await,
        // What answers at `public_url` now says nothing about the proxy.
        Port::Taken => {}
    }
    store
}

/// `sealed`: how many signing keys a master key seals. If there are any, a start makes no master key.
fn master_key(
    config: &Config<ProviderSettings>,
    found: &Result<Option<MasterKey>, MasterKeyError>,
    sealed: usize,
    reporter: &mut Reporter<'_>,
) {
    let path = &config.server.master_key_file;
    let file = path.display();
    match found {
        Ok(Some(_)) => reporter.good("can be read, and its mode lets in nobody else"),
        // The finding about the signing keys reports this.
        Ok(None) if sealed > 0 => {}
        Ok(None) if !is_folder(path.parent()) => {
            reporter
                .wrong(format!("{file} can't be made: its folder does not exist"), "make the folder, or name another");
        }
        Ok(None) => match path.parent().and_then(write_problem) {
            Some(why) => reporter.wrong(format!("{file} can't be made: {why}"), why.fix()),
            None => reporter.good(format!("{file} does not exist yet: the first start makes it")),
        },
        Err(why) => reporter.wrong_from_error(why),
    }
}

async fn database(
    config: &Config<ProviderSettings>,
    server: Result<Option<Server>, StoreError>,
    clock: &Clock,
    sink: FindingSink<'_>,
) -> DatabaseState {
    let mut reporter = Reporter::new("database", sink);
    let place = &config.database;
    let server = match server {
        Ok(server) => server,
        Err(why) => {
            reporter.wrong_from_error(&why);
            return DatabaseState::Unusable;
        }
    };
    let (store, schema) = match Store::open_read_only(&open::database(place), clock.clone()).await {
        Ok(Some(found)) => found,
        Ok(None) => {
            match place {
                DatabaseUrl::Sqlite { path, .. } if !is_folder(path.parent()) => {
                    reporter.wrong(format!("{place} can't be made: its folder does not exist"), "make the folder");
                    return DatabaseState::Unusable;
                }
                DatabaseUrl::Sqlite { .. } | DatabaseUrl::Postgres(_) => {
                    reporter.good(format!("{place} does not exist yet: the first start makes it"));
                    check_rules(config, None, sink).await;
                }
            }
            return DatabaseState::Missing;
        }
        Err(why) => {
            reporter.wrong_from_error(&why);
            return DatabaseState::Unusable;
        }
    };
    let up_to_date = schema == Schema::UpToDate;
    if let Err(why) = store.check_start(schema).await {
        reporter.wrong_from_error(&why);
        store.close().await;
        return DatabaseState::Unusable;
    }
    reporter.good(if up_to_date {
        format!("{place} can be reached, and its schema is up to date")
    } else {
        format!("{place} can be reached; the next start brings its schema up to date")
    });
    if let Some(server) = server {
        let process = server.process.map_or_else(String::new, |process| format!(" (process {process})"));
        reporter.good(format!("a server runs on this database{process}; a second one does not start beside it"));
    }
    if up_to_date {
        check_rules(config, Some(&store), sink).await;
        return DatabaseState::Open(Box::new(store));
    }
    store.close().await;
    DatabaseState::Outdated
}

/// Every sign-in writes, so a full disk stops them all.
fn disk(database: &DatabaseUrl, reporter: &mut Reporter<'_>) {
    match database {
        DatabaseUrl::Sqlite { path, .. } => {
            let file = DatabaseLocation::File(path.clone());
            if let Some(what) = file.free_bytes().and_then(|free| nearly_full(&file, free)) {
                reporter.warn(what, "make room there, or move the database to a larger disk");
            }
        }
        DatabaseUrl::Postgres(_) => {}
    }
}

/// The warning about a disk with few free bytes.
fn nearly_full(file: &DatabaseLocation, free: u64) -> Option<String> {
    const FEW_MIB: u64 = 100;
    let free = free >> 20;
    (free < FEW_MIB)
        .then(|| format!("the disk of {file} is nearly full: {free} MiB free. Sign-ins fail when it is full"))
}

async fn check_rules(config: &Config<ProviderSettings>, store: Option<&Store>, sink: FindingSink<'_>) {
    if let Err(why) = super::apps::check_accounts_and_groups(config, store, sink).await {
        Reporter::new("accounts", sink).wrong_from_error(&why);
    }
}

async fn signing_keys(
    store: &Store,
    master: Option<&MasterKey>,
    sealed: usize,
    clock: &Clock,
    reporter: &mut Reporter<'_>,
) {
    let opened = match master {
        Some(master) => signer::count_opened_by(master, store, clock).await,
        None if sealed > 0 => {
            let what = format!("{sealed} are sealed under a master key that is missing");
            return reporter.wrong(what, MASTER_KEY_IS_MISSING);
        }
        None => Ok(0),
    };
    match opened {
        Ok(0) => reporter.good("none yet: the first start makes one"),
        Ok(opened) => reporter.good(format!("{opened} opened by the master key")),
        Err(why) => reporter.wrong_from_error(&why),
    }
    // If the database fails, the findings above say so.
    for key in signer::made_in_future(store, clock).await.unwrap_or_default() {
        reporter.warn(future_key(&key), CLOCK_WAS_AHEAD);
    }
}

fn is_folder(path: Option<&Path>) -> bool {
    path.is_some_and(Path::is_dir)
}

#[cfg(test)]
mod tests {
    use super::{DatabaseLocation, nearly_full};

    #[test]
    fn a_disk_with_less_than_100_mib_is_nearly_full() {
        let file = DatabaseLocation::File("/srv/vestibule.db".into());
        assert_eq!(nearly_full(&file, 100 << 20), None);
        assert_eq!(
            nearly_full(&file, (100 << 20) - 1).as_deref(),
            Some("the disk of /srv/vestibule.db is nearly full: 99 MiB free. Sign-ins fail when it is full")
        );
        assert!(nearly_full(&file, 0).is_some());
    }

    #[test]
    fn the_free_space_of_a_missing_file_is_that_of_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        assert!(DatabaseLocation::File(folder.path().join("vestibule.db")).free_bytes().is_some());
    }
}
