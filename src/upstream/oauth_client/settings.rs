//! The keys of the config that every OAuth 2.0 client has.

use url::form_urlencoded::byte_serialize;

use crate::base::secret::Secret;
use crate::config::reader::{Fault, Section, non_empty_list, one_of, parsed, text};

/// Our client at an authorization server.
#[derive(Debug, Clone)]
pub struct ClientSettings {
    pub client_id: String,
    pub auth: ClientAuth,
    pub secret: Option<Secret<String>>,
    /// Where the config has the secret: `provider.uni.client_secret_file (uni.secret)`.
    pub secret_place: String,
    pub scopes: Vec<String>,
}

/// How we authenticate at the token endpoint (RFC 6749 §2.3.1, OpenID Connect Core §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth {
    Basic,
    Post,
    None,
}

impl ClientSettings {
    /// Reads the keys.
    pub fn parse(section: &mut Section, default_scopes: &[&str]) -> Option<Self> {
        let client_id = section.required("client_id", "\"vestibule\"", text);
        let methods = [
            ("client_secret_basic", ClientAuth::Basic),
            ("client_secret_post", ClientAuth::Post),
            ("none", ClientAuth::None),
        ];
        let auth = section.optional("client_auth", one_of(&methods, &["private_key_jwt"])).unwrap_or(ClientAuth::Basic);
        let secret = section.secret("client_secret");
        check_secret(section, auth);
        let scopes = section.optional("scopes", non_empty_list(parsed(scope)));
        let scopes = scopes.unwrap_or_else(|| default_scopes.iter().map(|scope| (*scope).to_owned()).collect());
        let (secret, secret_place) = match secret {
            Some(secret) => (Some(secret.value), secret.place),
            None => (None, format!("{}.client_secret, which is not set", section.name())),
        };
        Some(Self { client_id: client_id?, auth, secret, secret_place, scopes })
    }

    /// Another cause to name if our credential is refused: it is written differently in a `Basic` header than in the
    /// config (RFC 6749 §2.3.1, appendix B).
    pub(super) fn credential_hint(&self) -> &'static str {
        let is_changed = |text: &str| byte_serialize(text.as_bytes()).collect::<String>() != text;
        let secret = self.secret.as_ref().map_or("", |secret| secret.expose().as_str());
        match self.auth {
            ClientAuth::Basic if [&self.client_id, secret].into_iter().any(is_changed) => ENCODED,
            ClientAuth::Basic | ClientAuth::Post | ClientAuth::None => "",
        }
    }
}

const ENCODED: &str = "; it has characters that are percent-encoded in a Basic header (RFC 6749 §2.3.1), and some \
                       providers don't decode them: if it is right, set client_auth = \"client_secret_post\"";

fn check_secret(section: &mut Section, auth: ClientAuth) {
    let key = ["client_secret", "client_secret_file"].into_iter().find(|key| section.has(key));
    match (auth, key) {
        (ClientAuth::None, Some(key)) => {
            let fault = Fault::new("is never sent with client_auth = \"none\"");
            section.note_fault(key, fault.fix("leave out one of the two"));
        }
        (ClientAuth::Basic | ClientAuth::Post, None) => section.note_missing(
            "client_secret",
            "add client_secret_file = \"…\", or client_auth = \"none\" for a client without a secret",
        ),
        (ClientAuth::None, None) | (ClientAuth::Basic | ClientAuth::Post, Some(_)) => {}
    }
}

/// RFC 6749 §3.3.
fn scope(text: &str) -> Result<String, Fault> {
    let fits = text.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e));
    fits.then(|| text.to_owned())
        .ok_or_else(|| Fault::new(format!("holds \"{text}\", which is not a scope")).fix("write each scope by itself"))
}
