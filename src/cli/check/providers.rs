//! Checks each provider: its settings, and its answers.

use std::collections::BTreeSet;

use super::server::DatabaseState;
use crate::base::clock::Clock;
use crate::base::ids::ProviderId;
use crate::cli::unreachable_identities;
use crate::config::preset::Preset;
use crate::config::{Config, PrivateAddresses, Provider, SignInMethod};
use crate::signin::app::App;
use crate::signin::identify::password::OnRefused;
use crate::store::Store;
use crate::upstream::http::Clients;
use crate::upstream::probe::{FindingSink, Reporter, Verdict};
use crate::upstream::relaxed_rule::RelaxedRule;
use crate::upstream::{self, OpenContext, OpenError, ProviderSettings};

/// Checks the settings, without a request to the provider.
pub fn check_settings(config: &Config<ProviderSettings>, sink: FindingSink<'_>) {
    for provider in &config.providers {
        let mut reporter = Reporter::new(format!("provider {}", provider.id), sink);
        if !provider.enabled {
            reporter.good("disabled: nobody can sign in with it, and its sessions are not valid");
            continue;
        }
        if provider.private_addresses == PrivateAddresses::Allowed {
            reporter.warn(
                "allow_private: its addresses may be private ones, and plain http on this machine",
                "leave it out, unless the provider is on this machine or in a network of yours",
            );
        }
        if let Some(template) = provider.first_login.template() {
            if !template.text().contains("{{") {
                reporter.warn(
                    format!(
                        "username = {:?} names no claim: all people get this name, followed by a number",
                        template.text()
                    ),
                    "write a claim, such as username = \"{{ preferred_username }}\"",
                );
            }
            match template.sample() {
                Ok(name) => reporter.good(format!("a new person gets an account, with a name such as \"{name}\"")),
                Err(why) => reporter.warn(
                    format!("the username template {:?} may give no name: {why}", template.text()),
                    "try it with the claims that this provider sends",
                ),
            }
        }
        if !provider.authoritative_domains.is_empty() {
            let domains = provider.authoritative_domains.join(", ");
            reporter.good(format!(
                "authoritative for {domains}: at the first sign-in, a verified address there opens the account that an \
                 admin prepared for it, if nobody has signed in to that account"
            ));
        }
        for RelaxedRule { rule, setting, consequence } in provider.settings.relaxed_rules() {
            let fix = match provider.preset.filter(|preset| sets(preset, &setting)) {
                Some(preset) => format!("the preset sets it, since {} can't do without it", preset.title),
                None => format!("leave out {setting}, unless the provider can't do without it"),
            };
            reporter.warn(format!("{setting}: security rule {rule} does not hold here: {consequence}"), fix);
        }
        for (what, fix) in provider.settings.unmatchable_groups(&provider.groups) {
            reporter.warn(what, fix);
        }
        warn_of_bans(config, provider, &mut reporter);
    }
    if !config.providers.iter().any(|provider| provider.enabled) {
        Reporter::new("providers", sink).wrong("all are disabled: nobody can sign in", "set enabled = true on one");
    }
}

/// Whether the preset has exactly this setting, such as `pkce = false`.
fn sets(preset: &Preset, setting: &str) -> bool {
    preset.config.iter().any(|(key, value)| format!("{key} = {value}") == setting)
}

/// A server that bans addresses should be asked last: a login of the next provider's people first fails there.
fn warn_of_bans(config: &Config<ProviderSettings>, provider: &Provider<ProviderSettings>, reporter: &mut Reporter<'_>) {
    let (Some(bans_after), OnRefused::Next) = (provider.settings.bans_after(), provider.on_refused) else { return };
    let others: BTreeSet<_> = config.apps.iter().flat_map(|app| asked_after(config, app, &provider.id)).collect();
    if others.is_empty() {
        return;
    }
    let others = others.into_iter().map(ProviderId::as_str).collect::<Vec<_>>().join(", ");
    reporter.warn(
        format!(
            "on_refused = \"next\": every login of people of {others} is tried here first, and counts at this server \
             as a failure; it bans Vestibule's address after {bans_after} in a row"
        ),
        format!(
            "name {} last, in the file and in `providers` of apps; or let the server exempt Vestibule's address, and \
             write bans_after = false here",
            provider.id
        ),
    );
}

/// The providers that are asked about a password that this one refuses.
fn asked_after<'c>(
    config: &'c Config<ProviderSettings>,
    app: &'c App,
    first: &ProviderId,
) -> impl Iterator<Item = &'c ProviderId> {
    let asked = |id: &ProviderId| {
        let provider = config.providers.iter().find(|provider| provider.id == *id);
        provider.is_some_and(|provider| provider.enabled && provider.method == SignInMethod::Password)
    };
    let offered: Vec<_> = match &app.providers {
        Some(listed) => listed.iter().collect(),
        None => config.providers.iter().map(|provider| &provider.id).collect(),
    };
    let place = offered.iter().position(|id| *id == first).filter(|_| app.enabled).unwrap_or(offered.len());
    offered.into_iter().skip(place + 1).filter(move |id| asked(id))
}

/// Asks each enabled provider, and checks that a start can open the disabled ones.
pub async fn check(config: &Config<ProviderSettings>, database: &DatabaseState, clock: &Clock, sink: FindingSink<'_>) {
    let store = database.store();
    if let Some(store) = store {
        warn_of_unreachable(config, store, sink).await;
    }
    let mut context = OpenContext { public_url: &config.server.public_url, clock, store, clients: Clients::default() };
    // A start opens disabled providers, too.
    for provider in &config.providers {
        match upstream::open(provider, &mut context) {
            Ok(module) if provider.enabled => {
                module.probe(sink).await;
                let not_tried = not_tried(provider);
                Reporter::new(format!("provider {}", provider.id), sink).good(format!("not tried: {not_tried}"));
            }
            Ok(_) => {}
            Err(OpenError::NoDatabase) if !provider.enabled => {}
            // This is not a mistake: no server has started yet.
            Err(why @ OpenError::NoDatabase) => {
                let why = match database {
                    DatabaseState::Unusable => {
                        "was not looked at, because the database can't be used: see above".to_owned()
                    }
                    DatabaseState::Outdated => {
                        "was not looked at: the next start brings the database up to date first".to_owned()
                    }
                    DatabaseState::Missing | DatabaseState::Open(_) => why.to_string(),
                };
                Reporter::new(format!("provider {}", provider.id), sink).report(Verdict::Warning, why, None);
            }
            Err(why) => Reporter::new(format!("provider {}", provider.id), sink).wrong_from_error(&why),
        }
    }
}

/// Names what the check leaves out because only a person can try it, and tells how to try it.
fn not_tried(provider: &Provider<ProviderSettings>) -> String {
    let untested = provider.settings.untested();
    match provider.method {
        SignInMethod::Redirect => format!("{untested}; that takes a person"),
        SignInMethod::Password => format!("{untested}; `vestibule login --provider {}` tries them", provider.id),
    }
}

async fn warn_of_unreachable(config: &Config<ProviderSettings>, store: &Store, sink: FindingSink<'_>) {
    match unreachable_identities::find(config, store).await {
        Ok(found) => {
            for identities in found {
                Reporter::new(format!("provider {}", identities.provider), sink)
                    .warn(identities.to_string(), &identities.fix);
            }
        }
        Err(why) => Reporter::new("identities", sink).wrong_from_error(&why),
    }
}
