//! What stands behind every sign-in: the master key, the database, and our own address.

use std::path::Path;

use url::Url;

use crate::base::clock::Clock;
use crate::base::secret::MasterKey;
use crate::cli::open;
use crate::config::{Config, DatabaseUrl};
use crate::signer;
use crate::store::{Schema, Store};
use crate::upstream::http::{Http, Reach};
use crate::upstream::probe::{Speaker, Tell};
use crate::upstream::registry::Settings;

/// Gives the database back where it can be asked for more.
pub async fn look(config: &Config<Settings>, clock: &Clock, tell: Tell<'_>) -> Option<Store> {
    let master = master_key(config, &mut Speaker::new("master key", tell));
    let store = database(config, master, clock, tell).await;
    public_url(config, &mut Speaker::new("public_url", tell)).await;
    store
}

/// What became of the master key.
enum Found {
    Key(MasterKey),
    /// The first start makes it.
    YetToBeMade,
    Unusable,
}

fn master_key(config: &Config<Settings>, to: &mut Speaker<'_>) -> Found {
    let file = config.server.master_key_file.display();
    match open::found_master(config) {
        Ok(Some(key)) => {
            to.good("can be read, and by nobody else");
            Found::Key(key)
        }
        Ok(None) if is_folder(config.server.master_key_file.parent()) => {
            to.good(format!("{file} is not there yet: the first start makes it"));
            Found::YetToBeMade
        }
        Ok(None) => {
            to.wrong(format!("{file} can't be made: its folder is not there"), "make the folder, or name another");
            Found::Unusable
        }
        Err(why) => {
            to.wrong_as_told(&why);
            Found::Unusable
        }
    }
}

async fn database(config: &Config<Settings>, master: Found, clock: &Clock, tell: Tell<'_>) -> Option<Store> {
    let mut to = Speaker::new("database", tell);
    let place = &config.database;
    let (store, schema) = match Store::look(&open::database(place), clock.clone()).await {
        Ok(Some(found)) => found,
        Ok(None) => {
            match place {
                DatabaseUrl::Sqlite { path, .. } if !is_folder(path.parent()) => {
                    to.wrong(format!("{place} can't be made: its folder is not there"), "make the folder");
                }
                DatabaseUrl::Sqlite { .. } | DatabaseUrl::Postgres(_) => {
                    to.good(format!("{place} is not there yet: the first start makes it"));
                    accounts(config, None, tell).await;
                }
            }
            return None;
        }
        Err(why) => {
            to.wrong_as_told(&why);
            return None;
        }
    };
    match schema {
        Schema::UpToDate => {
            to.good(format!("{place} can be reached, and its schema is up to date"));
            signing_keys(&store, master, clock, &mut Speaker::new("signing keys", tell)).await;
            accounts(config, Some(&store), tell).await;
            return Some(store);
        }
        Schema::Behind => to.good(format!("{place} can be reached; the next start brings its schema up to date")),
        Schema::Ahead(newest) => to.wrong(
            format!("{place} has a newer schema than this binary knows ({newest})"),
            "start the newer Vestibule again, or restore the backup made before it",
        ),
    }
    store.close().await;
    None
}

async fn accounts(config: &Config<Settings>, store: Option<&Store>, tell: Tell<'_>) {
    if let Err(why) = super::apps::accounts(config, store, tell).await {
        Speaker::new("accounts", tell).wrong_as_told(&why);
    }
}

async fn signing_keys(store: &Store, master: Found, clock: &Clock, to: &mut Speaker<'_>) {
    let opened = match master {
        Found::Key(master) => signer::opened_by(&master, store, clock).await,
        Found::YetToBeMade => match store.keys().await {
            Ok(keys) if keys.is_empty() => Ok(0),
            Ok(keys) => {
                let what = format!("{} are sealed under a master key that is not there", keys.len());
                return to.wrong(what, "put back the backup of the master key; see `vestibule key rotate --help`");
            }
            Err(why) => Err(why.into()),
        },
        Found::Unusable => return,
    };
    match opened {
        Ok(0) => to.good("none yet: the first start makes one"),
        Ok(opened) => to.good(format!("{opened} opened by the master key")),
        Err(why) => to.wrong_as_told(&why),
    }
}

/// Only whether it answers: before the first start nothing does, and this machine may not be where browsers are.
async fn public_url(config: &Config<Settings>, to: &mut Speaker<'_>) {
    let address = config.server.public_url.as_str();
    let mend = "well before the first start; later, look at the proxy and at `listen`";
    let Ok(url) = Url::parse(&format!("{address}/healthz")) else { return };
    let asked = match Http::new(Reach::Private, None) {
        Ok(http) => http.get(&url, None).await.map_err(|why| why.to_string()),
        Err(why) => Err(why.to_string()),
    };
    match asked {
        Ok(answer) if answer.status().is_success() => to.good(format!("{address} answers")),
        Ok(answer) => to.warn(format!("{url} answers with status {}", answer.status().as_u16()), mend),
        Err(why) => to.warn(format!("{address} does not answer from here: {why}"), mend),
    }
}

fn is_folder(path: Option<&Path>) -> bool {
    path.is_some_and(Path::is_dir)
}
