//! `kind = "ldap"`: its row in the table of kinds, and how its module is opened.

use std::collections::BTreeMap;
use std::sync::Arc;

use ldap3::Scope;
use serde_json::{Value, json};

use super::Ldap;
use super::settings::{EmailTrust, GroupNameForm, LdapSettings, LoginMethod, canonical_base, parse};
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

    fn identity_settings(&self) -> Value {
        let people = match &self.login_method {
            LoginMethod::Direct(dn) => json!({ "bind_dn": dn }),
            LoginMethod::Search(search) => json!({
                "base": canonical_base(&search.base),
                "filter": search.filter,
                "one_level": search.scope == Scope::OneLevel,
            }),
        };
        let group_search = self.group_search.as_ref().map(|groups| {
            let (attribute, base) = (attribute_name(&groups.attribute), canonical_base(&groups.base));
            json!({ "attribute": attribute, "base": base, "filter": groups.filter })
        });
        let claims: BTreeMap<_, _> =
            self.claims.iter().map(|(claim, attribute)| (claim, attribute_name(attribute))).collect();
        json!({
            "claims": claims,
            "email_verified": self.email_trust == EmailTrust::Verified,
            "group_search": group_search,
            "groups_by_name": self.member_of.groups == GroupNameForm::Name,
            "member_of": attribute_name(&self.member_of.attribute),
            "people": people,
            "subject": attribute_name(&self.subject_attribute),
        })
    }

    fn untested(&self) -> &'static str {
        match self.login_method {
            LoginMethod::Direct(_) => "the bind as a person, and the entry and groups that a person may read",
            LoginMethod::Search(_) => "the search for a person, their password, and their groups",
        }
    }

    fn why_unverified(&self, id: &ProviderId) -> Option<String> {
        match (self.email(id), self.email_trust) {
            (Email::NotRequested { fix }, _) => Some(fix),
            (_, EmailTrust::Unverified) => {
                Some("set email_verified = true if people can't change their own address there".to_owned())
            }
            (Email::MayCome | Email::NeverComes, EmailTrust::Verified) => None,
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

    fn subject_source(&self) -> String {
        attribute_name(&self.subject_attribute)
    }

    fn unmatchable_groups(&self, groups: &BTreeMap<String, Group>) -> Vec<(String, String)> {
        self.unmatchable_keys(groups.keys())
    }
}

/// RFC 4512 §2.5: case means nothing in the name of an attribute.
fn attribute_name(attribute: &str) -> String {
    attribute.to_lowercase()
}
