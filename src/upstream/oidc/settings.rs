//! The keys of `kind = "oidc"`.

use std::sync::Arc;

use url::Url;

use crate::base::ids::Issuer;
use crate::base::urls::{is_loopback, may_hide_a_password};
use crate::config::PrivateAddresses;
use crate::config::reader::{
    Fault, Node, Read, Section, alternatives, boolean, non_empty_list, one_of, parsed, text, unknown_word,
};
use crate::signin::identify::Algorithm;
use crate::upstream::oauth_client::settings::ClientSettings;

/// The settings of an OpenID provider.
#[derive(Debug, Clone)]
pub struct OidcSettings {
    pub issuer: Issuer,
    /// `openid` is among its scopes.
    pub client: Arc<ClientSettings>,
    pub response_mode: ResponseMode,
    pub userinfo: UserInfo,
    /// The algorithms that may sign an ID token or userinfo (security rule C10). Never empty.
    pub algorithms: Vec<Algorithm>,
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

/// Reads the keys of this kind. Other code reads the keys that all kinds share.
pub fn parse(section: &mut Section) -> Option<OidcSettings> {
    let private = PrivateAddresses::read(section);
    let issuer = section.required("issuer", "\"https://sso.example.edu\"", parsed(|text| issuer(text, private)));
    let client = ClientSettings::parse(section, &["openid", "profile", "email"]);
    if client.as_ref().is_some_and(|client| !client.scopes.iter().any(|scope| scope == "openid")) {
        section.note_fault("scopes", Fault::new("lack \"openid\", which asks for the identity").fix("add \"openid\""));
    }
    let modes = [("query", ResponseMode::Query), ("form_post", ResponseMode::FormPost)];
    let response_mode = section.optional("response_mode", one_of(&modes, &[])).unwrap_or(ResponseMode::Query);
    let userinfo = section.optional("userinfo", boolean).unwrap_or(false);
    let algorithms = section.optional("algorithms", non_empty_list(algorithm));
    Some(OidcSettings {
        issuer: issuer?,
        client: Arc::new(client?),
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
