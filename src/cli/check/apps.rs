//! Each app: what it may receive, who can get there, and what bends a rule for it.

use crate::apps::galene;
use crate::base::ids::{AppId, ProviderId};
use crate::config::{Config, Provider};
use crate::signin::arrive::{App, RoomPattern};
use crate::signin::link::FirstLogin;
use crate::signin::permit::Rule;
use crate::signin::send::Channel;
use crate::store::{Store, StoreError};
use crate::upstream::probe::{Speaker, Tell};
use crate::upstream::registry::Settings;

/// `compared`: the app whose groups are looked at later.
pub fn look(config: &Config<Settings>, compared: Option<&AppId>, tell: Tell<'_>) {
    for app in &config.apps {
        let mut to = Speaker::new(format!("app {}", app.id), tell);
        if !app.enabled {
            to.good("switched off: nobody gets a token for it");
            continue;
        }
        to.good(receives(app));
        to.good(format!("not tried: {}", not_tried(app, compared)));
        if app.channel == Channel::Query {
            to.warn(
                "delivery = \"query\": tokens stand in the app's access log, and in the browser's history",
                "keep queries out of that log; an app that reads the fragment needs none of this",
            );
        }
        let offered: Vec<_> = config.providers.iter().filter(|one| one.enabled && app.offers(&one.id)).collect();
        if offered.is_empty() {
            to.wrong("every provider it offers is switched off: nobody can enter", "switch one on, or the app off");
            continue;
        }
        usernames(app, &offered, &mut to);
        for rule in &app.rules {
            if let Some((why, mend)) = unmet(rule, &offered) {
                to.warn(format!("{} can't hold: {why}", rule.name), mend);
            } else if believes_everybody(app, rule, &offered) {
                to.warn(
                    format!("{} believes what any provider says of an address, a later one too", rule.name),
                    "name `providers` beside `email_domains`",
                );
            }
        }
    }
}

/// The app itself is not asked: what it does with a token takes a person.
fn not_tried(app: &App, compared: Option<&AppId>) -> String {
    if app.kind.name != galene::KIND.name {
        return "whether the app is there and takes a token; a sign-in tells".to_owned();
    }
    if compared == Some(&app.id) {
        return "whether Galène lets a person in; a sign-in tells".to_owned();
    }
    format!("what Galène's groups say; `vestibule check --app {}` compares it", app.id)
}

/// The accounts that rules name: one that is not there is anybody's to become. `store` is `None` before the first start.
///
/// # Errors
/// When the database fails.
pub async fn accounts(config: &Config<Settings>, store: Option<&Store>, tell: Tell<'_>) -> Result<(), StoreError> {
    for app in config.apps.iter().filter(|app| app.enabled) {
        let mut to = Speaker::new(format!("app {}", app.id), tell);
        for rule in &app.rules {
            for name in rule.accounts.iter().flatten() {
                let there = match store {
                    Some(store) => store.account_by_name(name).await?.is_some(),
                    None => false,
                };
                if !there {
                    to.warn(
                        format!(
                            "{} names the account {name}, which is not there: the first to get that name enters",
                            rule.name
                        ),
                        format!("vestibule identity link PROVIDER ISSUER SUBJECT {name} --new"),
                    );
                }
            }
        }
    }
    Ok(())
}

/// Where its tokens go, how, and for how long.
fn receives(app: &App) -> String {
    let rooms = app.addresses.rooms.as_ref().map(RoomPattern::text);
    let places: Vec<String> = app.addresses.listed.iter().cloned().chain(rooms).collect();
    let way = match app.channel {
        Channel::Fragment => "in the fragment",
        Channel::Query => "in the query",
    };
    format!(
        "tokens at {}, {way} as `{}`, good for {} s",
        places.join(", "),
        app.token_parameter,
        app.lifetime.as_secs()
    )
}

/// Whether the app takes the names that accounts get.
fn usernames(app: &App, offered: &[&Provider<Settings>], to: &mut Speaker<'_>) {
    for provider in offered {
        let FirstLogin::Provision(template) = &provider.first_login else { continue };
        let Ok(name) = template.sample() else { continue };
        if let Err(why) = (app.kind.takes_username)(name.as_str()) {
            let what = format!("provider {} gives names such as \"{name}\": {why}", provider.id);
            to.wrong(what, format!("change `username` of [provider.{}]", provider.id));
        }
    }
}

/// Whether an address lets in whoever says that it is verified: then a provider that is added later does so, too.
fn believes_everybody(app: &App, rule: &Rule, offered: &[&Provider<Settings>]) -> bool {
    let one_alone = app.providers.is_some() && offered.len() == 1;
    rule.email_domains.is_some() && rule.providers.is_none() && !one_alone
}

/// Why nobody can ever meet this rule, as far as the config alone tells.
fn unmet(rule: &Rule, offered: &[&Provider<Settings>]) -> Option<(String, String)> {
    let named = |id: &ProviderId| rule.providers.as_ref().is_none_or(|named| named.contains(id));
    let by: Vec<_> = offered.iter().filter(|provider| named(&provider.id)).collect();
    if by.is_empty() {
        return Some(("its providers are switched off".to_owned(), "switch one on, or leave the rule out".to_owned()));
    }
    if rule.email_domains.is_some() && by.iter().all(|provider| !provider.settings.asks_for_email()) {
        let why = "email_domains, and no provider is asked for an address".to_owned();
        return Some((why, "add \"email\" to the provider's `scopes`".to_owned()));
    }
    None
}
