//! `kind = "webhook"`: its row in the table of kinds, and how its module is opened.

use std::sync::Arc;

use serde_json::Value;

use super::Webhook;
use super::settings::{Endpoint, WebhookSettings, parse};
use crate::base::ids::{Issuer, ProviderId};
use crate::config::reader::Section;
use crate::config::{Provider, ProviderKind, SignInMethod};
use crate::upstream::LoginModule;
use crate::upstream::http::Http;
use crate::upstream::settings::{Email, IssuerOrigin, KindSettings, OpenContext, OpenError, ProviderSettings};

/// `kind = "webhook"`
pub struct Kind;

impl ProviderKind<ProviderSettings> for Kind {
    fn name(&self) -> &'static str {
        "webhook"
    }

    fn method(&self) -> SignInMethod {
        SignInMethod::Password
    }

    fn parse(&self, section: &mut Section) -> Option<ProviderSettings> {
        Some(Arc::new(parse(section)?))
    }
}

impl KindSettings for WebhookSettings {
    fn open(
        self: Arc<Self>,
        provider: &Provider<ProviderSettings>,
        context: &mut OpenContext<'_>,
    ) -> Result<Arc<dyn LoginModule>, OpenError> {
        let http = match &self.endpoint {
            Endpoint::Socket { socket, .. } => Http::at_socket(socket)?,
            Endpoint::Network(_) => context.http(provider)?,
        };
        let (id, groups_claim) = (provider.id.clone(), provider.groups_claim.clone());
        Ok(Arc::new(Webhook::new(id, self, groups_claim, http, context.clock.clone())))
    }

    fn issuer(&self, id: &ProviderId) -> Issuer {
        self.issuer_of(id)
    }

    fn issuer_origin(&self) -> IssuerOrigin {
        IssuerOrigin::Operator
    }

    fn subject_source(&self) -> String {
        "the webhook's subject".to_owned()
    }

    fn identity_settings(&self) -> Value {
        Value::Null
    }

    fn untested(&self) -> &'static str {
        "the answer to a person's name and password, and the claims in it"
    }

    /// A hook may send any claim.
    fn email(&self, _: &ProviderId) -> Email {
        Email::MayCome
    }
}
