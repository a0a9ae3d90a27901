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
        // RFC 4512 §2.5: case means nothing in the name of an attribute.
        let name = |attribute: &str| attribute.to_lowercase();
        let people = match &self.login_method {
            LoginMethod::Direct(dn) => json!({ "bind_dn": dn }),
            LoginMethod::Search(search) => json!({
                "base": canonical_base(&search.base),
                "filter": search.filter,
                "one_level": search.scope == Scope::OneLevel,
            }),
        };
        let group_search = self.group_search.as_ref().map(|groups| {
            let (attribute, base) = (name(&groups.attribute), canonical_base(&groups.base));
            json!({ "attribute": attribute, "base": base, "filter": groups.filter })
        });
        let claims: BTreeMap<_, _> = self.claims.iter().map(|(claim, attribute)| (claim, name(attribute))).collect();
        json!({
            "claims": claims,
            "email_verified": self.email_trust == EmailTrust::Verified,
            "group_search": group_search,
            "groups_by_name": self.member_of.groups == GroupNameForm::Name,
            "member_of": name(&self.member_of.attribute),
            "people": people,
            "subject": name(&self.subject_attribute),
        })
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

    /// The former attribute is not known, so only the form of its values can tell.
    fn former_subject(&self, subject: &str) -> Option<String> {
        let attribute = &self.subject_attribute;
        match (SubjectForm::of(attribute)?, SubjectForm::Uuid.has(subject)) {
            (form, _) if form.has(subject) => None,
            (_, true) => Some(format!(
                "subject_attribute is {attribute}, but {subject:?} is a UUID, as entryUUID and objectGUID hold it"
            )),
            (_, false) => {
                Some(format!("subject_attribute is {attribute}, but {subject:?} has not the form of its values"))
            }
        }
    }

    fn unmatchable_groups(&self, groups: &BTreeMap<String, Group>) -> Vec<(String, String)> {
        self.unmatchable_keys(groups.keys())
    }
}

/// The form of the values of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SubjectForm {
    /// As RFC 4530 has it. We write `objectGUID` in this form, too.
    Uuid,
    /// Four groups of eight hexadecimal digits, as 389 Directory Server writes them.
    NsUniqueId,
    /// A number or a short text that an organisation gives.
    Number,
}

impl SubjectForm {
    /// `None`: any value is possible.
    fn of(attribute: &str) -> Option<Self> {
        match attribute.to_ascii_lowercase().as_str() {
            "entryuuid" | "objectguid" | "ipauniqueid" => Some(Self::Uuid),
            "nsuniqueid" => Some(Self::NsUniqueId),
            "employeenumber" | "employeeid" | "uidnumber" => Some(Self::Number),
            _ => None,
        }
    }

    fn has(self, subject: &str) -> bool {
        let groups_of = |lengths: &[usize]| {
            let groups: Vec<&str> = subject.split('-').collect();
            groups.len() == lengths.len()
                && groups
                    .iter()
                    .zip(lengths)
                    .all(|(group, length)| group.len() == *length && group.bytes().all(|byte| byte.is_ascii_hexdigit()))
        };
        match self {
            Self::Uuid => groups_of(&[8, 4, 4, 4, 12]),
            Self::NsUniqueId => groups_of(&[8, 8, 8, 8]),
            Self::Number => !Self::Uuid.has(subject) && !Self::NsUniqueId.has(subject),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SubjectForm;

    #[test]
    fn the_form_of_a_subject_shows_that_another_attribute_gave_it() {
        let (uuid, ns, number) =
            ("e07886d6-11d2-103f-8a2b-9f0a3b1c2d4e", "66446001-1dd211b2-66225011-2ee211db", "4711");
        for (attribute, expected) in [
            ("entryUUID", [true, false, false]),
            ("objectGUID", [true, false, false]),
            ("nsUniqueId", [false, true, false]),
            ("employeeNumber", [false, false, true]),
        ] {
            let form = SubjectForm::of(attribute).unwrap();
            assert_eq!([uuid, ns, number].map(|subject| form.has(subject)), expected, "{attribute}");
        }
        assert_eq!(SubjectForm::of("eduPersonUniqueId"), None);
    }
}
