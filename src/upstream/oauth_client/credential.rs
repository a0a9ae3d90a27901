//! The keys of the config for our credential at a provider: a secret, a private key, or none.

use std::sync::Arc;

use super::client_assertion::{AssertionAudience, AssertionSettings};
use super::client_key::{ClientKey, NEW_KEY};
use super::signed_secret::SignedSecret;
use crate::base::secret::Secret;
use crate::config::reader::{ConfigSecret, Fault, Section, one_of, text};

/// How we authenticate at the token endpoint (RFC 6749 §2.3.1, OpenID Connect Core §9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientAuth {
    Basic,
    Post,
    /// As `Post`, with a secret that we sign for each request.
    SignedSecret(SignedSecret),
    PrivateKeyJwt(AssertionSettings),
    None,
}

/// How we authenticate, and with what.
pub struct Credential {
    pub auth: ClientAuth,
    pub secret: Option<Secret<String>>,
    /// Where the config has the secret or the key.
    pub place: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Basic,
    Post,
    PrivateKeyJwt,
    None,
}

const METHODS: [(&str, Method); 4] = [
    ("client_secret_basic", Method::Basic),
    ("client_secret_post", Method::Post),
    ("private_key_jwt", Method::PrivateKeyJwt),
    ("none", Method::None),
];

/// The keys that only `private_key_jwt` uses.
const OF_PRIVATE_KEY: [&str; 4] = ["client_key", "client_key_file", "client_key_id", "client_assertion_audience"];

impl ClientAuth {
    /// The names of all methods, in the config and in metadata (OpenID Connect Discovery §3).
    #[must_use]
    pub fn names() -> [&'static str; 4] {
        METHODS.map(|(name, _)| name)
    }

    #[must_use]
    pub fn name(&self) -> &'static str {
        self.method().name()
    }

    fn method(&self) -> Method {
        match self {
            Self::Basic => Method::Basic,
            Self::Post | Self::SignedSecret(_) => Method::Post,
            Self::PrivateKeyJwt(_) => Method::PrivateKeyJwt,
            Self::None => Method::None,
        }
    }
}

impl Method {
    fn name(self) -> &'static str {
        METHODS.iter().find(|(_, method)| *method == self).map_or("", |(name, _)| name)
    }
}

impl Credential {
    /// `None` if there is a mistake.
    pub fn parse(section: &mut Section) -> Option<Self> {
        let method = section.optional("client_auth", one_of(&METHODS, &[]));
        let secret = section.secret("client_secret");
        let key = section.private_key("client_key");
        let kid = section.optional("client_key_id", text);
        let audiences = [("issuer", AssertionAudience::Issuer), ("token_endpoint", AssertionAudience::TokenEndpoint)];
        let audience = section.optional("client_assertion_audience", one_of(&audiences, &[])).unwrap_or_default();
        if section.has("client_auth") && method.is_none() {
            return None;
        }
        let method = method.unwrap_or(Method::Basic);
        note_unused(section, method);
        note_missing(section, method);
        let auth = match method {
            Method::Basic => ClientAuth::Basic,
            Method::Post => ClientAuth::Post,
            Method::None => ClientAuth::None,
            Method::PrivateKeyJwt => return Self::of_key(section, key?, kid, audience),
        };
        let (secret, place) = match secret {
            Some(secret) => (Some(secret.value), secret.place),
            None => (None, format!("{}.client_secret, which is not set", section.name())),
        };
        Some(Self { auth, secret, place })
    }

    fn of_key(
        section: &Section,
        ConfigSecret { value, place }: ConfigSecret,
        kid: Option<String>,
        audience: AssertionAudience,
    ) -> Option<Self> {
        match ClientKey::read(&value, kid) {
            Ok(key) => {
                let auth = ClientAuth::PrivateKeyJwt(AssertionSettings { key: Arc::new(key), audience });
                Some(Self { auth, secret: None, place })
            }
            Err(fault) => {
                note_key_fault(section, fault);
                None
            }
        }
    }
}

/// Notes what is wrong with the private key, where the config has it.
pub fn note_key_fault(section: &Section, fault: Fault) {
    let key = if section.has("client_key") { "client_key" } else { "client_key_file" };
    section.note_fault(key, fault);
}

fn note_unused(section: &Section, method: Method) {
    let unused: &[&str] = match method {
        Method::Basic | Method::Post => &[],
        Method::PrivateKeyJwt | Method::None => &["client_secret", "client_secret_file"],
    };
    for key in unused.iter().filter(|key| section.has(key)).take(1) {
        let fault = Fault::new(format!("is never sent with client_auth = \"{}\"", method.name()));
        section.note_fault(key, fault.fix("leave out one of the two"));
    }
    if method != Method::PrivateKeyJwt {
        for key in OF_PRIVATE_KEY.into_iter().filter(|key| section.has(key)) {
            let fault = Fault::new("is used only with client_auth = \"private_key_jwt\"");
            section.note_fault(key, fault.fix("set that, or leave this key out"));
        }
    }
}

fn note_missing(section: &mut Section, method: Method) {
    let has_any = |keys: &[&str]| keys.iter().any(|key| section.has(key));
    let (has_secret, has_key) =
        (has_any(&["client_secret", "client_secret_file"]), has_any(&["client_key", "client_key_file"]));
    match method {
        Method::Basic | Method::Post if !has_secret && !has_key => section.note_missing(
            "client_secret",
            "add client_secret_file = \"…\", or client_auth = \"none\" for a client without a secret",
        ),
        Method::PrivateKeyJwt if !has_key => {
            section.note_missing("client_key_file", &format!("add client_key_file = \"…\"; {NEW_KEY}"));
        }
        Method::Basic | Method::Post | Method::PrivateKeyJwt | Method::None => {}
    }
}
