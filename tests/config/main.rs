//! Configs as an operator writes them, and the messages about mistakes.

#![cfg(test)]

mod addresses;
mod app;
mod apple;
mod client_key;
mod database;
mod examples;
mod first_login;
mod galene;
mod google;
mod identity_settings;
mod keys;
mod ldap;
mod microsoft;
mod oauth2;
mod oidc;
mod passwords;
mod pam;
mod provider;
mod whole_file;
mod xmpp;

use std::any::Any;
use std::path::Path;
use std::sync::Arc;

use vestibule::config::{Config, Environment, Provider, read};
use vestibule::upstream::settings::KindSettings;
use vestibule::upstream::{KINDS, ProviderSettings};

/// Valid examples of the parts that every config needs.
const SERVER: &str = "[server]\npublic_url = \"https://auth.example.org\"\n";
const PROVIDER: &str = r#"[[provider]]
id = "uni"
kind = "oidc"
name = "Example University"
issuer = "https://sso.example.edu"
client_id = "vestibule"
client_secret = "s3cret-of-uni"
"#;
const APP: &str = r#"[[app]]
id = "notes"
kind = "plain"
name = "Notes"
url = "https://notes.example.org/"
[[app.allow]]
"#;

/// The settings that the provider's kind read.
fn settings_of<T: KindSettings>(provider: &Provider<ProviderSettings>) -> Arc<T> {
    let settings: ProviderSettings = Arc::clone(&provider.settings);
    let settings: Arc<dyn Any + Send + Sync> = settings;
    settings.downcast().expect("the provider should be of this kind")
}

fn good(text: &str) -> Config<ProviderSettings> {
    read(text, Path::new("vestibule.toml"), &Environment::default(), &KINDS).unwrap()
}

/// All mistakes, one a line.
fn mistakes(text: &str) -> String {
    mistakes_with(text, &[])
}

fn mistakes_with(text: &str, variables: &[(&str, &str)]) -> String {
    let environment: Environment = variables.iter().copied().collect();
    let found = read(text, Path::new("vestibule.toml"), &environment, &KINDS).expect_err("a mistake");
    assert!(found.iter().count() > 0, "refused without a mistake");
    found.to_string()
}
