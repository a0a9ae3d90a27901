//! The keys of `kind = "oidc"`.

use url::Url;
use url::form_urlencoded::byte_serialize;

use crate::base::ids::Issuer;
use crate::base::secret::Secret;
use crate::base::urls::{is_loopback, may_hide_a_password};
use crate::config::PrivateAddresses;
use crate::config::reader::{
    Fault, Node, Read, Section, alternatives, boolean, non_empty_list, one_of, parsed, text, unknown_word,
};
use crate::signin::identify::Algorithm;

/// The settings of an OpenID provider.
#[derive(Debug, Clone)]
pub struct OidcSettings {
    pub issuer: Issuer,
    pub client_id: String,
    pub client_secret: Option<Secret<String>>,
    /// Where the config has the secret: `provider.uni.client_secret_file (uni.secret)`.
    pub secret_place: String,
    pub client_auth: ClientAuth,
    /// `openid` is among them.
    pub scopes: Vec<String>,
    pub response_mode: ResponseMode,
    pub userinfo: UserInfo,
    /// The algorithms that may sign an ID token (security rule C10). Never empty.
    pub algorithms: Vec<Algorithm>,
}

/// How we authenticate at the token endpoint (OpenID Connect Core §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth {
    Basic,
    Post,
    None,
}

/// How the provider answers (OAuth 2.0 Form Post Response Mode).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseMode {
    Query,
    FormPost,
}

/// Whether the userinfo endpoint is asked after the ID token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserInfo {
    Ask,
    Skip,
}

impl OidcSettings {
    /// Another cause to name if our credential is refused: it is written differently in a `Basic` header than in the
    /// config (RFC 6749 §2.3.1, appendix B).
    pub(super) fn credential_hint(&self) -> &'static str {
        let is_changed = |text: &str| byte_serialize(text.as_bytes()).collect::<String>() != text;
        let secret = self.client_secret.as_ref().map_or("", |secret| secret.expose().as_str());
        match self.client_auth {
            ClientAuth::Basic if [&self.client_id, secret].into_iter().any(is_changed) => ENCODED,
            ClientAuth::Basic | ClientAuth::Post | ClientAuth::None => "",
        }
    }
}

const ENCODED: &str = "; it has characters that are percent-encoded in a Basic header (RFC 6749 §2.3.1), and some \
                       providers don't decode them: if it is right, set client_auth = \"client_secret_post\"";

/// Reads the keys of this kind. Other code reads the keys that all kinds share.
pub fn parse(section: &mut Section) -> Option<OidcSettings> {
    let private = PrivateAddresses::read(section);
    let issuer = section.required("issuer", "\"https://sso.example.edu\"", parsed(|text| issuer(text, private)));
    let client_id = section.required("client_id", "\"vestibule\"", text);
    let methods = [
        ("client_secret_basic", ClientAuth::Basic),
        ("client_secret_post", ClientAuth::Post),
        ("none", ClientAuth::None),
    ];
    let client_auth = section.optional("client_auth", one_of(&methods, &["private_key_jwt"]));
    let client_auth = client_auth.unwrap_or(ClientAuth::Basic);
    let secret = section.secret("client_secret");
    check_secret(section, client_auth);
    let scopes = scopes(section);
    let modes = [("query", ResponseMode::Query), ("form_post", ResponseMode::FormPost)];
    let response_mode = section.optional("response_mode", one_of(&modes, &[])).unwrap_or(ResponseMode::Query);
    let userinfo = section.optional("userinfo", boolean).unwrap_or(false);
    let algorithms = section.optional("algorithms", non_empty_list(algorithm));
    let secret_place = secret
        .as_ref()
        .map_or_else(|| format!("{}.client_secret, which is not set", section.name()), |secret| secret.place.clone());
    Some(OidcSettings {
        issuer: issuer?,
        client_id: client_id?,
        client_secret: secret.map(|secret| secret.value),
        secret_place,
        client_auth,
        scopes,
        response_mode,
        userinfo: if userinfo { UserInfo::Ask } else { UserInfo::Skip },
        algorithms: algorithms.unwrap_or_else(|| vec![Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa]),
    })
}

/// Checks the shape of an issuer, and keeps it unchanged: it is compared byte for byte (OpenID Connect Discovery §4.3).
fn issuer(text: &str, private: PrivateAddresses) -> Result<Issuer, Fault> {
    let Ok(url) = Url::parse(text) else {
        return Err(Fault::new("must be an address such as https://sso.example.edu"));
    };
    if text.contains("/.well-known/") {
        return Err(Fault::new("must be the issuer, not its discovery document")
            .fix("leave out /.well-known/ and what follows"));
    }
    let bare = url.username().is_empty() && url.password().is_none() && !may_hide_a_password(text);
    if !bare || url.query().is_some() || url.fragment().is_some() {
        return Err(Fault::new("must be scheme, host, port and path, and nothing more"));
    }
    let allowed = private == PrivateAddresses::Allowed;
    match (url.scheme(), is_loopback(&url), allowed) {
        ("https", false, _) | ("https" | "http", true, true) => Ok(Issuer::from(text)),
        ("https" | "http", true, false) => {
            Err(Fault::new("is on this machine itself, which is refused")
                .fix("add allow_private = true if that is meant"))
        }
        _ => Err(Fault::new("must be https").fix("plain http is for loopback alone, with allow_private = true")),
    }
}

fn check_secret(section: &mut Section, client_auth: ClientAuth) {
    let key = ["client_secret", "client_secret_file"].into_iter().find(|key| section.has(key));
    match (client_auth, key) {
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

fn scopes(section: &mut Section) -> Vec<String> {
    let scopes = section.optional("scopes", non_empty_list(parsed(scope)));
    let scopes = scopes.unwrap_or_else(|| ["openid", "profile", "email"].map(str::to_owned).into());
    if !scopes.iter().any(|scope| scope == "openid") {
        section.note_fault("scopes", Fault::new("lack \"openid\", which asks for the identity").fix("add \"openid\""));
    }
    scopes
}

/// RFC 6749 §3.3.
fn scope(text: &str) -> Result<String, Fault> {
    let fits = text.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e));
    fits.then(|| text.to_owned())
        .ok_or_else(|| Fault::new(format!("holds \"{text}\", which is not a scope")).fix("write each scope by itself"))
}

fn algorithm(node: &Node) -> Read<Algorithm> {
    let found = text(node)?;
    if let Some(algorithm) = Algorithm::from_name(&found) {
        return Ok(algorithm);
    }
    let safe = Algorithm::ALL.map(Algorithm::as_str);
    if found.eq_ignore_ascii_case("none") || found.starts_with("HS") {
        let fault = Fault::new(format!("holds \"{found}\", which proves nothing about who signed"));
        return Err(fault.fix(format!("use {}", alternatives(&safe))).into());
    }
    Err(unknown_word(&found, &safe, &[]).into())
}
