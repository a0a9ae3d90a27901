//! The keys of `kind = "oidc"`.

mod demands;
mod relaxed;

pub use demands::Demands;
pub use relaxed::IssPromise;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use url::Url;

use self::relaxed::RelaxedKeys;
use super::own_rules::{NoOwnRules, OwnRules};
use crate::base::ids::Issuer;
use crate::config::PrivateAddresses;
use crate::config::reader::{
    Fault, Node, Read, Section, WrittenKeys, alternatives, boolean, non_empty_list, one_of, parsed, text, unknown_word,
};
use crate::signin::identify::{
    Algorithm, DemandedProof, InvalidSubjectClaims, Issuers, NoncePresence, ProofDemand, Reauth, SubjectClaims,
};
use crate::upstream::oauth_client::addresses::issuer;
use crate::upstream::oauth_client::settings::{ClientSettings, Credential};
use crate::upstream::oauth_client::verified_strings::{VERIFIED_STRINGS, VerifiedForm};
use crate::upstream::redirect::Login;
use crate::upstream::relaxed_rule::RelaxedRule;

/// The settings of an OpenID provider.
#[derive(Debug, Clone)]
pub struct OidcSettings {
    pub issuer: Issuer,
    /// What the operator writes to decide the issuer.
    pub issuer_keys: WrittenKeys,
    /// Other issuers that this provider writes in its answers.
    pub issuer_aliases: Vec<Issuer>,
    /// The address of the metadata, if it is not below the issuer.
    pub discovery_url: Option<Url>,
    /// `openid` is among its scopes.
    pub client: Arc<ClientSettings>,
    pub response_mode: ResponseMode,
    pub userinfo: UserInfo,
    /// The algorithms that may sign an ID token or userinfo (security rule C10). Never empty.
    pub algorithms: Vec<Algorithm>,
    pub nonce: NoncePresence,
    pub iss_parameter: IssPromise,
    pub verified_form: VerifiedForm,
    pub reauth: Reauth,
    pub subject_claims: SubjectClaims,
    pub demands: Demands,
    pub own: Arc<dyn OwnRules>,
}

impl OidcSettings {
    /// All issuers whose answers count.
    #[must_use]
    pub fn issuers(&self) -> Issuers<'_> {
        Issuers { configured: &self.issuer, aliases: &self.issuer_aliases }
    }

    /// As [`crate::upstream::settings::KindSettings::accepts_issuer`].
    pub(super) fn accepts_issuer(&self, issuer: &Issuer) -> bool {
        self.issuer == *issuer || self.own.accepts_issuer(issuer.as_str())
    }

    /// The address of the metadata.
    #[must_use]
    pub fn metadata_address(&self) -> String {
        self.discovery_url.as_ref().map_or_else(|| self.default_metadata_address(), Url::to_string)
    }

    /// The address of the metadata below the issuer (OpenID Connect Discovery §4), unless the kind knows another one.
    fn default_metadata_address(&self) -> String {
        let below = || format!("{}/.well-known/openid-configuration", self.issuer.as_str().trim_end_matches('/'));
        self.own.metadata_address().unwrap_or_else(below)
    }

    /// How old the proof of this login may be, if it matters.
    pub(super) fn demanded_proof<S>(&self, login: &Login<'_, S>) -> Option<DemandedProof> {
        let by_login = login.proof_since.map(|since| DemandedProof { since, by: ProofDemand::Login(self.reauth) });
        let by_config = |age: Duration| DemandedProof { since: login.begun - age, by: ProofDemand::MaxAge };
        by_login.or_else(|| self.demands.max_age.map(by_config))
    }

    /// Claims of the provider, with those in an unusual form that the config allows in the usual one.
    pub(super) fn readable_as_configured(&self, claims: Map<String, Value>) -> Map<String, Value> {
        let mut claims = self.verified_form.readable(claims);
        self.own.read_claims(&mut claims);
        claims
    }

    /// As [`crate::upstream::settings::KindSettings::identity_settings`].
    pub(super) fn identity_settings(&self) -> Value {
        // A provider reads them as a set (RFC 6749 §3.3).
        let scopes: BTreeSet<_> = self.client.scopes.iter().collect();
        let aliases: Vec<_> = self.issuer_aliases.iter().map(Issuer::as_str).collect();
        // A key that is not set adds nothing: otherwise each new key of Vestibule would end all sessions.
        let settings = [
            ("scopes", Some(json!(scopes))),
            ("userinfo", Some(json!(self.userinfo == UserInfo::Ask))),
            ("issuer_aliases", (!aliases.is_empty()).then(|| json!(aliases))),
            (VERIFIED_STRINGS, self.verified_form.identity_setting()),
            ("subject_claims", Some(json!(self.subject_claims.names())).filter(|names| *names != json!([]))),
            ("acr_values", (!self.demands.acr_values.is_empty()).then(|| json!(self.demands.acr_values))),
            ("max_age", self.demands.max_age.map(|age| json!(age.as_secs()))),
            ("claims", self.demands.claims.as_ref().map(|claims| json!(claims))),
        ];
        let own = self.own.identity_settings().into_iter().map(|(name, value)| (name, Some(value)));
        settings.into_iter().chain(own).filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }

    /// As [`crate::upstream::settings::KindSettings::relaxed_rules`].
    pub(super) fn relaxed_rules(&self) -> Vec<RelaxedRule> {
        relaxed::relaxed_rules(self).into_iter().chain(self.own.relaxed_rules()).collect()
    }
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
    parse_with(section, Credential::parse)
}

/// As [`parse`], for a client whose credential has other keys.
pub fn parse_with(
    section: &mut Section,
    credential: impl FnOnce(&mut Section) -> Option<Credential>,
) -> Option<OidcSettings> {
    let private = PrivateAddresses::read(section);
    let issuer = section.required("issuer", "\"https://sso.example.edu\"", parsed(|text| issuer(text, private)));
    parse_for(section, issuer, credential)
}

/// As [`parse_with`], for a kind that knows the issuer.
pub fn parse_for(
    section: &mut Section,
    issuer: Option<Issuer>,
    credential: impl FnOnce(&mut Section) -> Option<Credential>,
) -> Option<OidcSettings> {
    let private = PrivateAddresses::read(section);
    let client = ClientSettings::parse_with(section, &["openid", "profile", "email"], credential);
    if client.as_ref().is_some_and(|client| !client.scopes.iter().any(|scope| scope == "openid")) {
        section.note_fault("scopes", Fault::new("lack \"openid\", which asks for the identity").fix("add \"openid\""));
    }
    let modes = [("query", ResponseMode::Query), ("form_post", ResponseMode::FormPost)];
    let response_mode = section.optional("response_mode", one_of(&modes, &[])).unwrap_or(ResponseMode::Query);
    let userinfo = section.optional("userinfo", boolean).unwrap_or(false);
    let algorithms = section.optional("algorithms", non_empty_list(algorithm));
    let relaxed = RelaxedKeys::read(section, issuer.as_ref(), private);
    let subject_claims = subject_claims(section);
    let demands = Demands::read(section);
    if let Some(client) = &client {
        check_auth_params(section, client);
    }
    if relaxed.reauth == Reauth::Trust && demands.max_age.is_some() {
        let fault = Fault::new("= \"trust\" contradicts `max_age`, which demands that the provider sends `auth_time`");
        section.note_fault("reauth", fault.fix("leave out one of the two"));
    }
    Some(OidcSettings {
        issuer: issuer?,
        issuer_keys: section.written_as("issuer"),
        issuer_aliases: relaxed.issuer_aliases,
        discovery_url: relaxed.discovery_url,
        client: Arc::new(client?),
        response_mode,
        userinfo: if userinfo { UserInfo::Ask } else { UserInfo::Skip },
        algorithms: algorithms.unwrap_or_else(|| vec![Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa]),
        nonce: relaxed.nonce,
        iss_parameter: relaxed.iss_parameter,
        verified_form: relaxed.verified_form,
        reauth: relaxed.reauth,
        subject_claims,
        demands,
        own: Arc::new(NoOwnRules),
    })
}

/// In `auth_params`, these would be sent, and the answer would not be checked.
fn check_auth_params(section: &Section, client: &ClientSettings) {
    for name in ["acr_values", "claims"].into_iter().filter(|name| client.auth_params.contains_key(*name)) {
        let fault = Fault::new(format!("sets \"{name}\", which has a key of its own"));
        section.note_fault("auth_params", fault.fix(format!("write {name} = … beside it")));
    }
}

/// The claims that are the subject, if `sub` alone is not.
fn subject_claims(section: &mut Section) -> SubjectClaims {
    const KEY: &str = "subject_claims";
    let Some(names) = section.optional(KEY, non_empty_list(text)) else { return SubjectClaims::SUB };
    SubjectClaims::new(names).unwrap_or_else(|why| {
        let fault = match why {
            InvalidSubjectClaims::WithoutSub => {
                Fault::new("lacks \"sub\", the only claim that a provider never gives to somebody else")
                    .fix("add \"sub\"")
            }
            InvalidSubjectClaims::Twice(name) => Fault::new(format!("holds {name:?} twice")),
        };
        section.note_fault(KEY, fault);
        SubjectClaims::SUB
    })
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
