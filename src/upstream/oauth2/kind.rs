//! `kind = "oauth2"`: its row in the table of kinds, and how its module is opened.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use super::OAuth2;
use super::settings::{EmailVerified, OAuth2Settings, parse};
use crate::base::ids::{Group, Issuer, ProviderId};
use crate::config::reader::Section;
use crate::config::{Provider, ProviderKind, SignInMethod};
use crate::signin::identify::ClaimPath;
use crate::upstream::LoginModule;
use crate::upstream::oauth_client::verified_strings::VERIFIED_STRINGS;
use crate::upstream::relaxed_rule::RelaxedRule;
use crate::upstream::settings::{Email, IssuerOrigin, KindSettings, OpenContext, OpenError, ProviderSettings};

/// `kind = "oauth2"`
pub struct Kind;

impl ProviderKind<ProviderSettings> for Kind {
    fn name(&self) -> &'static str {
        "oauth2"
    }

    fn method(&self) -> SignInMethod {
        SignInMethod::Redirect
    }

    fn parse(&self, section: &mut Section) -> Option<ProviderSettings> {
        Some(Arc::new(parse(section)?))
    }
}

impl KindSettings for OAuth2Settings {
    fn open(
        self: Arc<Self>,
        provider: &Provider<ProviderSettings>,
        context: &mut OpenContext<'_>,
    ) -> Result<Arc<dyn LoginModule>, OpenError> {
        let (id, http) = (provider.id.clone(), context.http(provider)?);
        let callback = context.public_url.callback(&id);
        Ok(Arc::new(OAuth2::new(id, self, callback, http, context.clock.clone())?))
    }

    fn issuer(&self, _: &ProviderId) -> Issuer {
        self.issuer.clone()
    }

    fn issuer_origin(&self) -> IssuerOrigin {
        IssuerOrigin::Operator
    }

    fn subject_source(&self) -> String {
        let path = self.mapping.subject.as_str();
        let first = path.split('.').next().unwrap_or_default();
        // The answer of a call of this name hides the member of userinfo.
        if self.calls.iter().any(|(name, _)| name == first) { format!("{path} of a call") } else { path.to_owned() }
    }

    fn identity_settings(&self) -> Value {
        let path = |path: &Option<ClaimPath>| path.as_ref().map(|path| path.as_str().to_owned());
        let verified = match &self.mapping.email_verified {
            EmailVerified::Never => Value::Null,
            EmailVerified::Always => json!(true),
            EmailVerified::If(paths) => match paths.as_slice() {
                [path] => json!(path.as_str()),
                paths => json!(paths.iter().map(ClaimPath::as_str).collect::<Vec<_>>()),
            },
        };
        let scopes: BTreeSet<_> = self.client.scopes.iter().collect();
        let calls: Vec<_> = self.calls.iter().map(|(name, url)| (name, url.as_str())).collect();
        // A key that is not set adds nothing: otherwise each new key of Vestibule would end all sessions.
        let settings = [
            ("calls", Some(json!(calls))),
            ("email", Some(json!(path(&self.mapping.email)))),
            ("email_verified", Some(json!(verified))),
            ("scopes", Some(json!(scopes))),
            ("subject", Some(json!(self.mapping.subject.as_str()))),
            ("userinfo", Some(json!(self.userinfo_url.as_str()))),
            ("email_list", self.mapping.email_list.as_ref().map(|list| list.text().into())),
            ("extension", Some(self.extension.identity_settings()).filter(|own| !own.is_null())),
            (VERIFIED_STRINGS, self.verified_form.identity_setting()),
        ];
        settings.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }

    fn untested(&self) -> &'static str {
        "a whole sign-in, and what the provider says about a person"
    }

    fn email(&self, _: &ProviderId) -> Email {
        if self.mapping.email.is_some() || self.mapping.email_list.is_some() {
            Email::MayCome
        } else {
            Email::NeverComes
        }
    }

    fn why_unverified(&self, id: &ProviderId) -> Option<String> {
        match (&self.mapping.email_verified, &self.mapping.email_list) {
            (EmailVerified::If(_), _) | (_, Some(_)) if self.email(id) == Email::MayCome => None,
            // `email_verified = true` says nothing about a single address.
            (EmailVerified::Never | EmailVerified::Always | EmailVerified::If(_), _) => Some(
                "name the member that says whether an address is verified: email_verified = \"verified\"; or leave it \
                 out"
                .to_owned(),
            ),
        }
    }

    fn relaxed_rules(&self) -> Vec<RelaxedRule> {
        self.relaxed_rules()
    }

    fn unmatchable_groups(&self, groups: &BTreeMap<String, Group>) -> Vec<(String, String)> {
        self.extension.unmatchable_groups(groups)
    }

    fn client_id(&self) -> Option<&str> {
        Some(&self.client.client_id)
    }
}
