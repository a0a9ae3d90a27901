//! SASL mechanisms: which one is used, and what a SCRAM server must prove.

use std::collections::BTreeSet;

use sasl::client::mechanisms::{Plain, Scram};
use sasl::client::{Mechanism as _, MechanismError};
use sasl::common::scram::{ScramProvider, Sha1, Sha256};
use sasl::common::{ChannelBinding, Credentials};
use tokio_xmpp::parsers::sasl::Mechanism as Name;
use tokio_xmpp::parsers::sasl_cb::Type;
use tokio_xmpp::parsers::stream_features::StreamFeatures;

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
    Scram(Box<ScramClient>),
}

impl SaslClient {
    /// # Errors
    /// When the system has no randomness.
    pub fn new(chosen: &ChosenMechanism, local: &str, password: &Secret<String>) -> Result<Self, MechanismError> {
        match chosen.name {
            Name::ScramSha256 | Name::ScramSha256Plus => ScramClient::new::<Sha256>(chosen, local, password),
            Name::ScramSha1 | Name::ScramSha1Plus => ScramClient::new::<Sha1>(chosen, local, password),
            // ANONYMOUS is never chosen. It has no use for a name and a password.
            Name::Plain | Name::Anonymous => {
                return Ok(Self::Plain(Plain::new(local, password.expose().clone())));
            }
        }
        .map(Box::new)
        .map(Self::Scram)
    }

    /// The first message, which the client sends.
    pub fn begin(&mut self) -> Vec<u8> {
        match self {
            Self::Plain(plain) => plain.initial(),
            Self::Scram(proof) => proof.begin(),
        }
    }
}

/// SCRAM: each side proves that it knows the password, and neither sends it (RFC 5802).
pub struct ScramClient {
    mechanism: Box<dyn sasl::client::Mechanism + Send + Sync>,
    nonce: String,
}

/// More rounds would take seconds of CPU, which no server may demand. OWASP recommends 1.3 million for SHA-1.
const MOST_ROUNDS: u32 = 1_500_000;

impl ScramClient {
    fn new<S: ScramProvider + Send + Sync + 'static>(
        chosen: &ChosenMechanism,
        local: &str,
        password: &Secret<String>,
    ) -> Result<Self, MechanismError> {
        // RFC 5802 §5.1: commas separate the attributes, and `=` a name and its value.
        let name = local.replace('=', "=3D").replace(',', "=2C");
        let credentials = Credentials::default()
            .with_username(name)
            .with_password(prepared(password.expose()))
            .with_channel_binding(chosen.binding.clone());
        let mechanism = Scram::<S>::from_credentials(credentials)?;
        Ok(Self { mechanism: Box::new(mechanism), nonce: String::new() })
    }

    fn begin(&mut self) -> Vec<u8> {
        let first = self.mechanism.initial();
        let text = String::from_utf8_lossy(&first);
        self.nonce = text.rsplit_once(",r=").map(|(_, nonce)| nonce.to_owned()).unwrap_or_default();
        first
    }

    /// The client's proof, made with the server's salt, and its rounds of hashing. Takes as much CPU as the server asks
    /// for, within a bound.
    ///
    /// # Errors
    /// What is wrong with the server's challenge.
    pub fn answer(&mut self, challenge: &[u8]) -> Result<(Vec<u8>, u32), String> {
        let rounds = rounds(challenge, &self.nonce)?;
        let answer = self.mechanism.response(challenge).map_err(|why| why.to_string())?;
        Ok((answer, rounds))
    }

    /// Checks the server's proof that it knows the password, too (security rule C45).
    ///
    /// # Errors
    /// When the proof is wrong or missing.
    pub fn verify(&mut self, signature: &[u8]) -> Result<(), MechanismError> {
        self.mechanism.success(signature)
    }
}

/// Hashes as for a proof, only for the time that it takes.
pub fn derive(chosen: &ChosenMechanism, password: &Secret<String>, rounds: u32) {
    let password = sasl::common::Password::Plain(prepared(password.expose()));
    let salt = [0; 16];
    // Neither the result nor an error matters.
    _ = match chosen.name {
        Name::ScramSha256 | Name::ScramSha256Plus => Sha256::derive(&password, &salt, rounds),
        Name::ScramSha1 | Name::ScramSha1Plus => Sha1::derive(&password, &salt, rounds),
        Name::Plain | Name::Anonymous => Ok(Vec::new()),
    };
}

/// The password as both sides hash it (RFC 5802 §2.2, RFC 4013). Characters unknown to `SASLprep` stay, as on servers.
fn prepared(password: &str) -> String {
    stringprep::saslprep(password).map_or_else(|_| password.to_owned(), std::borrow::Cow::into_owned)
}

/// Whether a server would read the password as an empty one (RFC 4616 §2, security rule C41).
#[must_use]
pub fn is_empty_when_prepared(password: &Secret<String>) -> bool {
    prepared(password.expose()).is_empty()
}

/// The rounds of hashing that a server's first message asks for. The SCRAM crate checks neither them nor the nonce.
///
/// # Errors
/// When it does not answer a message with `nonce` (RFC 5802 §5.1 and §7), or asks for too many.
pub fn rounds(challenge: &[u8], nonce: &str) -> Result<u32, String> {
    let text = std::str::from_utf8(challenge).map_err(|_| "what it asks is not text")?;
    let mut parts = text.split(',');
    let mut part = |name: &str| parts.next().and_then(|part| part.strip_prefix(name));
    // A mandatory extension would come before them.
    let (Some(nonces), Some(_salt), Some(rounds)) = (part("r="), part("s="), part("i=")) else {
        return Err("what it asks is not what SCRAM asks".into());
    };
    // Readers differ on which of two values counts.
    if parts.any(|part| ["r=", "s=", "i=", "m="].iter().any(|name| part.starts_with(name))) {
        return Err("what it asks says a thing twice".into());
    }
    if nonce.is_empty() || nonces.len() <= nonce.len() || !nonces.starts_with(nonce) {
        return Err("it answers another login than this one".into());
    }
    if rounds.is_empty() || !rounds.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("the number of rounds of hashing that it asks for is none".into());
    }
    match rounds.parse() {
        Ok(rounds @ 1..=MOST_ROUNDS) => Ok(rounds),
        Ok(_) | Err(_) => Err(format!("it asks for more than {MOST_ROUNDS} rounds of hashing, or for none")),
    }
}

#[cfg(test)]
pub(super) mod tests;
