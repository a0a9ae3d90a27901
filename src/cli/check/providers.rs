//! Each provider: what bends a rule for it, and what it says when asked.

use super::house::Looked;
use crate::base::clock::Clock;
use crate::cli::strangers;
use crate::config::{Config, PrivateAddresses};
use crate::signin::link::FirstLogin;
use crate::store::Store;
use crate::upstream::http::Clients;
use crate::upstream::probe::{Speaker, Tell, Verdict};
use crate::upstream::registry::{self, Around, NotOpened, Settings};

/// What the config itself says of them.
pub fn bends(config: &Config<Settings>, tell: Tell<'_>) {
    for provider in &config.providers {
        let mut to = Speaker::new(format!("provider {}", provider.id), tell);
        if !provider.enabled {
            to.good("switched off: nobody comes by it, and sessions that did are dead");
            continue;
        }
        if provider.private_addresses == PrivateAddresses::Allowed {
            to.warn(
                "allow_private: its addresses may be private ones, and plain http on this machine",
                "leave it out, unless the provider stands in a network of yours",
            );
        }
        if let FirstLogin::Provision(template) = &provider.first_login {
            match template.sample() {
                Ok(name) => to.good(format!("somebody new gets an account, called such as \"{name}\"")),
                Err(why) => to.warn(
                    format!("the username template {:?} may give no name: {why}", template.text()),
                    "try it with the claims that this provider sends",
                ),
            }
        }
        for (what, mend) in provider.settings.odd_groups(&provider.groups) {
            to.warn(what, mend);
        }
    }
    if !config.providers.iter().any(|provider| provider.enabled) {
        Speaker::new("providers", tell).wrong("all are switched off: nobody can sign in", "set enabled = true on one");
    }
}

/// Asks each that is switched on.
pub async fn look(config: &Config<Settings>, looked: &Looked, clock: &Clock, tell: Tell<'_>) {
    let store = looked.store();
    if let Some(store) = store {
        strangers(config, store, tell).await;
    }
    let mut around = Around { public_url: &config.server.public_url, clock, store, clients: Clients::default() };
    for provider in config.providers.iter().filter(|provider| provider.enabled) {
        match registry::open(provider, &mut around) {
            Ok(module) => module.probe(tell).await,
            // Nothing is wrong with it: nobody has started anything yet.
            Err(why @ NotOpened::NoDatabase) => {
                let why = match looked {
                    Looked::Unusable => "was not looked at, because the database can't be used: see above".to_owned(),
                    Looked::Behind => {
                        "was not looked at: the next start brings the database up to date first".to_owned()
                    }
                    Looked::NotYet | Looked::At(_) => why.to_string(),
                };
                Speaker::new(format!("provider {}", provider.id), tell).say(Verdict::Warning, why, None);
            }
            Err(why) => Speaker::new(format!("provider {}", provider.id), tell).wrong_as_told(&why),
        }
    }
}

async fn strangers(config: &Config<Settings>, store: &Store, tell: Tell<'_>) {
    match strangers::find(config, store).await {
        Ok(found) => {
            for strangers in found {
                Speaker::new(format!("provider {}", strangers.provider), tell)
                    .warn(strangers.to_string(), &strangers.mend);
            }
        }
        Err(why) => Speaker::new("identities", tell).wrong_as_told(&why),
    }
}
