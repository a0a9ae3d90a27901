//! SASL mechanisms: which one is used, and the client's first message.

use std::collections::BTreeSet;

use tokio_xmpp::parsers::sasl::Mechanism as Name;
use tokio_xmpp::parsers::sasl_cb::Type;
use tokio_xmpp::parsers::stream_features::StreamFeatures;

use super::cancellation::CancelToken;
use super::scram::{ChannelBinding, Hash, Scram};
use super::tls::TlsSession;
use crate::base::secret::Secret;

/// Best first. Never ANONYMOUS, which accepts any password, nor EXTERNAL, which proves only this machine.
const PREFERENCE: [Name; 5] =
    [Name::ScramSha256Plus, Name::ScramSha256, Name::ScramSha1Plus, Name::ScramSha1, Name::Plain];

/// A mechanism that both sides support, and its channel binding.
#[derive(Debug, Clone, PartialEq)]
pub struct ChosenMechanism {
    pub name: Name,
    binding: ChannelBinding,
}

/// The best mechanism that the server offers; `None` without one.
#[must_use]
pub fn choose(features: &StreamFeatures, tls_session: &TlsSession) -> Option<ChosenMechanism> {
    let offered = &features.sasl_mechanisms;
    let binding = binding(features, tls_session);
    let bound = matches!(binding, ChannelBinding::TlsExporter(_));
    let usable = |name: &Name| offered.contains(&wire_name(name)) && (bound || !is_bound(name));
    let name = PREFERENCE.into_iter().find(usable)?;
    let binding = match binding {
        // The server offers binding, but not with this mechanism: the client then says that it can't bind (RFC 5802
        // §6).
        ChannelBinding::TlsExporter(_) if !is_bound(&name) => ChannelBinding::None,
        as_is => as_is,
    };
    Some(ChosenMechanism { name, binding })
}

/// The channel binding of a login, or why it has none (RFC 5802 §6, RFC 9266, XEP-0440).
fn binding(features: &StreamFeatures, tls_session: &TlsSession) -> ChannelBinding {
    let offered = features.sasl_mechanisms.iter().any(|name| name.ends_with("-PLUS"));
    let types = features.sasl_cb.as_ref().map(|offered| offered.types.as_slice()).unwrap_or_default();
    match &tls_session.exporter {
        // If somebody on the way removed the offer, the server learns that we could bind.
        Some(_) if !offered => ChannelBinding::Unsupported,
        Some(exporter) if types.contains(&Type::TlsExporter) => ChannelBinding::TlsExporter(exporter.clone()),
        Some(_) | None => ChannelBinding::None,
    }
}

fn is_bound(name: &Name) -> bool {
    matches!(name, Name::ScramSha256Plus | Name::ScramSha1Plus)
}

/// As servers write it.
#[must_use]
pub fn wire_name(name: &Name) -> String {
    match name {
        Name::Plain => "PLAIN",
        Name::ScramSha1 => "SCRAM-SHA-1",
        Name::ScramSha1Plus => "SCRAM-SHA-1-PLUS",
        Name::ScramSha256 => "SCRAM-SHA-256",
        Name::ScramSha256Plus => "SCRAM-SHA-256-PLUS",
        Name::Anonymous => "ANONYMOUS",
    }
    .to_owned()
}

/// Mechanisms that the server offers and that are never used, for a warning.
#[must_use]
pub fn unused_mechanisms(offered: &BTreeSet<String>) -> Vec<&str> {
    ["ANONYMOUS", "EXTERNAL"].into_iter().filter(|name| offered.contains(*name)).collect()
}

/// One conversation about one password.
pub enum SaslClient {
    /// PLAIN: the first message holds the password.
    Plain(Plain),
    Scram(Box<Scram>),
}

/// A name and a password, as PLAIN sends them.
pub struct Plain {
    local: String,
    password: Secret<String>,
}

impl SaslClient {
    #[must_use]
    pub fn new(chosen: &ChosenMechanism, local: &str, password: &Secret<String>) -> Self {
        let prepared = || Secret::new(prepared(password.expose()));
        match hash_of(&chosen.name) {
            Some(hash) => Self::Scram(Box::new(Scram::new(hash, chosen.binding.clone(), local, prepared()))),
            None => Self::Plain(Plain { local: local.to_owned(), password: password.clone() }),
        }
    }

    /// The first message, which the client sends.
    #[must_use]
    pub fn begin(&self) -> Vec<u8> {
        match self {
            // RFC 4616 §2
            Self::Plain(Plain { local, password }) => format!("\0{local}\0{}", password.expose()).into_bytes(),
            Self::Scram(scram) => scram.begin(),
        }
    }
}

/// The hash of a SCRAM mechanism. ANONYMOUS is never chosen, and has no use for a name and a password.
fn hash_of(name: &Name) -> Option<Hash> {
    match name {
        Name::ScramSha256 | Name::ScramSha256Plus => Some(Hash::Sha256),
        Name::ScramSha1 | Name::ScramSha1Plus => Some(Hash::Sha1),
        Name::Plain | Name::Anonymous => None,
    }
}

/// Takes the time of a proof, for an unknown name.
pub fn derive(chosen: &ChosenMechanism, password: &Secret<String>, rounds: u32, cancel: &CancelToken) {
    if let Some(hash) = hash_of(&chosen.name) {
        // The result does not matter.
        _ = hash.derive(prepared(password.expose()).as_bytes(), &[0; 16], rounds, cancel);
    }
}

/// The password in the form that both sides hash (RFC 5802 §2.2, RFC 4013). A password that `SASLprep` refuses stays
/// unchanged, as on servers.
fn prepared(password: &str) -> String {
    stringprep::saslprep(password).map_or_else(|_| password.to_owned(), std::borrow::Cow::into_owned)
}

/// Whether a server would read the password as an empty one (RFC 4616 §2, security rule C41).
#[must_use]
pub fn is_empty_when_prepared(password: &Secret<String>) -> bool {
    prepared(password.expose()).is_empty()
}

#[cfg(test)]
pub(super) mod tests;
