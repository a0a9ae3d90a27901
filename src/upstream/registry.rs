//! Kind → the parser of its own keys, and what puts it to work. A new kind is one line in each of these tables.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::http::{Clients, Http, Reach};
use super::{LoginModule, ldap, oidc, pam, password, webhook, xmpp};
use crate::base::clock::Clock;
use crate::base::ids::{Group, Issuer, ProviderId};
use crate::base::urls::PublicUrl;
use crate::config::reader::Section;
use crate::config::{Kinds, People, PrivateAddresses, Provider, Way};
use crate::passwords::{HashingSettings, ISSUER, LocalPasswords};
use crate::store::Store;

/// What a provider's kind alone knows. Cloning is cheap.
#[derive(Debug, Clone)]
pub enum Settings {
    Ldap(Arc<ldap::settings::Settings>),
    Oidc(Arc<oidc::settings::Settings>),
    Pam(Arc<pam::settings::Settings>),
    Password(Arc<HashingSettings>),
    Webhook(Arc<webhook::settings::Settings>),
    Xmpp(Arc<xmpp::settings::Settings>),
}

impl Settings {
    /// The client we are at the provider, where there is such a thing.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        match self {
            Self::Oidc(settings) => Some(&settings.client_id),
            Self::Ldap(_) | Self::Pam(_) | Self::Password(_) | Self::Webhook(_) | Self::Xmpp(_) => None,
        }
    }

    /// The issuer in the key of every identity that comes by the provider `id`.
    #[must_use]
    pub fn issuer(&self, id: &ProviderId) -> Issuer {
        match self {
            Self::Ldap(settings) => settings.issuer.clone(),
            Self::Oidc(settings) => settings.issuer.clone(),
            Self::Pam(settings) => settings.issuer.clone(),
            Self::Password(_) => Issuer::from(ISSUER),
            Self::Webhook(settings) => settings.issuer(id),
            Self::Xmpp(_) => Issuer::from(xmpp::ISSUER),
        }
    }

    /// What keeps the people whose identities were made under the issuer `then`.
    #[must_use]
    pub fn mend_for_issuer(&self, id: &ProviderId, then: &Issuer) -> String {
        // In the log the message itself may stand in quotation marks.
        let value = match then.as_str() {
            plain if !plain.contains(['\'', '\n']) => format!("'{plain}'"),
            odd => toml::Value::from(odd).to_string(),
        };
        let line = format!("issuer = {value}");
        match self {
            Self::Ldap(_) | Self::Pam(_) | Self::Webhook(_) => {
                format!("to keep them, write {line} under this provider; else `vestibule identity unlink` each")
            }
            Self::Oidc(_) => format!(
                "put back {line} if the provider still calls itself so; else tie each person's new identity to their \
                 account: `vestibule identity link {id} ISSUER SUBJECT ACCOUNT`"
            ),
            Self::Password(_) | Self::Xmpp(_) => format!(
                "they came while \"{id}\" was another kind of provider; give this one an id of its own, and put that one back"
            ),
        }
    }

    /// What a look at the provider leaves out, since it takes a person; and how a person tries it.
    #[must_use]
    pub fn not_tried(&self, id: &ProviderId) -> String {
        let what = match self {
            Self::Oidc(_) => return "a whole sign-in, with the claims that come then; that takes a person".to_owned(),
            Self::Ldap(settings) => match settings.way_in {
                ldap::settings::WayIn::Direct(_) => {
                    "the bind as a person, and the entry and groups that a person may read"
                }
                ldap::settings::WayIn::Search(_) => "the search for a person, their password, and their groups",
            },
            Self::Pam(_) => "a person's password, and whether the service lets their account in",
            Self::Password(_) => "the password of an account",
            Self::Webhook(_) => "the answer to a person's name and password, and the claims in it",
            Self::Xmpp(_) => "a person's password",
        };
        format!("{what}; `vestibule login --provider {id}` tries them")
    }

    /// Whether the provider is asked for people's e-mail addresses.
    #[must_use]
    pub fn asks_for_email(&self) -> bool {
        match self {
            Self::Oidc(settings) => settings.scopes.iter().any(|scope| scope == "email"),
            Self::Ldap(settings) => settings.asks_for_email(),
            Self::Pam(_) | Self::Password(_) | Self::Xmpp(_) => false,
            // It tells what it likes.
            Self::Webhook(_) => true,
        }
    }

    /// After how many failures in a row the provider's server bans Vestibule's address, if it does.
    #[must_use]
    pub fn bans_after(&self) -> Option<u32> {
        match self {
            Self::Xmpp(settings) => settings.bans_after,
            Self::Ldap(_) | Self::Oidc(_) | Self::Pam(_) | Self::Password(_) | Self::Webhook(_) => None,
        }
    }

    /// Keys of the config's `groups` that can never be anybody's group here: what is odd about each, and the mend.
    #[must_use]
    pub fn odd_groups(&self, groups: &BTreeMap<String, Group>) -> Vec<(String, String)> {
        match self {
            Self::Ldap(settings) => settings.odd_groups(groups.keys()),
            Self::Oidc(_) | Self::Pam(_) | Self::Password(_) | Self::Webhook(_) | Self::Xmpp(_) => Vec::new(),
        }
    }
}

/// What modules are put to work with.
#[derive(Debug)]
pub struct Around<'a> {
    pub public_url: &'a PublicUrl,
    pub clock: &'a Clock,
    /// `None` before the first start, when there is none yet.
    pub store: Option<&'a Store>,
    pub clients: Clients,
}

/// Why a provider can't be put to work.
#[derive(Debug, thiserror::Error)]
pub enum NotOpened {
    #[error("its HTTP client can't be made: {0}; look at ca_file")]
    Client(#[from] reqwest::Error),
    #[error("what it needs for TLS can't be made: {0}; look at ca_file")]
    Tls(#[from] rustls::Error),
    #[error("there is no database yet to look passwords up in; it is made at the first start")]
    NoDatabase,
}

/// Puts a configured provider to work. Asks nobody yet.
///
/// # Errors
/// When its certificates can't be used, or what it needs is not there.
pub fn open(provider: &Provider<Settings>, around: &mut Around<'_>) -> Result<Arc<dyn LoginModule>, NotOpened> {
    let reach = match provider.private_addresses {
        PrivateAddresses::Allowed => Reach::Private,
        PrivateAddresses::Refused => Reach::Public,
    };
    let (id, clock) = (provider.id.clone(), around.clock.clone());
    match &provider.settings {
        Settings::Oidc(settings) => {
            let http = around.clients.get(reach, provider.ca.as_deref())?;
            let callback = around.public_url.callback(&id);
            Ok(Arc::new(oidc::Oidc::new(id, Arc::clone(settings), callback, http, clock)))
        }
        Settings::Ldap(settings) => {
            let (named, ca) = (&provider.groups, provider.ca.as_deref());
            Ok(Arc::new(ldap::Ldap::new(id, Arc::clone(settings), named, ca, clock)?))
        }
        Settings::Pam(settings) => Ok(Arc::new(pam::Pam::new(id, Arc::clone(settings), clock))),
        Settings::Password(settings) => {
            let store = around.store.ok_or(NotOpened::NoDatabase)?;
            let passwords = LocalPasswords::new(id, settings, store.clone());
            Ok(Arc::new(password::LocalAccounts::new(passwords, settings.as_ref().clone(), clock)))
        }
        Settings::Webhook(settings) => {
            let http = match &settings.at {
                webhook::settings::At::Socket { socket, .. } => Http::at_socket(socket)?,
                webhook::settings::At::Network(_) => around.clients.get(reach, provider.ca.as_deref())?,
            };
            let groups_claim = provider.groups_claim.clone();
            Ok(Arc::new(webhook::Webhook::new(id, Arc::clone(settings), groups_claim, http, clock)))
        }
        Settings::Xmpp(settings) => {
            Ok(Arc::new(xmpp::Xmpp::new(id, Arc::clone(settings), provider.ca.as_deref(), clock)?))
        }
    }
}

/// The kinds that can be configured.
#[derive(Debug, Clone, Copy)]
pub struct Registry;

impl Kinds<Settings> for Registry {
    fn names(&self) -> &'static [&'static str] {
        &["ldap", "oidc", "pam", "password", "webhook", "xmpp"]
    }

    fn way(&self, kind: &str) -> Way {
        match kind {
            "ldap" | "pam" | "password" | "webhook" | "xmpp" => Way::Password,
            _ => Way::Redirect,
        }
    }

    fn people(&self, kind: &str) -> People {
        if kind == "password" { People::Ours } else { People::Theirs }
    }

    fn parse(&self, kind: &str, section: &mut Section) -> Option<Settings> {
        match kind {
            "ldap" => ldap::settings::parse(section).map(Arc::new).map(Settings::Ldap),
            "oidc" => oidc::settings::parse(section).map(Arc::new).map(Settings::Oidc),
            "pam" => pam::settings::parse(section).map(Arc::new).map(Settings::Pam),
            "password" => password::settings::parse(section).map(Arc::new).map(Settings::Password),
            "webhook" => webhook::settings::parse(section).map(Arc::new).map(Settings::Webhook),
            "xmpp" => xmpp::settings::parse(section).map(Arc::new).map(Settings::Xmpp),
            _ => None,
        }
    }
}
