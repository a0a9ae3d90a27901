//! Opens the config, the master key, the database and the signing keys, for several commands.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use super::console::print_error;
use crate::base::clock::Clock;
use crate::base::exposed_file::{ExposedConfig, ExposedFile};
use crate::base::secret::{MasterKey, Secret};
use crate::config::{self, Config, DatabaseUrl, Environment};
use crate::signer::master_key::{self, MasterKeyError};
use crate::signer::rotation::Schedule;
use crate::signer::{self, Signer};
use crate::store::{Database, Schema, Server, Store, StoreError, Upgrade};
use crate::upstream::{KINDS, ProviderSettings};

/// Reads the config. Variables of the process's environment override its values.
///
/// # Errors
/// Every mistake in it, one a line.
pub fn config(file: &Path) -> Result<Config<ProviderSettings>, config::Mistakes> {
    config::load(file, &Environment::of_process(), &KINDS)
}

/// Where the config says the database is.
#[must_use]
pub fn database(url: &DatabaseUrl) -> Database {
    match url {
        DatabaseUrl::Sqlite { path, synchronous } => Database::Sqlite { path: path.clone(), synchronous: *synchronous },
        DatabaseUrl::Postgres(url) => Database::Postgres(url.clone()),
    }
}

/// The error if no temporary folder can be made.
#[must_use]
pub fn no_temporary_folder(why: &std::io::Error) -> String {
    let folder = std::env::temp_dir();
    format!("no temporary folder can be made in {}: {why}; name another in TMPDIR", folder.display())
}

/// The store and the keys that sign-ins need.
#[derive(Debug)]
pub struct ServerContext {
    pub store: Arc<Store>,
    pub signer: Arc<Signer>,
    pub master: MasterKey,
}

/// Opens the database, brings its schema up to date, and unseals the signing keys. The first start makes a master key
/// and a signing key. No master key is made if another one seals the signing keys.
///
/// # Errors
/// Names what can't be opened, and the fix.
pub async fn server_context(
    config: &Config<ProviderSettings>,
    clock: &Clock,
) -> Result<ServerContext, Box<dyn std::error::Error>> {
    let found = existing_master_key(config)?;
    let store = Arc::new(Store::open(&database(&config.database), clock.clone()).await?);
    if let Some(Upgrade { from, to }) = store.upgraded() {
        tracing::info!(place = %store.location(), from, to, "the database had an older schema; it is up to date now");
    }
    let master = if let Some(master) = found {
        master
    } else {
        ensure_no_signing_keys(config, &store, clock).await?;
        load_or_make_master_key(config)?
    };
    let signer = Arc::new(Signer::open(&store, &master, &schedule(config), clock.clone()).await?);
    Ok(ServerContext { store, signer, master })
}

/// Checks that the running server, if there is one, has the database open that a command would open.
///
/// # Errors
/// When it has another file open: the file was replaced, or has several names.
pub fn ensure_same_file(config: &Config<ProviderSettings>) -> Result<(), StoreError> {
    Server::find(&database(&config.database)).map(|_| ())
}

/// Opens the database for reading, without making or changing it. `None`: it does not exist yet.
///
/// # Errors
/// When it can't be used, or its schema is not this binary's.
pub async fn existing_database(
    config: &Config<ProviderSettings>,
    clock: &Clock,
) -> Result<Option<Store>, Box<dyn std::error::Error>> {
    with_our_schema(config, Store::open_read_only(&database(&config.database), clock.clone()).await?).await
}

/// As [`existing_database`], but for reading and writing.
///
/// # Errors
/// When it can't be used, or its schema is not this binary's.
pub async fn existing_database_to_change(
    config: &Config<ProviderSettings>,
    clock: &Clock,
) -> Result<Option<Store>, Box<dyn std::error::Error>> {
    with_our_schema(config, Store::open_existing(&database(&config.database), clock.clone()).await?).await
}

async fn with_our_schema(
    config: &Config<ProviderSettings>,
    opened: Option<(Store, Schema)>,
) -> Result<Option<Store>, Box<dyn std::error::Error>> {
    let Some((store, schema)) = opened else { return Ok(None) };
    let why = match store.is_up_to_date(schema) {
        Ok(true) => return Ok(Some(store)),
        Ok(false) => {
            let place = &config.database;
            format!("the database {place} has no schema yet, or an older one; `vestibule serve` brings it up to date")
                .into()
        }
        Err(why) => why.into(),
    };
    store.close().await;
    Err(why)
}

/// Waits for `opening`. Prints a line if that takes long: a server may still be starting, or have no connection left,
/// or an instance may be changing the schema.
pub async fn with_note_if_slow<T>(database: &DatabaseUrl, opening: impl Future<Output = T>) -> T {
    const SLOW: Duration = Duration::from_secs(1);
    let mut opening = pin!(opening);
    match database {
        DatabaseUrl::Sqlite { .. } => {}
        DatabaseUrl::Postgres(_) => match tokio::time::timeout(SLOW, &mut opening).await {
            Ok(opened) => return opened,
            Err(_) => print_error(format_args!("Still opening the database {database}")),
        },
    }
    opening.await
}

/// The master key from the environment, or from the file that the config names. Makes the file if it does not exist.
///
/// # Errors
/// When the master key can be neither read nor made.
pub fn load_or_make_master_key(config: &Config<ProviderSettings>) -> Result<MasterKey, MasterKeyError> {
    master_key::load(master_key_variable().as_ref(), &config.server.master_key_file)
}

/// As [`load_or_make_master_key`], but makes nothing. `None`: the first start will make it.
///
/// # Errors
/// When the master key can't be used.
pub fn existing_master_key(config: &Config<ProviderSettings>) -> Result<Option<MasterKey>, MasterKeyError> {
    master_key::find(master_key_variable().as_ref(), &config.server.master_key_file)
}

/// The master key that opens the signing keys of `store`; `None`: there is neither a master key nor a signing key.
///
/// # Errors
/// When there are signing keys, and no master key, or one that does not open them.
pub async fn verified_master_key(
    config: &Config<ProviderSettings>,
    store: &Store,
    clock: &Clock,
) -> Result<Option<MasterKey>, Box<dyn std::error::Error>> {
    let found = existing_master_key(config)?;
    match &found {
        Some(master) => drop(signer::count_opened_by(master, store, clock).await?),
        None => ensure_no_signing_keys(config, store, clock).await?,
    }
    Ok(found)
}

/// Checks that the database has no signing keys. If it has none, a missing master key is not lost: it was not made yet.
async fn ensure_no_signing_keys(
    config: &Config<ProviderSettings>,
    store: &Store,
    clock: &Clock,
) -> Result<(), Box<dyn std::error::Error>> {
    match signer::count_in_use(store, clock).await? {
        0 => Ok(()),
        keys => Err(format!(
            "there is no master key: {} does not exist and {} is not set, but a master key seals the signing keys in \
             {} ({keys}); {MASTER_KEY_IS_MISSING}",
            config.server.master_key_file.display(),
            master_key::VARIABLE,
            store.location(),
        )
        .into()),
    }
}

/// The fix for signing keys whose master key is missing.
pub const MASTER_KEY_IS_MISSING: &str = "put back the backup of the master key, or set VESTIBULE_MASTER_KEY to the \
                                         value that the service uses; if the key is lost, run `vestibule key rotate \
                                         --now`";

/// A variable that is not UTF-8 is not ignored: it then fails as a master key.
fn master_key_variable() -> Option<Secret<String>> {
    let environment = Environment::of_process();
    environment.get(master_key::VARIABLE).map(|key| Secret::new(key.to_string_lossy().into_owned()))
}

/// The files that a first start makes, if they don't exist.
#[must_use]
pub fn missing_files(config: &Config<ProviderSettings>) -> Vec<PathBuf> {
    let database = match &config.database {
        DatabaseUrl::Sqlite { path, .. } => Some(path),
        DatabaseUrl::Postgres(_) => None,
    };
    let files = database.into_iter().chain([&config.server.master_key_file]);
    files.filter(|file| !file.exists()).cloned().collect()
}

/// A warning about a file that root has just made in another user's folder. `None`: root did not make it.
#[must_use]
pub fn root_ownership_warning(file: &Path) -> Option<String> {
    let (made, folder) = (std::fs::metadata(file).ok()?, std::fs::metadata(file.parent()?).ok()?);
    (made.uid() == 0 && folder.uid() != 0).then(|| {
        format!(
            "{} was made by root, in a folder of uid {}: a service that runs as that user can't use it; give it to \
             that user: chown --reference={} {}",
            file.display(),
            folder.uid(),
            file.parent().unwrap_or(file).display(),
            file.display()
        )
    })
}

/// The files of secrets that other users can read.
pub fn exposed_secret_files(config: &Config<ProviderSettings>) -> impl Iterator<Item = ExposedFile> {
    config.secret_files.iter().filter_map(|path| ExposedFile::check(path, &std::fs::metadata(path).ok()?))
}

/// The config file, if it holds secrets and every user can read it.
pub fn exposed_config_file(config: &Config<ProviderSettings>) -> Option<ExposedConfig> {
    ExposedConfig::check(&config.file, &config.secrets_inline)
}

/// The key rotation schedule for the longest lifetime of a token in the config.
#[must_use]
pub fn schedule(config: &Config<ProviderSettings>) -> Schedule {
    Schedule::for_tokens_of(config.apps.iter().map(|app| app.lifetime).max().unwrap_or_default())
}
