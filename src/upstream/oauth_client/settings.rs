//! The keys of the config that every OAuth 2.0 client has.

use std::collections::BTreeMap;

use url::form_urlencoded::byte_serialize;

use super::LoginSecret;
use super::client_assertion::{AssertionAudience, AssertionSettings};
pub use super::credential::{ClientAuth, Credential, note_key_fault};
use crate::base::secret::Secret;
use crate::config::reader::{Fault, Section, boolean, non_empty_list, one_of, parsed};
use crate::upstream::relaxed_rule::RelaxedRule;

/// Our client at an authorization server.
#[derive(Debug, Clone)]
pub struct ClientSettings {
    pub client_id: String,
    pub auth: ClientAuth,
    pub secret: Option<Secret<String>>,
    /// Where the config has the secret or the key: `provider.uni.client_secret_file (uni.secret)`.
    pub secret_place: String,
    pub scopes: Vec<String>,
    /// What is between two scopes in a request: a space, unless the provider knows better than RFC 6749 §3.3.
    pub scope_separator: &'static str,
    pub pkce: Pkce,
    /// More parameters of the authorization request. A parameter of ours takes precedence.
    pub auth_params: BTreeMap<String, String>,
    /// More parameters of the token request.
    pub token_params: BTreeMap<String, String>,
}

/// Whether a login has a PKCE challenge (RFC 7636).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pkce {
    S256,
    /// The provider refuses a challenge. This bends security rule C4.
    Off,
}

impl ClientSettings {
    /// The PKCE verifier of a new login (RFC 7636 §4.1), unless the provider gets no challenge.
    #[must_use]
    pub fn new_verifier(&self) -> Option<LoginSecret> {
        (self.pkce == Pkce::S256).then(LoginSecret::fresh)
    }

    /// Reads the keys.
    pub fn parse(section: &mut Section, default_scopes: &[&str]) -> Option<Self> {
        Self::parse_with(section, default_scopes, Credential::parse)
    }

    /// As [`Self::parse`], for a client whose credential has other keys.
    pub fn parse_with(
        section: &mut Section,
        default_scopes: &[&str],
        credential: impl FnOnce(&mut Section) -> Option<Credential>,
    ) -> Option<Self> {
        let client_id = section.required("client_id", "\"vestibule\"", parsed(client_id));
        let credential = credential(section);
        let scopes = section.optional("scopes", non_empty_list(parsed(scope)));
        let scopes = scopes.unwrap_or_else(|| default_scopes.iter().map(|scope| (*scope).to_owned()).collect());
        let separators = [(" ", " "), (",", ",")];
        let scope_separator = section.optional("scope_separator", one_of(&separators, &[])).unwrap_or(" ");
        let pkce = section.optional("pkce", boolean).unwrap_or(true);
        let auth_params = parameters(section, "auth_params", &OWN_AUTH_PARAMS);
        let token_params = parameters(section, "token_params", &OWN_TOKEN_PARAMS);
        let Credential { auth, secret, place } = credential?;
        Some(Self {
            client_id: client_id?,
            auth,
            secret,
            secret_place: place,
            scopes,
            scope_separator,
            pkce: if pkce { Pkce::S256 } else { Pkce::Off },
            auth_params,
            token_params,
        })
    }

    /// The security rules that these settings relax. `has_nonce`: whether an ID token has to repeat a nonce.
    #[must_use]
    pub fn relaxed_rules(&self, has_nonce: bool) -> Vec<RelaxedRule> {
        let consequence = if has_nonce {
            "a stolen code is caught only by the nonce in the ID token"
        } else {
            "only `state` and our credential protect against a code of somebody else"
        };
        let relaxed = RelaxedRule { rule: "C4", setting: "pkce = false".to_owned(), consequence };
        (self.pkce == Pkce::Off).then_some(relaxed).into_iter().collect()
    }

    /// Another cause to name if our credential is refused. A secret is written differently in a `Basic` header than in
    /// the config (RFC 6749 §2.3.1, appendix B). An assertion names the issuer, and some servers want another name.
    pub(super) fn credential_hint(&self) -> &'static str {
        let is_changed = |text: &str| byte_serialize(text.as_bytes()).collect::<String>() != text;
        let secret = self.secret.as_ref().map_or("", |secret| secret.expose().as_str());
        match &self.auth {
            ClientAuth::Basic if [&self.client_id, secret].into_iter().any(is_changed) => ENCODED,
            ClientAuth::PrivateKeyJwt(AssertionSettings { audience: AssertionAudience::Issuer, .. }) => AUDIENCE,
            ClientAuth::Basic
            | ClientAuth::Post
            | ClientAuth::SignedSecret(_)
            | ClientAuth::PrivateKeyJwt(_)
            | ClientAuth::None => "",
        }
    }
}

const ENCODED: &str = "; it has characters that are percent-encoded in a Basic header (RFC 6749 §2.3.1), and some \
                       providers don't decode them: if it is right, set client_auth = \"client_secret_post\"";

const AUDIENCE: &str = "; the assertion names the provider's issuer as its audience, and some providers want the \
                        address of their token endpoint: if the key is right, set client_assertion_audience = \
                        \"token_endpoint\"";

/// Parameters that decide what a login proves. Only the protocol sets them.
const OWN_AUTH_PARAMS: [&str; 13] = [
    "client_id",
    "client_secret",
    "code_challenge",
    "code_challenge_method",
    "max_age",
    "nonce",
    "redirect_uri",
    "request",
    "request_uri",
    "response_mode",
    "response_type",
    "scope",
    "state",
];
const OWN_TOKEN_PARAMS: [&str; 9] = [
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
    "code",
    "code_verifier",
    "grant_type",
    "redirect_uri",
    "state",
];

/// Examples have `…` in its place.
fn client_id(text: &str) -> Result<String, Fault> {
    if text == "…" {
        return Err(Fault::new("holds … in place of an id").fix("write the client id that the provider gave you"));
    }
    Ok(text.to_owned())
}

/// Reads a table of parameters.
fn parameters(section: &mut Section, key: &str, own: &[&str]) -> BTreeMap<String, String> {
    let mut parameters = section.texts(key);
    for name in own {
        if parameters.remove(*name).is_some() {
            let fault = Fault::new(format!("sets \"{name}\", which Vestibule sets itself"));
            section.note_fault(key, fault.fix("leave it out"));
        }
    }
    parameters
}

/// RFC 6749 §3.3.
fn scope(text: &str) -> Result<String, Fault> {
    let fits = text.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e));
    fits.then(|| text.to_owned())
        .ok_or_else(|| Fault::new(format!("holds \"{text}\", which is not a scope")).fix("write each scope by itself"))
}
