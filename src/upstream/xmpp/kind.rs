//! `kind = "xmpp"`: its row in the table of kinds, and how its module is opened.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::jid::Domain;
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

    fn subject_source(&self) -> String {
        "the JID".to_owned()
    }

    fn identity_settings(&self) -> Value {
        // Their order decides only which server checks a name without a domain. A subject is a whole JID.
        let domains: BTreeSet<_> = self.domains.iter().map(Domain::as_str).collect();
        json!({ "domains": domains })
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

    fn subject_fault(&self, subject: &str) -> Option<String> {
        match self.domains.account(subject) {
            Some(account) if account.jid.as_str() == subject => None,
            Some(account) => Some(format!("write the whole JID as the server compares it: {}", account.jid)),
            None => Some("it is not a JID of one of the provider's `domains`".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{KindSettings as _, XmppSettings};
    use crate::upstream::xmpp::jid::{Domain, Domains};

    #[test]
    fn only_a_normal_jid_of_a_domain_of_the_provider_is_a_subject() {
        let settings = XmppSettings {
            domains: Domains::new(vec![Domain::parse("example.org").unwrap()]).unwrap(),
            server: None,
            tls: None,
            timeout: std::time::Duration::from_secs(5),
            bans_after: None,
        };
        assert_eq!(settings.subject_fault("ada@example.org"), None);
        for subject in ["Ada@Example.org", "ada", "ada@EXAMPLE.ORG"] {
            let fault = settings.subject_fault(subject).unwrap();
            assert!(fault.ends_with(": ada@example.org"), "{subject}: {fault}");
        }
        assert!(settings.subject_fault("ada@elsewhere.org").unwrap().contains("not a JID of one of"));
    }
}
