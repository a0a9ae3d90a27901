//! The settings of one provider, as its kind read them, and how they become a login module.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::LoginModule;
use super::http::{Clients, Http, Reach};
use super::relaxed_rule::RelaxedRule;
use crate::base::clock::Clock;
use crate::base::ids::{Group, Issuer, ProviderId, Subject};
use crate::base::shell;
use crate::base::urls::PublicUrl;
use crate::config::reader::{Fault, Node, Read, WrittenKeys, duration};
use crate::config::{PrivateAddresses, Provider};
use crate::passwords::HashingSettings;
use crate::signin::identify::RuleViolation;
use crate::store::Store;

/// The longest `timeout` of a provider that checks passwords.
pub const LONGEST_CHECK: Duration = Duration::from_secs(30);

/// Reads `timeout` of a provider that checks passwords.
///
/// # Errors
/// When it is no duration, or longer than a person should wait.
pub(super) fn check_timeout(node: &Node) -> Read<Duration> {
    match duration(node)? {
        long if long > LONGEST_CHECK => {
            Err(Fault::new("is longer than 30s, and a person waits for it").fix("write at most \"30s\"").into())
        }
        timeout => Ok(timeout),
    }
}

/// The settings that one kind of provider reads from its section of the config. Each kind implements it once.
pub trait KindSettings: Any + fmt::Debug + Send + Sync {
    /// Makes the login module of `provider`, which has these settings. Sends no request.
    ///
    /// # Errors
    /// When its certificates can't be used, or something that it needs is missing.
    fn open(
        self: Arc<Self>,
        provider: &Provider<ProviderSettings>,
        context: &mut OpenContext<'_>,
    ) -> Result<Arc<dyn LoginModule>, OpenError>;

    /// The issuer in the key of every identity from the provider `id`.
    fn issuer(&self, id: &ProviderId) -> Issuer;

    /// Whether a sign-in at the provider `id` may attest an identity of this issuer.
    fn accepts_issuer(&self, id: &ProviderId, issuer: &Issuer) -> bool {
        self.issuer(id) == *issuer
    }

    /// Who decides the issuer.
    fn issuer_origin(&self) -> IssuerOrigin;

    /// The inputs of a preset with which the operator decides the issuer, if they do.
    fn issuer_inputs(&self) -> Option<&WrittenKeys> {
        None
    }

    /// The settings of this kind that decide who may sign in, which subject they have, and which claims are read. A
    /// session is valid only while they are as at its sign-in. What has no order is sorted. `Null` if the kind has no
    /// such setting. No secrets: it is stored as a hash that anybody could compare with guesses.
    fn identity_settings(&self) -> Value;

    /// Whether the provider `id` may send people's e-mail addresses.
    fn email(&self, id: &ProviderId) -> Email;

    /// What to change in the section of the provider so that verified addresses come. `None`: they may come now.
    fn why_unverified(&self, id: &ProviderId) -> Option<String> {
        match self.email(id) {
            Email::MayCome => None,
            Email::NotRequested { fix } => Some(fix),
            Email::NeverComes => Some("leave it out: no address comes from this kind of provider".to_owned()),
        }
    }

    /// What `vestibule check` can't try without a person.
    fn untested(&self) -> &'static str;

    /// The security rules that these settings relax.
    fn relaxed_rules(&self) -> Vec<RelaxedRule> {
        Vec::new()
    }

    /// Our client id at the provider, if it has clients.
    fn client_id(&self) -> Option<&str> {
        None
    }

    /// After how many failures in a row the provider's server bans Vestibule's address, if it does.
    fn bans_after(&self) -> Option<u32> {
        None
    }

    /// Keys of the config's `groups` that no group of this provider can match: for each, the problem and the fix.
    fn unmatchable_groups(&self, _groups: &BTreeMap<String, Group>) -> Vec<(String, String)> {
        Vec::new()
    }

    /// The subject of the person with this name, if this machine can look it up. The command that releases a throttled
    /// name needs it, since attempts are also counted by subject.
    fn subject_of(&self, _name: &str) -> Option<Subject> {
        None
    }

    /// Why no sign-in has this subject, as the end of a sentence, if that is certain.
    fn subject_fault(&self, _subject: &str) -> Option<String> {
        None
    }

    /// What gives subjects: a claim, or several with commas between them; a path; an attribute; or what else a kind
    /// has. An identity whose subject something else gave is refused: its value may name another person now (C21).
    fn subject_source(&self) -> String;

    /// How passwords are hashed, if this provider uses the local password store.
    fn hashing(&self) -> Option<&HashingSettings> {
        None
    }
}

/// The settings of a provider of any kind.
pub type ProviderSettings = Arc<dyn KindSettings>;

/// Whether a provider may send people's e-mail addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Email {
    MayCome,
    /// Not with this config.
    NotRequested {
        fix: String,
    },
    NeverComes,
}

/// Who decides the issuer of a provider's identities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssuerOrigin {
    /// The operator, by the key `issuer`.
    Operator,
    /// The provider names its own issuer. The key `issuer` repeats it.
    Provider,
    /// The provider has an issuer for each tenant. The config lists the tenants.
    Tenant,
    /// The kind has one fixed issuer.
    Kind,
}

impl IssuerOrigin {
    /// How to keep the people whose identities at the provider `id` have the issuer `former`. `inputs`: as
    /// [`KindSettings::issuer_inputs`].
    #[must_use]
    pub fn change_fix(self, id: &ProviderId, former: &Issuer, inputs: Option<&WrittenKeys>) -> String {
        // Single quotes, since the log may put the whole message in double quotes.
        let value = match former.as_str() {
            plain if !plain.contains(['\'', '\n']) => format!("'{plain}'"),
            other => toml::Value::from(other).to_string(),
        };
        let line = format!("issuer = {value}");
        let setting = inputs.map_or_else(|| line.clone(), |inputs| format!("{inputs} of {former}"));
        match self {
            Self::Operator => {
                format!(
                    "to keep them, write {line} under this provider; else unlink them: {}",
                    unlink_all(id, former, None)
                )
            }
            Self::Provider => format!(
                "put back {setting} if the provider still has this issuer; else tie each person's new identity to \
                 their account: `vestibule identity link {id} ISSUER SUBJECT ACCOUNT`"
            ),
            Self::Tenant => format!(
                "to keep them, add the tenant of {former} to `tenants` of this provider; else unlink them: {}",
                unlink_all(id, former, None)
            ),
            Self::Kind => format!(
                "they came while \"{id}\" was another kind of provider; give this one an id of its own, and put that \
                 one back"
            ),
        }
    }
}

/// The command that unlinks all identities under one issuer, or those of them whose subjects one source gave.
#[must_use]
pub fn unlink_all(id: &ProviderId, issuer: &Issuer, source: Option<&str>) -> String {
    let word = |text: &str, name: &str| shell::argument(text).unwrap_or_else(|| name.to_owned());
    let source = source.map(|source| format!(" --subject-source {}", word(source, "SOURCE"))).unwrap_or_default();
    format!("`vestibule identity unlink-all {id} --issuer {}{source}`", word(issuer.as_str(), "ISSUER"))
}

/// What a kind needs to open a login module.
#[derive(Debug)]
pub struct OpenContext<'a> {
    pub public_url: &'a PublicUrl,
    pub clock: &'a Clock,
    /// `None` before the first start, which makes the database.
    pub store: Option<&'a Store>,
    pub clients: Clients,
}

impl OpenContext<'_> {
    /// The HTTP client for the addresses and certificates that `provider` allows.
    ///
    /// # Errors
    /// When its certificates can't be used.
    pub fn http(&mut self, provider: &Provider<ProviderSettings>) -> Result<Http, OpenError> {
        let reach = match provider.private_addresses {
            PrivateAddresses::Allowed => Reach::Private,
            PrivateAddresses::Refused => Reach::Public,
        };
        Ok(self.clients.get(reach, provider.ca.as_deref())?)
    }
}

/// Why a provider can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("its HTTP client can't be made: {0}; look at ca_file")]
    Client(#[from] reqwest::Error),
    #[error("its TLS client can't be made: {0}; look at ca_file")]
    Tls(#[from] rustls::Error),
    /// Can't happen: the config's reader has checked every part.
    #[error("{0}")]
    Address(#[from] RuleViolation),
    #[error("there is no database yet to look passwords up in; it is made at the first start")]
    NoDatabase,
}

/// Makes the login module of a configured provider. Sends no request.
///
/// # Errors
/// When its certificates can't be used, or something that it needs is missing.
pub fn open(
    provider: &Provider<ProviderSettings>,
    context: &mut OpenContext<'_>,
) -> Result<Arc<dyn LoginModule>, OpenError> {
    Arc::clone(&provider.settings).open(provider, context)
}
