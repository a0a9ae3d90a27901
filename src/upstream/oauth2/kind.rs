//! `kind = "oauth2"`: its row in the table of kinds, and how its module is opened.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::OAuth2;
use super::settings::{EmailVerified, OAuth2Settings, parse};
use crate::base::ids::{Group, Issuer, ProviderId};
use crate::config::reader::Section;
use crate::config::{Provider, ProviderKind, SignInMethod};
use crate::signin::identify::ClaimPath;
use crate::upstream::LoginModule;
use crate::upstream::oauth_client::reauth::relaxed_rule;
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

    fn identity_settings(&self) -> Value {
        let path = |path: &Option<ClaimPath>| path.as_ref().map(|path| path.as_str().to_owned());
        let verified = match &self.mapping.email_verified {
            EmailVerified::Never => None,
            EmailVerified::If(path) => Some(path.as_str()),
        };
        let scopes: BTreeSet<_> = self.client.scopes.iter().collect();
        let calls: Vec<_> = self.calls.iter().map(|(name, url)| (name, url.as_str())).collect();
        let mut settings = Map::from_iter(
            [
                ("calls", json!(calls)),
                ("email", path(&self.mapping.email).into()),
                ("email_verified", verified.into()),
                ("scopes", json!(scopes)),
                ("subject", self.mapping.subject.as_str().into()),
                ("userinfo", self.userinfo_url.as_str().into()),
            ]
            .map(|(name, value): (&str, Value)| (name.to_owned(), value)),
        );
        let more = [
            ("email_list", self.mapping.email_list.as_ref().map(|list| list.text().into()).unwrap_or_default()),
            ("extension", self.extension.identity_settings()),
        ];
        let more = more.into_iter().filter(|(_, value)| !value.is_null());
        settings.extend(more.map(|(name, value)| (name.to_owned(), value)));
        Value::Object(settings)
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

    fn relaxed_rules(&self) -> Vec<RelaxedRule> {
        self.client.relaxed_rules(false).into_iter().chain(relaxed_rule(self.reauth)).collect()
    }

    fn unmatchable_groups(&self, groups: &BTreeMap<String, Group>) -> Vec<(String, String)> {
        self.extension.unmatchable_groups(groups)
    }

    fn client_id(&self) -> Option<&str> {
        Some(&self.client.client_id)
    }
}
