//! Defaults for directory products.

/// The products with defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    OpenLdap,
    ActiveDirectory,
}

/// The values of the key `preset`.
pub const PRESETS: [(&str, Preset); 2] =
    [("openldap", Preset::OpenLdap), ("active-directory", Preset::ActiveDirectory)];

/// The defaults of a preset.
#[derive(Debug)]
pub struct Defaults {
    pub filter: &'static str,
    pub subject_attribute: &'static str,
    /// Claim and attribute.
    pub claims: &'static [(&'static str, &'static str)],
    pub group_filter: &'static str,
}

impl Preset {
    pub const fn defaults(self) -> Defaults {
        match self {
            Self::OpenLdap => Defaults {
                filter: "(uid={username})",
                // RFC 4530
                subject_attribute: "entryUUID",
                claims: &[("preferred_username", "uid"), ("name", "cn"), ("email", "mail")],
                group_filter: "(|(member={dn})(uniqueMember={dn})(memberUid={username}))",
            },
            Self::ActiveDirectory => Defaults {
                // Only people: the account of a machine has a sAMAccountName, too.
                filter: "(&(objectCategory=person)(objectClass=user)\
                         (|(sAMAccountName={username})(userPrincipalName={username})))",
                subject_attribute: "objectGUID",
                claims: &[("preferred_username", "sAMAccountName"), ("name", "displayName"), ("email", "mail")],
                // LDAP_MATCHING_RULE_IN_CHAIN finds groups of groups, which `memberOf` does not name.
                group_filter: "(&(objectClass=group)(member:1.2.840.113556.1.4.1941:={dn}))",
            },
        }
    }
}

/// How a name may be typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameForm {
    Plain,
    /// `EXAMPLE\ada` is `ada`. With a domain, only names of that domain.
    DownLevel {
        domain: Option<String>,
    },
}

impl NameForm {
    /// The name to look for; `None` for a name of another domain.
    pub fn bare_name<'n>(&self, typed: &'n str) -> Option<&'n str> {
        let Self::DownLevel { domain } = self else { return Some(typed) };
        let Some((typed_domain, name)) = typed.split_once('\\') else { return Some(typed) };
        let is_accepted = domain.as_ref().is_none_or(|domain| domain.eq_ignore_ascii_case(typed_domain));
        (is_accepted && !name.trim().is_empty()).then_some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::{NameForm, PRESETS};
    use crate::upstream::ldap::template::Filter;

    #[test]
    fn the_filters_of_every_preset_are_valid() {
        for (name, preset) in PRESETS {
            assert!(Filter::of_people(preset.defaults().filter).is_ok(), "{name}");
            assert!(Filter::of_groups(preset.defaults().group_filter).is_ok(), "{name}");
        }
    }

    #[test]
    fn a_domain_before_the_name_is_removed_if_it_is_ours() {
        let any = NameForm::DownLevel { domain: None };
        let example = NameForm::DownLevel { domain: Some("EXAMPLE".into()) };
        assert_eq!(
            (any.bare_name("X\\ada"), any.bare_name("ada"), any.bare_name("ada@x.org")),
            (Some("ada"), Some("ada"), Some("ada@x.org"))
        );
        assert_eq!(
            (example.bare_name("example\\ada"), example.bare_name("OTHER\\ada"), example.bare_name("example\\")),
            (Some("ada"), None, None)
        );
        assert_eq!(NameForm::Plain.bare_name("X\\ada"), Some("X\\ada"));
    }
}
