//! The keys of `kind = "oauth2"`.

mod subject;

use std::collections::BTreeMap;
use std::sync::Arc;

use http::header::{AUTHORIZATION, COOKIE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use super::email_list::EmailList;
use super::extension::{ApiExtension, NoExtension};
use super::mapped_claims::MAPPED_CLAIMS;
use crate::base::ids::Issuer;
use crate::config::PrivateAddresses;
use crate::config::reader::{Fault, Node, Read, Section, WrittenKeys, boolean, non_empty_list, parsed};
use crate::signin::identify::{ClaimPath, Reauth};
use crate::upstream::oauth_client::addresses::{endpoint, issuer};
use crate::upstream::oauth_client::reauth;
use crate::upstream::oauth_client::settings::ClientSettings;
use crate::upstream::oauth_client::verified_strings::{VERIFIED_STRINGS, VerifiedForm};
use crate::upstream::relaxed_rule::RelaxedRule;

/// The settings of a provider that speaks OAuth 2.0 without OpenID Connect.
#[derive(Debug, Clone)]
pub struct OAuth2Settings {
    /// Part of every identity. The provider may send it as `iss` with its answer (RFC 9207).
    pub issuer: Issuer,
    pub client: Arc<ClientSettings>,
    pub authorization_url: Url,
    pub token_url: Url,
    /// With the parameters of the config.
    pub userinfo_url: Url,
    /// What the operator writes to decide the addresses that are asked.
    pub address_keys: AddressKeys,
    /// Sent to the userinfo address and with each call.
    pub headers: HeaderMap,
    /// Further requests with the access token, in the order of their names. Each answer becomes a claim of this name.
    /// A map would take a kilobyte for its first entry.
    pub calls: Box<[(String, Url)]>,
    pub mapping: ClaimMapping,
    pub verified_form: VerifiedForm,
    /// What happens if a login demands that the person signs in again: nothing tells when they did.
    pub reauth: Reauth,
    /// What the API needs beyond these keys.
    pub extension: Arc<dyn ApiExtension>,
}

/// What the operator writes to decide each address.
#[derive(Debug, Clone)]
pub struct AddressKeys {
    pub token: WrittenKeys,
    pub userinfo: WrittenKeys,
    pub calls: WrittenKeys,
}

/// Which members of the answers become which claims.
#[derive(Debug, Clone)]
pub struct ClaimMapping {
    pub subject: ClaimPath,
    pub email: Option<ClaimPath>,
    pub email_verified: EmailVerified,
    /// In place of the two paths above, if the config has neither.
    pub email_list: Option<EmailList>,
    pub name: Option<ClaimPath>,
    pub preferred_username: Option<ClaimPath>,
}

/// Whether the e-mail address counts as verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EmailVerified {
    Never,
    /// The provider sends no other addresses. This bends security rule C22.
    Always,
    /// If the members at all of these paths are `true`, in a form that [`VerifiedForm`] allows. Never empty.
    If(Vec<ClaimPath>),
}

impl OAuth2Settings {
    /// As [`crate::upstream::settings::KindSettings::relaxed_rules`].
    #[must_use]
    pub fn relaxed_rules(&self) -> Vec<RelaxedRule> {
        let verified = (self.mapping.email_verified == EmailVerified::Always).then(|| RelaxedRule {
            rule: "C22",
            setting: "email_verified = true".to_owned(),
            consequence: "every e-mail address that it sends counts as verified, so a rule's domain lets in everybody \
                          who can get such an address there",
        });
        let client = self.client.relaxed_rules(false);
        let more = [verified, self.verified_form.relaxed_rule(), reauth::relaxed_rule(self.reauth)];
        client.into_iter().chain(more.into_iter().flatten()).collect()
    }
}

/// Reads the keys of this kind. Other code reads the keys that all kinds share.
pub fn parse(section: &mut Section) -> Option<OAuth2Settings> {
    let private = PrivateAddresses::read(section);
    let issuer = section.required("issuer", "\"https://social.example\"", parsed(|text| issuer(text, private)));
    let client = ClientSettings::parse(section, &[]);
    let mut address = |key: &str, example: &str| section.required(key, example, parsed(|text| endpoint(text, private)));
    let authorization_url = address("auth_url", "\"https://social.example/oauth/authorize\"");
    let token_url = address("token_url", "\"https://social.example/oauth/token\"");
    let userinfo_url = address("userinfo_url", "\"https://api.social.example/me\"");
    let parameters = section.texts("userinfo_params");
    let headers = headers(section);
    let calls = calls(section, private);
    let mapping = mapping(section);
    let verified_form = verified_form(section, mapping.as_ref());
    let reauth = reauth::read(section);
    Some(OAuth2Settings {
        issuer: issuer?,
        client: Arc::new(client?),
        authorization_url: authorization_url?,
        token_url: token_url?,
        userinfo_url: with_parameters(userinfo_url?, &parameters),
        address_keys: AddressKeys {
            token: section.written_as("token_url"),
            userinfo: section.written_as("userinfo_url"),
            calls: section.written_as("calls"),
        },
        headers,
        calls,
        mapping: mapping?,
        verified_form,
        reauth,
        extension: Arc::new(NoExtension),
    })
}

fn with_parameters(mut url: Url, parameters: &BTreeMap<String, String>) -> Url {
    if !parameters.is_empty() {
        url.query_pairs_mut().extend_pairs(parameters);
    }
    url
}

fn headers(section: &mut Section) -> HeaderMap {
    const KEY: &str = "userinfo_headers";
    let mut headers = HeaderMap::new();
    for (name, value) in section.texts(KEY) {
        match (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            (Ok(name), Ok(_)) if [AUTHORIZATION, COOKIE, HOST].contains(&name) => {
                let fault = Fault::new(format!("sets {name}, which Vestibule sets itself or never sends"));
                section.note_fault(KEY, fault.fix("leave it out"));
            }
            (Ok(name), Ok(value)) => drop(headers.insert(name, value)),
            (Err(_), _) => section.note_fault(KEY, Fault::new(format!("holds {name:?}, which is no header's name"))),
            (Ok(name), Err(_)) => section.note_fault(
                KEY,
                Fault::new(format!("gives {name} a value that a header can't have")).fix("write it in visible ASCII"),
            ),
        }
    }
    headers
}

fn calls(section: &mut Section, private: PrivateAddresses) -> Box<[(String, Url)]> {
    let mut calls = Vec::new();
    for (name, address) in section.texts("calls") {
        let fault = match endpoint(&address, private) {
            Ok(_) if MAPPED_CLAIMS.contains(&name.as_str()) => {
                Fault::new(format!("names a call {name}, which is the name of a claim")).fix("give it another name")
            }
            Ok(_) if name.contains('.') => {
                Fault::new(format!("names a call \"{name}\", and a path has dots")).fix("give it a name without dots")
            }
            Ok(url) => {
                calls.push((name, url));
                continue;
            }
            Err(fault) => fault.within(&format!("holds an address for {name} that")),
        };
        section.note_fault("calls", fault);
    }
    calls.into_boxed_slice()
}

fn mapping(section: &mut Section) -> Option<ClaimMapping> {
    let subject = section.required("subject", "\"id\", the member with an id that never changes", parsed(claim_path));
    let mut path = |key: &str, default: &str| {
        let given = section.has(key);
        section.optional(key, parsed(claim_path)).or_else(|| ClaimPath::parse(default).filter(|_| !given))
    };
    let (email, preferred_username) = (path("email", "email"), path("preferred_username", "preferred_username"));
    // The key `name` is the provider's own name.
    let name = path("display_name", "name");
    let email_verified = section.optional("email_verified", email_verified).unwrap_or(EmailVerified::Never);
    let email_list = EmailList::read(section).filter(|_| !section.has("email") && !section.has("email_verified"));
    let mapping = ClaimMapping { subject: subject?, email, email_verified, email_list, name, preferred_username };
    subject::check(section, &mapping);
    Some(mapping)
}

fn verified_form(section: &mut Section, mapping: Option<&ClaimMapping>) -> VerifiedForm {
    let form = VerifiedForm::read(section);
    let is_never_read = mapping
        .is_some_and(|mapping| !matches!(mapping.email_verified, EmailVerified::If(_)) && mapping.email_list.is_none());
    if form == VerifiedForm::BooleanOrText && is_never_read {
        let fault = Fault::new("has no effect, since `email_verified` names no member");
        section.note_fault(VERIFIED_STRINGS, fault.fix("name the member there, or leave this key out"));
    }
    form
}

fn claim_path(text: &str) -> Result<ClaimPath, Fault> {
    ClaimPath::parse(text)
        .ok_or_else(|| Fault::new("must be a name, or names with a dot between them").fix("write \"data.id\""))
}

fn email_verified(node: &Node) -> Read<EmailVerified> {
    match boolean(node) {
        Ok(false) => Ok(EmailVerified::Never),
        Ok(true) => Ok(EmailVerified::Always),
        Err(_) => {
            let one = parsed(claim_path)(node).map(|path| vec![path]);
            let paths = one.or_else(|_| non_empty_list(parsed(claim_path))(node));
            paths.map(EmailVerified::If).map_err(|_| {
                let fault = Fault::new("must be a string with a path, a list of them, true or false");
                fault.fix("write \"verified\", or false").into()
            })
        }
    }
}
