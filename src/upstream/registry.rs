//! Kind → the parser of its own keys. A new kind is one line in each of these tables.

use std::sync::Arc;

use super::http::{Clients, Reach};
use super::{LoginModule, oidc};
use crate::base::clock::Clock;
use crate::base::urls::PublicUrl;
use crate::config::reader::Section;
use crate::config::{Kinds, PrivateAddresses, Provider};

/// What a provider's kind alone knows. Cloning is cheap.
#[derive(Debug, Clone)]
pub enum Settings {
    Oidc(Arc<oidc::settings::Settings>),
}

impl Settings {
    /// The client we are at the provider, where there is such a thing.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        match self {
            Self::Oidc(settings) => Some(&settings.client_id),
        }
    }

    /// Whether the provider is asked for people's e-mail addresses.
    #[must_use]
    pub fn asks_for_email(&self) -> bool {
        match self {
            Self::Oidc(settings) => settings.scopes.iter().any(|scope| scope == "email"),
        }
    }
}

/// Puts a configured provider to work. Asks nobody yet.
///
/// # Errors
/// When its certificates can't be used.
pub fn open(
    provider: &Provider<Settings>,
    public_url: &PublicUrl,
    clock: &Clock,
    clients: &mut Clients,
) -> Result<Arc<dyn LoginModule>, reqwest::Error> {
    let reach = match provider.private_addresses {
        PrivateAddresses::Allowed => Reach::Private,
        PrivateAddresses::Refused => Reach::Public,
    };
    let http = clients.get(reach, provider.ca.as_deref())?;
    match &provider.settings {
        Settings::Oidc(settings) => {
            let callback = public_url.callback(&provider.id);
            Ok(Arc::new(oidc::Oidc::new(provider.id.clone(), Arc::clone(settings), callback, http, clock.clone())))
        }
    }
}

/// The kinds that can be configured.
#[derive(Debug, Clone, Copy)]
pub struct Registry;

impl Kinds<Settings> for Registry {
    fn names(&self) -> &'static [&'static str] {
        &["oidc"]
    }

    fn parse(&self, kind: &str, section: &mut Section) -> Option<Settings> {
        match kind {
            "oidc" => oidc::settings::parse(section).map(Arc::new).map(Settings::Oidc),
            _ => None,
        }
    }
}
