//! `kind = "apple"`: its row in the table of kinds, and how its module is opened.

use std::sync::Arc;

use serde_json::Value;

use super::Apple;
use super::settings::{AppleSettings, parse};
use crate::base::ids::{Issuer, ProviderId};
use crate::config::reader::Section;
use crate::config::{Provider, ProviderKind, SignInMethod};
use crate::upstream::LoginModule;
use crate::upstream::oidc::Oidc;
use crate::upstream::relaxed_rule::RelaxedRule;
use crate::upstream::settings::{Email, IssuerOrigin, KindSettings, OpenContext, OpenError, ProviderSettings};

/// `kind = "apple"`
pub struct Kind;

impl ProviderKind<ProviderSettings> for Kind {
    fn name(&self) -> &'static str {
        "apple"
    }

    fn method(&self) -> SignInMethod {
        SignInMethod::Redirect
    }

    fn parse(&self, section: &mut Section) -> Option<ProviderSettings> {
        Some(Arc::new(parse(section)?))
    }
}

impl KindSettings for AppleSettings {
    fn open(
        self: Arc<Self>,
        provider: &Provider<ProviderSettings>,
        context: &mut OpenContext<'_>,
    ) -> Result<Arc<dyn LoginModule>, OpenError> {
        let (id, http) = (provider.id.clone(), context.http(provider)?);
        let callback = context.public_url.callback(&id);
        let oidc = Oidc::new(id, Arc::clone(&self.oidc), callback, http, context.clock.clone());
        Ok(Arc::new(Apple { oidc }))
    }

    fn issuer(&self, _: &ProviderId) -> Issuer {
        self.oidc.issuer.clone()
    }

    fn issuer_origin(&self) -> IssuerOrigin {
        IssuerOrigin::Provider
    }

    fn subject_source(&self) -> String {
        self.oidc.subject_source()
    }

    /// Another team has another subject for everybody.
    fn identity_settings(&self) -> Value {
        let mut settings = KindSettings::identity_settings(&*self.oidc);
        if let Some(settings) = settings.as_object_mut() {
            settings.insert("team_id".to_owned(), self.team_id.clone().into());
        }
        settings
    }

    fn untested(&self) -> &'static str {
        self.oidc.untested()
    }

    fn email(&self, id: &ProviderId) -> Email {
        self.oidc.email(id)
    }

    fn why_unverified(&self, id: &ProviderId) -> Option<String> {
        self.oidc.why_unverified(id)
    }

    fn relaxed_rules(&self) -> Vec<RelaxedRule> {
        KindSettings::relaxed_rules(&*self.oidc)
    }

    fn client_id(&self) -> Option<&str> {
        self.oidc.client_id()
    }
}
