//! The whole file: valid configs, reported mistakes, and overrides by variables.

mod files;
mod secrets;
mod syntax;

mod values;
mod variables;

use std::net::SocketAddr;

use vestibule::config::{Config, DatabaseUrl, Environment, read};
use vestibule::signin::app::ResponseMode;
use vestibule::upstream::oidc::settings::OidcSettings;
use vestibule::upstream::{KINDS, ProviderSettings};

use super::{APP, PROVIDER, SERVER, good, settings_of};

/// Every documented key.
const COMPLETE: &str = include_str!("../complete.toml");

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("uni.secret"), "s3cret-of-uni\n").unwrap();
    std::fs::write(folder.path().join("logo.svg"), "<svg/>").unwrap();
    folder
}

fn in_folder(folder: &tempfile::TempDir, text: &str, variables: &[(&str, &str)]) -> Config<ProviderSettings> {
    let environment: Environment = variables.iter().copied().collect();
    read(text, &folder.path().join("vestibule.toml"), &environment, &KINDS).unwrap()
}

#[test]
fn the_complete_example_is_valid() {
    let folder = folder();
    let config = in_folder(&folder, COMPLETE, &[]);
    assert_eq!(config.server.public_url.as_str(), "https://auth.example.org");
    assert_eq!(config.server.trusted_proxies.len(), 2);
    assert_eq!(config.server.languages.first().unwrap().to_string(), "en");
    let DatabaseUrl::Sqlite { path, .. } = &config.database else { panic!("SQLite") };
    assert_eq!(*path, folder.path().join("vestibule.db"));

    let [uni] = config.providers.as_slice() else { panic!("one provider") };
    let oidc = settings_of::<OidcSettings>(uni);
    assert_eq!(oidc.client.secret.as_ref().unwrap().expose(), "s3cret-of-uni");
    assert_eq!(oidc.client.secret_place, "provider.uni.client_secret_file (uni.secret)");
    assert_eq!(uni.groups["urn:uni:staff"].as_str(), "staff");

    let [galene, notes] = config.apps.as_slice() else { panic!("two apps") };
    assert_eq!(galene.response_mode, ResponseMode::Query);
    assert_eq!(galene.addresses.rooms.as_ref().unwrap().text(), "https://galene.example.org:8443/group/{room}/");
    let [rule] = galene.rules.as_slice() else { panic!("one rule") };
    assert_eq!(rule.name.to_string(), "galene.allow[1]");
    assert!(rule.permissions.contains("present"), "`op` stands for several permissions: {:?}", rule.permissions);
    assert_eq!(notes.addresses.listed, ["https://notes.example.org/signed-in"]);
    assert!(notes.require_state);
}

#[test]
fn the_shortest_config_has_sound_defaults() {
    let config = good(&[SERVER, PROVIDER, APP].concat());
    assert_eq!(config.server.listen, SocketAddr::from(([127, 0, 0, 1], 8080)));
    assert_eq!(config.server.languages.len(), 3);
    assert_eq!((config.session.idle.as_secs(), config.session.absolute.as_secs()), (8 * 3600, 7 * 24 * 3600));
    assert_eq!(config.audit.keep.as_secs(), 365 * 24 * 3600);
    assert_eq!(config.admin.fresh.as_secs(), 300);
    let [app] = config.apps.as_slice() else { panic!("one app") };
    assert_eq!((app.response_mode, app.lifetime.as_secs()), (ResponseMode::Fragment, 60));
    assert_eq!(app.addresses.listed, ["https://notes.example.org/"]);
}
