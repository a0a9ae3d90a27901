//! Checks each app: the addresses of its tokens, the people who can enter, and settings that weaken a rule.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::ids::{AppId, Group, ProviderId};
use crate::base::shell;
use crate::base::username::Username;
use crate::config::{Config, Provider};
use crate::signin::app::{App, KeyDelivery, ResponseMode, Rule};
use crate::store::{Store, StoreError};
use crate::upstream::ProviderSettings;
use crate::upstream::probe::{FindingSink, Reporter};
use crate::upstream::settings::Email;

/// `compared`: the app whose Galène groups are compared later.
pub fn check(config: &Config<ProviderSettings>, compared: Option<&AppId>, sink: FindingSink<'_>) {
    let names = SampleNames::of(config);
    for app in &config.apps {
        let mut reporter = Reporter::new(format!("app {}", app.id), sink);
        if !app.enabled {
            reporter.good("disabled: nobody gets a token for it");
            continue;
        }
        reporter.good(token_delivery(app));
        reporter.good(format!("not tried: {}", not_tried(app, compared)));
        if app.response_mode == ResponseMode::Query {
            reporter.warn(
                "delivery = \"query\": tokens appear in the app's access log, and in the browser's history",
                "keep queries out of that log; an app that reads the fragment needs none of this",
            );
        }
        for address in app.addresses.listed.iter().filter(|address| address.contains('*')) {
            reporter.warn(
                format!("tokens go to {address}, but * is not a wildcard there: no other address matches"),
                "write each address into `locations`; for rooms, room_location with {room} in place of the *",
            );
        }
        let offered = offered(config, app);
        if offered.is_empty() {
            reporter.wrong("every provider it offers is disabled: nobody can enter", "enable one, or disable the app");
            continue;
        }
        check_usernames(app, &names, &offered, &mut reporter);
        for rule in &app.rules {
            if let Some((why, fix)) = unmet_condition(rule, &offered) {
                reporter.warn(format!("{} can never be met: {why}", rule.name), fix);
            } else if trusts_every_provider(app, rule, &offered) {
                reporter.warn(
                    format!(
                        "{} trusts the e-mail addresses of any provider, also of one that is added later",
                        rule.name
                    ),
                    "name `providers` beside `email_domains`",
                );
            }
        }
    }
}

/// Names what was not tried: only a person can find out what the app does with a token.
fn not_tried(app: &App, compared: Option<&AppId>) -> String {
    match app.kind.keys {
        KeyDelivery::Fetched => "whether the app is there and accepts a token; a sign-in shows it".to_owned(),
        KeyDelivery::GaleneGroups if compared == Some(&app.id) => {
            "whether Galène lets a person in; a sign-in shows it".to_owned()
        }
        KeyDelivery::GaleneGroups => {
            format!("what Galène's groups say; `vestibule check --app {}` compares it", app.id)
        }
    }
}

/// The accounts and groups that rules name. If an account does not exist, the next person who gets its name may enter.
/// `store` is `None` before the first start.
///
/// # Errors
/// When the database fails.
pub async fn check_accounts_and_groups(
    config: &Config<ProviderSettings>,
    store: Option<&Store>,
    sink: FindingSink<'_>,
) -> Result<(), StoreError> {
    let held = match store {
        Some(store) => store.groups().await?,
        None => BTreeMap::new(),
    };
    for app in config.apps.iter().filter(|app| app.enabled) {
        let mut reporter = Reporter::new(format!("app {}", app.id), sink);
        let offered = offered(config, app);
        for rule in &app.rules {
            unknown_groups(rule, &offered, &held, &mut reporter);
            for name in rule.accounts.iter().flatten() {
                let holder = match store {
                    Some(store) => store.holder(name).await?,
                    None => None,
                };
                let (consequence, fix) = match holder {
                    Some(holder) if holder.folded() == name.folded() => continue,
                    Some(other) => {
                        let consequence = format!("it only looks like the account {other}, and has other letters");
                        (consequence, format!("write \"{other}\""))
                    }
                    None => missing_account(name, &providers_of_rule(rule, &offered)),
                };
                reporter
                    .warn(format!("{} names the account {name}, which does not exist: {consequence}", rule.name), fix);
            }
        }
    }
    Ok(())
}

/// Groups of the rule that no account has and no provider gives. They may be misspelt.
fn unknown_groups(
    rule: &Rule,
    offered: &[&Provider<ProviderSettings>],
    held: &BTreeMap<Group, u64>,
    reporter: &mut Reporter<'_>,
) {
    let mapped: BTreeSet<&Group> =
        providers_of_rule(rule, offered).iter().flat_map(|provider| provider.groups.values()).collect();
    let known: BTreeSet<&Group> = held.keys().chain(mapped).collect();
    for group in rule.groups.iter().flatten().filter(|group| !known.contains(group)) {
        let names: Vec<_> = known.iter().map(|group| group.as_str()).collect();
        let others = if names.is_empty() { String::new() } else { format!("; known groups: {}", names.join(", ")) };
        reporter.warn(
            format!(
                "{} asks for the group {group}, which no account has and no provider's `groups` gives{others}",
                rule.name
            ),
            format!("vestibule user group add ACCOUNT {}", shell::operand(group.as_str())),
        );
    }
}

/// The providers that the app offers.
fn offered<'c>(config: &'c Config<ProviderSettings>, app: &App) -> Vec<&'c Provider<ProviderSettings>> {
    config.providers.iter().filter(|one| one.enabled && app.offers(&one.id)).collect()
}

/// The offered providers that the rule names, or all if it names none.
fn providers_of_rule<'c>(
    rule: &Rule,
    offered: &[&'c Provider<ProviderSettings>],
) -> Vec<&'c Provider<ProviderSettings>> {
    let named = |id: &ProviderId| rule.providers.as_ref().is_none_or(|named| named.contains(id));
    offered.iter().copied().filter(|provider| named(&provider.id)).collect()
}

/// What follows if a rule names an account that does not exist, and the fix.
fn missing_account(name: &Username, by: &[&Provider<ProviderSettings>]) -> (String, String) {
    let provisions = |provider: &&Provider<ProviderSettings>| provider.first_login.template().is_some();
    let name = shell::operand(name.as_str());
    let link = format!("vestibule identity link --new PROVIDER ISSUER SUBJECT {name}");
    if by.iter().any(provisions) {
        ("the next person who gets that name enters".to_owned(), link)
    } else if by.iter().any(|provider| provider.settings.hashing().is_some()) {
        ("nobody can enter by it".to_owned(), format!("vestibule user add {name}"))
    } else {
        ("nobody can enter by it".to_owned(), link)
    }
}

/// Where the app's tokens go, how, and how long they are valid.
fn token_delivery(app: &App) -> String {
    let addresses: Vec<String> = app.addresses.texts().collect();
    let way = match app.response_mode {
        ResponseMode::Fragment => "in the fragment",
        ResponseMode::Query => "in the query",
    };
    format!(
        "tokens at {}, {way} as `{}`, valid for {} s",
        addresses.join(", "),
        app.token_parameter,
        app.lifetime.as_secs()
    )
}

/// A sample of the names that each template gives. Made once for all apps: thousands of apps may offer as many
/// providers, and these mostly share a template.
struct SampleNames<'c>(BTreeMap<&'c str, Username>);

impl<'c> SampleNames<'c> {
    fn of(config: &'c Config<ProviderSettings>) -> Self {
        let mut names = BTreeMap::new();
        for template in config.providers.iter().filter_map(|provider| provider.first_login.template()) {
            if !names.contains_key(template.text())
                && let Ok(name) = template.sample()
            {
                names.insert(template.text(), name);
            }
        }
        Self(names)
    }
}

/// Checks that the app accepts the names that new accounts get.
fn check_usernames(
    app: &App,
    names: &SampleNames<'_>,
    offered: &[&Provider<ProviderSettings>],
    reporter: &mut Reporter<'_>,
) {
    let refused = |(text, name): (&&str, &Username)| {
        let why = (app.kind.check_username)(name.as_str()).err()?;
        Some(((*text).to_owned(), format!("gives names such as \"{name}\": {why}")))
    };
    let refused: BTreeMap<String, String> = names.0.iter().filter_map(refused).collect();
    if refused.is_empty() {
        return;
    }
    for provider in offered {
        if let Some(why) = provider.first_login.template().and_then(|template| refused.get(template.text())) {
            let what = format!("provider {} {why}", provider.id);
            reporter.wrong(what, format!("change `username` of [provider.{}]", provider.id));
        }
    }
}

/// Whether the rule accepts a verified address from every provider, also from one that is added later.
fn trusts_every_provider(app: &App, rule: &Rule, offered: &[&Provider<ProviderSettings>]) -> bool {
    let offers_only_one = app.providers.is_some() && offered.len() == 1;
    rule.email_domains.is_some() && rule.providers.is_none() && !offers_only_one
}

/// How to get addresses from one of these providers, if one can give them.
fn email_fix(by: &[&Provider<ProviderSettings>]) -> String {
    let fix = |provider: &&Provider<ProviderSettings>| match provider.settings.email(&provider.id) {
        Email::NotRequested { fix } => Some(fix),
        Email::MayCome | Email::NeverComes => None,
    };
    by.iter().find_map(fix).unwrap_or_else(|| {
        let kinds: BTreeSet<_> = by.iter().map(|provider| provider.kind).collect();
        let kinds = kinds.into_iter().collect::<Vec<_>>().join(", ");
        format!("use `groups` or `accounts` in the rule instead: people who sign in with {kinds} have no address here")
    })
}

/// Why nobody can meet this rule, if the config shows it, and the fix.
fn unmet_condition(rule: &Rule, offered: &[&Provider<ProviderSettings>]) -> Option<(String, String)> {
    let by = providers_of_rule(rule, offered);
    if by.is_empty() {
        return Some(("its providers are disabled".to_owned(), "enable one, or leave the rule out".to_owned()));
    }
    if rule.email_domains.is_some() && by.iter().all(|provider| provider.settings.email(&provider.id) != Email::MayCome)
    {
        let why = "it has email_domains, but no provider is asked for an address".to_owned();
        return Some((why, email_fix(&by)));
    }
    None
}
