//! `kind = "oidc"`: its row in the table of kinds, and how a module is opened.

use std::sync::Arc;

use serde_json::Value;

use super::Oidc;
use super::settings::{OidcSettings, parse};
use crate::base::ids::{Issuer, ProviderId};
use crate::config::reader::{Fault, Section, WrittenKeys};
use crate::config::{Provider, ProviderKind, SignInMethod};
use crate::upstream::LoginModule;
use crate::upstream::relaxed_rule::RelaxedRule;
use crate::upstream::settings::{Email, IssuerOrigin, KindSettings, OpenContext, OpenError, ProviderSettings};

/// Products and services that speak OpenID Connect, so they have no separate kind.
const PRODUCTS: [&str; 3] = ["authelia", "dex", "zitadel"];

/// `kind = "oidc"`
pub struct Kind;

impl ProviderKind<ProviderSettings> for Kind {
    fn name(&self) -> &'static str {
        "oidc"
    }

    fn method(&self) -> SignInMethod {
        SignInMethod::Redirect
    }

    fn hint_for_product(&self, name: &str) -> Option<Fault> {
        let fault = || Fault::new(format!("= \"{name}\" is not a kind: it speaks OpenID Connect"));
        PRODUCTS.contains(&name).then(|| fault().fix("write kind = \"oidc\", and its issuer"))
    }

    fn parse(&self, section: &mut Section) -> Option<ProviderSettings> {
        Some(Arc::new(parse(section)?))
    }
}

impl KindSettings for OidcSettings {
    fn open(
        self: Arc<Self>,
        provider: &Provider<ProviderSettings>,
        context: &mut OpenContext<'_>,
    ) -> Result<Arc<dyn LoginModule>, OpenError> {
        let (id, http) = (provider.id.clone(), context.http(provider)?);
        let callback = context.public_url.callback(&id);
        Ok(Arc::new(Oidc::new(id, self, callback, http, context.clock.clone())))
    }

    fn issuer(&self, _: &ProviderId) -> Issuer {
        self.issuer.clone()
    }

    fn accepts_issuer(&self, _: &ProviderId, issuer: &Issuer) -> bool {
        self.accepts_issuer(issuer)
    }

    fn issuer_origin(&self) -> IssuerOrigin {
        self.own.issuer_origin()
    }

    fn subject_source(&self) -> String {
        match self.subject_claims.names() {
            [] => "sub".to_owned(),
            names => names.join(", "),
        }
    }

    fn issuer_inputs(&self) -> Option<&WrittenKeys> {
        Some(&self.issuer_keys).filter(|keys| !keys.is_only("issuer"))
    }

    fn identity_settings(&self) -> Value {
        self.identity_settings()
    }

    fn untested(&self) -> &'static str {
        "a whole sign-in and its claims"
    }

    fn email(&self, id: &ProviderId) -> Email {
        if self.client.scopes.iter().any(|scope| scope == "email") || self.demands.request_claim("email") {
            return Email::MayCome;
        }
        Email::NotRequested { fix: format!("add \"email\" to `scopes` of [provider.{id}]") }
    }

    fn relaxed_rules(&self) -> Vec<RelaxedRule> {
        self.relaxed_rules()
    }

    fn client_id(&self) -> Option<&str> {
        Some(&self.client.client_id)
    }
}
