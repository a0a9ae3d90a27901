//! `authserver` and `authserver_unknown` of an app: who checks the passwords that the app's own page sends.

use super::known_providers::{AppProviders, reject_duplicates};
use super::reader::{Fault, Section, non_empty_list, one_of};
use crate::apps::AppKinds;
use crate::signin::app::{AppKind, AuthServer, AuthServerSupport, WhenUnknown};

const KEYS: [&str; 2] = ["authserver", "authserver_unknown"];

pub(super) fn read(app: &mut Section, kind: &AppKind, kinds: &AppKinds, providers: AppProviders) -> Option<AuthServer> {
    match kind.authserver {
        AuthServerSupport::Optional => authserver(app, kind, providers),
        AuthServerSupport::None => {
            let kinds_with_it = kinds.names_of(|kind| kind.authserver == AuthServerSupport::Optional);
            for key in KEYS {
                reject_key_of_other_kinds(app, key, &kinds_with_it);
            }
            None
        }
    }
}

/// Refuses a key that only apps of these kinds have.
pub(super) fn reject_key_of_other_kinds(app: &mut Section, key: &str, kinds: &[&str]) {
    let kinds = kinds.iter().map(|kind| format!("\"{kind}\"")).collect::<Vec<_>>().join(" or ");
    let fault =
        Fault::new(format!("is for apps of kind {kinds}: no other app sees a password, or has groups with keys"));
    app.reject_key(key, fault.fix("leave it out"));
}

fn authserver(app: &mut Section, kind: &AppKind, from: AppProviders) -> Option<AuthServer> {
    let words = [("refuse", WhenUnknown::Refuse), ("no_opinion", WhenUnknown::NoOpinion)];
    let unknown = app.optional("authserver_unknown", one_of(&words, &[]));
    if app.has("authserver_unknown") && !app.has("authserver") {
        let fault = Fault::new("has no effect without authserver");
        app.note_fault("authserver_unknown", fault.fix("add authserver, or leave it out"));
    }
    if app.has("authserver") && app.has("room_location") {
        let product = kind.product;
        let fault =
            Fault::new(format!("is for {product}'s own page, but this app has another page, at `room_location`"));
        app.note_fault("authserver", fault.fix("give it to an app without room_location"));
    }
    let providers = app.optional("authserver", non_empty_list(|node| from.password_provider(node)))?;
    reject_duplicates(app, "authserver", &providers);
    Some(AuthServer { providers, unknown: unknown.unwrap_or_default() })
}
