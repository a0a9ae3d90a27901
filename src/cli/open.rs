//! What several commands begin with: the config, the master key, the database, the signing keys.

use std::path::Path;
use std::sync::Arc;

use crate::base::clock::Clock;
use crate::base::open_file::{OpenConfig, OpenFile};
use crate::base::secret::{MasterKey, Secret};
use crate::config::{self, Config, DatabaseUrl, Environment};
use crate::signer::Signer;
use crate::signer::master_key::{self, MasterKeyError};
use crate::signer::rotation::Schedule;
use crate::store::{Database, Store};
use crate::upstream::registry::{Registry, Settings};

/// Reads the config with the process's own environment over it.
///
/// # Errors
/// Every mistake in it, one a line.
pub fn config(file: &Path) -> Result<Config<Settings>, config::Mistakes> {
    config::load(file, &Environment::of_process(), &Registry)
}

/// Where the config says the database is.
#[must_use]
pub fn database(url: &DatabaseUrl) -> Database {
    match url {
        DatabaseUrl::Sqlite { path, synchronous } => Database::Sqlite { path: path.clone(), synchronous: *synchronous },
        DatabaseUrl::Postgres(url) => Database::Postgres(url.clone()),
    }
}

/// Everything that stands behind a sign-in.
#[derive(Debug)]
pub struct Opened {
    pub store: Arc<Store>,
    pub signer: Arc<Signer>,
    pub master: MasterKey,
}

/// Opens the database, brings its schema up to date, and unseals the signing keys, which are made where there are none.
///
/// # Errors
/// What can't be opened, and the mend.
pub async fn everything(config: &Config<Settings>, clock: &Clock) -> Result<Opened, Box<dyn std::error::Error>> {
    let found = found_master(config)?;
    let store = Arc::new(Store::open(&database(&config.database), clock.clone()).await?);
    let master = match found {
        Some(master) => master,
        None => new_master(config, &store).await?,
    };
    let signer = Arc::new(Signer::open(&store, &master, &schedule(config), clock.clone()).await?);
    Ok(Opened { store, signer, master })
}

/// Makes the master key, unless the database has keys that are sealed under another one: beside a new master key, that one's
/// backup would find its place taken.
///
/// # Errors
/// When there are such keys, or it can't be made.
pub async fn new_master(config: &Config<Settings>, store: &Store) -> Result<MasterKey, Box<dyn std::error::Error>> {
    if store.keys().await?.is_empty() {
        return Ok(master(config)?);
    }
    Err(format!(
        "the master key {} is not there, and the signing keys in {} are sealed under it; put back its backup, or, if it is lost, \
         run `vestibule key rotate --now`",
        config.server.master_key_file.display(),
        store.place()
    )
    .into())
}

/// The master key, from the environment or the file that the config names.
///
/// # Errors
/// When there is none to be read or made.
pub fn master(config: &Config<Settings>) -> Result<MasterKey, MasterKeyError> {
    master_key::load(given_master().as_ref(), &config.server.master_key_file)
}

/// The master key as [`master`] has it, but never made: `None` where the first start will.
///
/// # Errors
/// When what is there can't be used.
pub fn found_master(config: &Config<Settings>) -> Result<Option<MasterKey>, MasterKeyError> {
    master_key::find(given_master().as_ref(), &config.server.master_key_file)
}

fn given_master() -> Option<Secret<String>> {
    let environment = Environment::of_process();
    environment.get(master_key::VARIABLE).map(|key| Secret::new(key.to_owned()))
}

/// The files of secrets that other users can read.
pub fn open_secret_files(config: &Config<Settings>) -> impl Iterator<Item = OpenFile> {
    config.secret_files.iter().filter_map(|path| OpenFile::found(path, &std::fs::metadata(path).ok()?))
}

/// The config file, where it holds secrets that every user can read.
pub fn open_config_file(config: &Config<Settings>) -> Option<OpenConfig> {
    OpenConfig::found(&config.file, &config.secrets_inline)
}

/// When keys come and go, by the tokens that the config's apps receive.
#[must_use]
pub fn schedule(config: &Config<Settings>) -> Schedule {
    Schedule::for_tokens_of(config.apps.iter().map(|app| app.lifetime).max().unwrap_or_default())
}
