//! The keys that relax a security rule for a provider which does not keep to the standard.

use url::Url;

use super::OidcSettings;
use crate::base::ids::Issuer;
use crate::config::PrivateAddresses;
use crate::config::reader::{Fault, Section, list, one_of, parsed};
use crate::signin::identify::{IssParameter, NoncePresence, Reauth};
use crate::upstream::oauth_client::addresses::endpoint;
use crate::upstream::oauth_client::reauth;
use crate::upstream::oauth_client::verified_strings::VerifiedForm;
use crate::upstream::relaxed_rule::RelaxedRule;

/// Whether the authorization response must have the `iss` that the metadata promises (RFC 9207 §2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssPromise {
    Kept,
    /// The provider's metadata promises it, and yet some answers lack it.
    Broken,
}

impl IssPromise {
    /// Whether an answer needs `iss`, with metadata that say `promised`.
    #[must_use]
    pub fn required_by(self, promised: IssParameter) -> IssParameter {
        match self {
            Self::Kept => promised,
            Self::Broken => IssParameter::Optional,
        }
    }
}

/// The keys of this file.
#[derive(Debug)]
pub(super) struct RelaxedKeys {
    pub discovery_url: Option<Url>,
    pub issuer_aliases: Vec<Issuer>,
    pub nonce: NoncePresence,
    pub iss_parameter: IssPromise,
    pub verified_form: VerifiedForm,
    pub reauth: Reauth,
}

impl RelaxedKeys {
    pub(super) fn read(section: &mut Section, issuer: Option<&Issuer>, private: PrivateAddresses) -> Self {
        let discovery_url = section.optional("discovery_url", parsed(|text| endpoint(text, private)));
        let alias = |text: &str| match issuer {
            Some(issuer) if issuer.as_str() == text => {
                Err(Fault::new(format!("holds {text:?}, which is the issuer itself")).fix("leave it out"))
            }
            Some(_) | None => Ok(Issuer::from(text)),
        };
        let issuer_aliases = section.optional("issuer_aliases", list(parsed(alias))).unwrap_or_default();
        let nonce = [("required", NoncePresence::Required), ("not_returned", NoncePresence::NotReturned)];
        let iss_parameter = [("as_promised", IssPromise::Kept), ("if_sent", IssPromise::Broken)];
        Self {
            discovery_url,
            issuer_aliases,
            nonce: section.optional("nonce", one_of(&nonce, &[])).unwrap_or(NoncePresence::Required),
            iss_parameter: section.optional("iss_parameter", one_of(&iss_parameter, &[])).unwrap_or(IssPromise::Kept),
            verified_form: VerifiedForm::read(section),
            reauth: reauth::read(section),
        }
    }
}

/// The security rules that the settings relax.
pub(super) fn relaxed_rules(settings: &OidcSettings) -> Vec<RelaxedRule> {
    let OidcSettings { nonce, iss_parameter, issuer_aliases, verified_form, .. } = settings;
    let relaxed = |rule, setting: &str, consequence| RelaxedRule { rule, setting: setting.to_owned(), consequence };
    let has_nonce = *nonce == NoncePresence::Required;
    let mut rules = settings.client.relaxed_rules(has_nonce);
    if let Some(address) = &settings.discovery_url
        && settings.metadata_address() != settings.default_metadata_address()
    {
        let setting = format!("discovery_url = \"{address}\"");
        let consequence = "the server at that address, and not the issuer's, names the endpoints and the keys; the \
                           issuer in the metadata is still compared";
        rules.push(relaxed("C19", &setting, consequence));
    }
    if !issuer_aliases.is_empty() {
        let aliases: Vec<_> = issuer_aliases.iter().map(|alias| format!("{:?}", alias.as_str())).collect();
        let setting = format!("issuer_aliases = [{}]", aliases.join(", "));
        let consequence = "an answer, a token or metadata of these issuers count as the provider's own, and their \
                           people as its people";
        rules.push(relaxed("C12", &setting, consequence));
    }
    if !has_nonce {
        let consequence = "an ID token without a nonce is accepted, so nothing in it shows for which login it was made";
        rules.push(relaxed("C13", "nonce = \"not_returned\"", consequence));
    }
    if *iss_parameter == IssPromise::Broken {
        let consequence = "an answer without `iss` is accepted although the metadata promise it, so only the redirect \
                           address tells the answers of two providers apart";
        rules.push(relaxed("C8", "iss_parameter = \"if_sent\"", consequence));
    }
    rules.extend(verified_form.relaxed_rule());
    rules.extend(reauth::relaxed_rule(settings.reauth));
    rules
}
