//! `kind = "xmpp"`: its row in the table of kinds, and how its module is opened.

use std::sync::Arc;

use super::settings::{XmppSettings, parse};
use super::{ISSUER, Xmpp};
use crate::base::ids::{Issuer, ProviderId};
use crate::config::reader::Section;
use crate::config::{Provider, ProviderKind, SignInMethod};
use crate::upstream::LoginModule;
use crate::upstream::settings::{Email, IssuerOrigin, KindSettings, OpenContext, OpenError, ProviderSettings};

/// `kind = "xmpp"`
pub struct Kind;

impl ProviderKind<ProviderSettings> for Kind {
    fn name(&self) -> &'static str {
        "xmpp"
    }

    fn method(&self) -> SignInMethod {
        SignInMethod::Password
    }

    fn parse(&self, section: &mut Section) -> Option<ProviderSettings> {
        Some(Arc::new(parse(section)?))
    }
}

impl KindSettings for XmppSettings {
    fn open(
        self: Arc<Self>,
        provider: &Provider<ProviderSettings>,
        context: &mut OpenContext<'_>,
    ) -> Result<Arc<dyn LoginModule>, OpenError> {
        let (id, ca, clock) = (provider.id.clone(), provider.ca.as_deref(), context.clock.clone());
        Ok(Arc::new(Xmpp::new(id, self, ca, clock)?))
    }

    fn issuer(&self, _: &ProviderId) -> Issuer {
        Issuer::from(ISSUER)
    }

    fn issuer_origin(&self) -> IssuerOrigin {
        IssuerOrigin::Kind
    }

    fn untested(&self) -> &'static str {
        "a person's password"
    }

    fn email(&self, _: &ProviderId) -> Email {
        Email::NeverComes
    }

    fn bans_after(&self) -> Option<u32> {
        self.bans_after
    }
}
