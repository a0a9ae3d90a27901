//! Tenants: the organizations at Microsoft, each with an issuer of its own.

use std::collections::BTreeSet;

use crate::base::ids::Issuer;
use crate::config::preset::{InputForm, is_guid};
use crate::config::reader::{Fault, Section, one_or_more, parsed};

/// What is before and after the id of a tenant in its issuer.
const BEFORE: &str = "https://login.microsoftonline.com/";
const AFTER: &str = "/v2.0";

/// The tenant of all personal accounts.
const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// Whose people may sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tenants {
    /// Those of the tenant whose issuer the config has.
    One,
    Listed(BTreeSet<String>),
    Any,
}

/// A word of the list.
enum Word {
    Any,
    Id(String),
}

impl Tenants {
    /// Reads the key. A list excludes the key `tenant`, and with it the issuer.
    pub fn read(section: &mut Section) -> Self {
        const KEY: &str = "tenants";
        let words = section.optional(KEY, one_or_more(parsed(word)));
        if !section.has(KEY) {
            return Self::One;
        }
        if section.has("tenant") {
            section.note_fault(KEY, Fault::new("and `tenant` exclude each other").fix("keep one"));
        }
        section.reject_key("issuer", Fault::new("and `tenants` exclude each other").fix("keep one"));
        let words = words.unwrap_or_default();
        if words.len() > 1 && words.iter().any(|word| matches!(word, Word::Any)) {
            section
                .note_fault(KEY, Fault::new("holds \"any\" beside an id").fix("write tenants = \"any\", or ids alone"));
        }
        let ids = words.into_iter().map(|word| match word {
            Word::Any => None,
            Word::Id(id) => Some(id),
        });
        ids.collect::<Option<BTreeSet<_>>>().map_or(Self::Any, Self::Listed)
    }

    /// The id of the tenant, if a list has no other.
    fn only(&self) -> Option<&str> {
        match self {
            Self::Listed(ids) if ids.len() == 1 => ids.first().map(String::as_str),
            Self::One | Self::Listed(_) | Self::Any => None,
        }
    }

    /// Whether the people of more than one tenant may sign in.
    pub fn are_several(&self) -> bool {
        *self != Self::One && self.only().is_none()
    }

    /// The issuer in the metadata: that of the only tenant, or a pattern for several, which no token has.
    pub fn issuer(&self) -> Issuer {
        format!("{BEFORE}{}{AFTER}", self.only().unwrap_or("{tenantid}")).into()
    }

    /// The address of the metadata, unless it is below the issuer in the config. Its sign-in page offers the kinds of
    /// account that may sign in, and no others. A registration for one tenant is refused at `organizations` and
    /// `common`, and one for personal accounts alone at every address but `consumers`.
    pub fn metadata_address(&self) -> Option<String> {
        let authority = match (self, self.only()) {
            (Self::One, _) => return None,
            (Self::Listed(_), Some(PERSONAL)) => "consumers",
            (Self::Listed(_), Some(id)) => id,
            (Self::Listed(ids), None) if !ids.contains(PERSONAL) => "organizations",
            (Self::Listed(_) | Self::Any, _) => "common",
        };
        Some(format!("{BEFORE}{authority}{AFTER}/.well-known/openid-configuration"))
    }

    /// Whether the people of this tenant may sign in.
    pub fn admit(&self, id: &str) -> bool {
        match self {
            Self::One => false,
            Self::Listed(ids) => ids.contains(id),
            Self::Any => true,
        }
    }
}

fn word(text: &str) -> Result<Word, Fault> {
    if text == "any" {
        return Ok(Word::Any);
    }
    let checked = InputForm::Guid.check(text);
    checked.map(Word::Id).map_err(|fault| fault.within(&format!("holds {text:?}, and each of them")))
}

/// The issuer of a tenant. `None` if that is not the id of one.
pub fn issuer_of(id: &str) -> Option<Issuer> {
    is_guid(id).then(|| format!("{BEFORE}{id}{AFTER}").into())
}

/// The tenant of an issuer. `None` if that is not the issuer of one.
pub fn tenant_of(issuer: &str) -> Option<&str> {
    issuer.strip_prefix(BEFORE)?.strip_suffix(AFTER).filter(|id| is_guid(id))
}

#[cfg(test)]
mod tests {
    use super::{PERSONAL, Tenants, issuer_of, tenant_of};

    // C12
    #[test]
    fn only_the_issuer_of_a_tenant_names_one() {
        let issuer = issuer_of(PERSONAL).unwrap();
        assert_eq!(tenant_of(issuer.as_str()), Some(PERSONAL));
        assert_eq!(Tenants::Any.issuer().as_str(), "https://login.microsoftonline.com/{tenantid}/v2.0");
        for other in [
            "https://login.microsoftonline.com/{tenantid}/v2.0",
            "https://login.microsoftonline.com/common/v2.0",
            "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0/",
            "https://login.microsoftonline.com/9188040D-6C67-4C5B-B112-36A304B66DAD/v2.0",
            "https://login.microsoftonline.com/x/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0",
            "https://sts.windows.net/9188040d-6c67-4c5b-b112-36a304b66dad/",
            "http://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0",
            "https://login.microsoftonline.com/v2.0",
        ] {
            assert_eq!(tenant_of(other), None, "{other}");
        }
        for id in ["", "common", "9188040d-6c67-4c5b-b112-36a304b66dad/../x", "9188040D-6c67-4c5b-b112-36a304b66dad"] {
            assert_eq!(issuer_of(id), None, "{id}");
        }
    }

    #[test]
    fn personal_accounts_have_metadata_of_their_own() {
        let address = |tenants: Tenants| tenants.metadata_address();
        let organization = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490".to_owned();
        let [any, listed] = [Tenants::Any, Tenants::Listed([organization.clone(), PERSONAL.to_owned()].into())];
        for several in [any, listed] {
            assert!(address(several).is_some_and(|address| address.contains("/common/v2.0/")));
        }
        let other = "72f988bf-86f1-41af-91ab-2d7cd011db47".to_owned();
        let organizations = Tenants::Listed([organization, other].into());
        assert!(address(organizations).is_some_and(|address| address.contains("/organizations/v2.0/")));
        assert_eq!(address(Tenants::One), None);
    }

    // C19
    #[test]
    fn one_listed_tenant_has_metadata_and_an_issuer_of_its_own() {
        let organization = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490";
        for (id, authority) in [(organization, organization), (PERSONAL, "consumers")] {
            let tenants = Tenants::Listed([id.to_owned()].into());
            let metadata =
                format!("https://login.microsoftonline.com/{authority}/v2.0/.well-known/openid-configuration");
            assert_eq!((tenants.metadata_address(), Some(tenants.issuer())), (Some(metadata), issuer_of(id)));
            assert!(!tenants.are_several());
        }
        assert!(Tenants::Any.are_several() && !Tenants::One.are_several());
    }
}
