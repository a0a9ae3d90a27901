//! `kind = "ldap"`: its row in the table of kinds, and how its module is opened.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Ldap;
use super::settings::{LdapSettings, LoginMethod, parse};
use crate::base::ids::{Group, Issuer, ProviderId};
use crate::config::reader::Section;
use crate::config::{Provider, ProviderKind, SignInMethod};
use crate::upstream::LoginModule;
use crate::upstream::settings::{Email, IssuerOrigin, KindSettings, OpenContext, OpenError, ProviderSettings};

/// `kind = "ldap"`
pub struct Kind;

impl ProviderKind<ProviderSettings> for Kind {
    fn name(&self) -> &'static str {
        "ldap"
    }

    fn method(&self) -> SignInMethod {
        SignInMethod::Password
    }

    fn parse(&self, section: &mut Section) -> Option<ProviderSettings> {
        Some(Arc::new(parse(section)?))
    }
}

impl KindSettings for LdapSettings {
    fn open(
        self: Arc<Self>,
        provider: &Provider<ProviderSettings>,
        context: &mut OpenContext<'_>,
    ) -> Result<Arc<dyn LoginModule>, OpenError> {
        let (id, ca, clock) = (provider.id.clone(), provider.ca.as_deref(), context.clock.clone());
        Ok(Arc::new(Ldap::new(id, self, &provider.groups, ca, clock)?))
    }

    fn issuer(&self, _: &ProviderId) -> Issuer {
        self.issuer.clone()
    }

    fn issuer_origin(&self) -> IssuerOrigin {
        IssuerOrigin::Operator
    }

    fn untested(&self) -> &'static str {
        match self.login_method {
            LoginMethod::Direct(_) => "the bind as a person, and the entry and groups that a person may read",
            LoginMethod::Search(_) => "the search for a person, their password, and their groups",
        }
    }

    fn email(&self, id: &ProviderId) -> Email {
        if self.claims.contains_key("email") {
            return Email::MayCome;
        }
        let fix = format!(
            "add email = \"mail\" to `claims` of [provider.{id}], and email_verified = true if people can't change \
             their own address there"
        );
        Email::NotRequested { fix }
    }

    fn unmatchable_groups(&self, groups: &BTreeMap<String, Group>) -> Vec<(String, String)> {
        self.unmatchable_keys(groups.keys())
    }
}
