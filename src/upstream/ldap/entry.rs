//! What an entry says about a person: subject, claims, groups.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use ldap3::SearchEntry;
use serde_json::{Map, Value};

use super::dn::{first_rdn, prepare_for_matching};
use super::settings::{GroupNameForm, MemberOf};
use crate::base::ids::Subject;
use crate::signin::identify::MAX_SUBJECT_LENGTH;

/// One entry. The names of its attributes are in lower case, since case has no meaning in them (RFC 4512 §2.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub dn: String,
    attributes: BTreeMap<String, Vec<Vec<u8>>>,
}

/// Why an entry has no subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubjectError {
    Missing,
    Several,
    Unreadable,
}

impl SubjectError {
    /// Cause and fix, for the subject's attribute.
    pub fn explain(self, attribute: &str) -> String {
        let what = match self {
            Self::Missing => format!("the entry holds no {attribute}, or we may not read it"),
            Self::Several => format!("the entry holds several values of {attribute}"),
            Self::Unreadable => format!("{attribute} of the entry is neither text nor a GUID"),
        };
        format!("{what}; check that we may read it, or name another in subject_attribute")
    }
}

impl Entry {
    pub fn new(found: SearchEntry) -> Self {
        let mut attributes: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
        let texts = found
            .attrs
            .into_iter()
            .map(|(name, values)| (name, values.into_iter().map(String::into_bytes).collect::<Vec<_>>()));
        for (name, values) in texts.chain(found.bin_attrs) {
            attributes.entry(name.to_ascii_lowercase()).or_default().extend(values);
        }
        Self { dn: found.dn, attributes }
    }

    fn values(&self, attribute: &str) -> &[Vec<u8>] {
        self.attributes.get(&attribute.to_ascii_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// The values that are text.
    pub fn texts(&self, attribute: &str) -> impl Iterator<Item = &str> {
        self.values(attribute).iter().filter_map(|value| readable(value))
    }

    /// As [`Self::texts`], with values under options of the attribute: `cn;lang-de`, `memberOf;range=0-1499` (RFC 4512
    /// §2.5).
    pub fn all_texts<'e>(&'e self, attribute: &'e str) -> impl Iterator<Item = &'e str> {
        let with_options = self.with_options(attribute).flat_map(|(_, values)| values);
        self.texts(attribute).chain(with_options.filter_map(|value| readable(value)))
    }

    /// Options and values.
    fn with_options(&self, attribute: &str) -> impl Iterator<Item = (&str, &Vec<Vec<u8>>)> {
        let beginning = attribute.to_ascii_lowercase() + ";";
        self.attributes.iter().filter_map(move |(name, values)| Some((name.strip_prefix(&beginning)?, values)))
    }

    /// The attribute to ask for next, when the server sends its values in parts:
    /// `memberOf;range=1500-*` after `memberOf;range=0-1499` (MS-ADTS §3.1.1.3.1.3.3).
    pub fn next_range(&self, attribute: &str) -> Option<String> {
        self.with_options(attribute).find_map(|(options, _)| {
            let (_, last) = options.strip_prefix("range=")?.split_once('-')?;
            let next = last.parse::<u32>().ok()?.checked_add(1)?;
            Some(format!("{attribute};range={next}-*"))
        })
    }

    /// The one value that identifies the person.
    ///
    /// # Errors
    /// When there is no such value, or there are several.
    pub fn subject(&self, attribute: &str) -> Result<Subject, SubjectError> {
        let value = match self.values(attribute) {
            [] => return Err(SubjectError::Missing),
            // Some servers send a value twice, under the name that was asked for and under their own spelling of it.
            [value, others @ ..] if others.iter().all(|other| other == value) => value,
            [..] => return Err(SubjectError::Several),
        };
        if attribute.eq_ignore_ascii_case("objectGUID") {
            return guid(value).map(Subject::from).ok_or(SubjectError::Unreadable);
        }
        let text = std::str::from_utf8(value).map_err(|_| SubjectError::Unreadable)?;
        if text.trim().is_empty() || text.len() > MAX_SUBJECT_LENGTH || text.chars().any(char::is_control) {
            return Err(SubjectError::Unreadable);
        }
        Ok(Subject::from(text))
    }

    /// The claims that the entry has values for: the attribute's value in the DN if there is one, since it is the
    /// distinguished value.
    pub fn claims(&self, wanted: &BTreeMap<String, String>) -> Map<String, Value> {
        let rdn = first_rdn(&self.dn);
        let claims = wanted.iter().filter_map(|(claim, attribute)| {
            let named = rdn.as_ref().filter(|(of, _)| of.eq_ignore_ascii_case(attribute));
            let named = named.and_then(|(_, value)| {
                let value = prepare_for_matching(value);
                self.texts(attribute).find(|text| prepare_for_matching(text) == value)
            });
            let value = named.or_else(|| self.all_texts(attribute).next())?;
            Some((claim.clone(), value.into()))
        });
        claims.collect()
    }

    /// The claims that are not in `claims`, though their attribute has values: they are not text.
    pub fn unreadable_claims<'w>(
        &self,
        wanted: &'w BTreeMap<String, String>,
        claims: &Map<String, Value>,
    ) -> impl Iterator<Item = (&'w str, &'w str)> {
        wanted.iter().filter(|(claim, _)| !claims.contains_key(*claim)).filter_map(|(claim, attribute)| {
            let is_text = |value: &Vec<u8>| std::str::from_utf8(value).is_ok();
            let mut all =
                self.values(attribute).iter().chain(self.with_options(attribute).flat_map(|(_, values)| values));
            (!all.all(is_text)).then_some((claim.as_str(), attribute.as_str()))
        })
    }

    /// The groups that the entry itself names.
    pub fn groups(&self, member_of: &MemberOf) -> BTreeSet<String> {
        let dns = self.all_texts(&member_of.attribute);
        dns.filter_map(|dn| match member_of.groups {
            GroupNameForm::Dn => Some(dn.to_owned()),
            GroupNameForm::Name => first_rdn(dn).map(|(_, value)| value),
        })
        .collect()
    }
}

/// A value that is text and not empty.
fn readable(value: &[u8]) -> Option<&str> {
    std::str::from_utf8(value).ok().filter(|text| !text.trim().is_empty())
}

/// As Microsoft writes it: the first three groups are little-endian (MS-DTYP §2.3.4).
fn guid(bytes: &[u8]) -> Option<String> {
    let [a0, a1, a2, a3, b0, b1, c0, c1, rest @ ..] = <[u8; 16]>::try_from(bytes).ok()?;
    let order = [a3, a2, a1, a0, b1, b0, c1, c0];
    let bytes = order.into_iter().chain(rest).zip(0..);
    Some(bytes.fold(String::with_capacity(36), |mut text, (byte, at)| {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        _ = write!(text, "{byte:02x}");
        text
    }))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap};

    use ldap3::SearchEntry;

    use super::{Entry, SubjectError};
    use crate::upstream::ldap::settings::{GroupNameForm, MemberOf};

    fn entry(dn: &str, attributes: &[(&str, &[&str])], binary: &[(&str, &[u8])]) -> Entry {
        let owned = |(name, values): &(&str, &[&str])| ((*name).into(), values.iter().map(|v| (*v).into()).collect());
        Entry::new(SearchEntry {
            dn: dn.into(),
            attrs: attributes.iter().map(owned).collect(),
            bin_attrs: binary
                .iter()
                .map(|(name, value)| ((*name).into(), vec![value.to_vec()]))
                .collect::<HashMap<_, _>>(),
        })
    }

    #[test]
    fn a_guid_is_written_as_microsoft_writes_it_even_if_its_bytes_happen_to_be_text() {
        let bytes: [u8; 16] =
            [0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff];
        let found = entry("cn=a", &[], &[("objectGUID", &bytes)]);
        assert_eq!(found.subject("objectguid").unwrap().as_str(), "00112233-4455-6677-8899-aabbccddeeff");
        let text = entry("cn=a", &[("objectGUID", &["abcdefghijklmnop"])], &[]);
        assert_eq!(text.subject("objectGUID").unwrap().as_str(), "64636261-6665-6867-696a-6b6c6d6e6f70");
        assert_eq!(
            entry("cn=a", &[("objectGUID", &["short"])], &[]).subject("objectGUID"),
            Err(SubjectError::Unreadable)
        );
    }

    #[test]
    fn a_subject_is_exactly_one_value() {
        let found =
            entry("uid=ada", &[("entryUUID", &["u-1"]), ("two", &["a", "b"]), ("empty", &[" "])], &[("bin", &[0xff])]);
        assert_eq!(found.subject("ENTRYUUID").unwrap().as_str(), "u-1");
        assert_eq!(found.subject("none"), Err(SubjectError::Missing));
        assert_eq!(found.subject("two"), Err(SubjectError::Several));
        let twice = entry("uid=ada", &[("entryUUID", &["u-1", "u-1"]), ("entryuuid", &["u-1"])], &[]);
        assert_eq!(twice.subject("entryUUID").unwrap().as_str(), "u-1", "the same value twice");
        assert_eq!(
            (found.subject("empty"), found.subject("bin")),
            (Err(SubjectError::Unreadable), Err(SubjectError::Unreadable))
        );
    }

    #[test]
    fn a_claim_prefers_the_value_in_the_dn() {
        let wanted =
            BTreeMap::from([("preferred_username".to_owned(), "uid".to_owned()), ("name".into(), "cn".into())]);
        let found = entry("uid=ada,dc=x", &[("UID", &["zoe", "ada"]), ("cn", &["Ada Lovelace", "A. Lovelace"])], &[]);
        let claims = found.claims(&wanted);
        assert_eq!((&claims["preferred_username"], &claims["name"]), (&"ada".into(), &"Ada Lovelace".into()));
        // Servers may write the value in the DN in another case.
        let found = entry("uid=ADA,dc=x", &[("uid", &["zoe", "Ada"])], &[]);
        assert_eq!(found.claims(&wanted)["preferred_username"], "Ada");
    }

    #[test]
    fn values_with_options_give_claims_but_never_a_subject() {
        let wanted = BTreeMap::from([("name".to_owned(), "cn".to_owned()), ("email".to_owned(), "mail".to_owned())]);
        let found =
            entry("uid=ada", &[("CN;lang-de", &["Gräfin"]), ("cn;lang-en", &["Countess"]), ("mail", &[""])], &[]);
        assert_eq!(found.claims(&wanted)["name"], "Gräfin");
        assert!(!found.claims(&wanted).contains_key("email"));
        assert_eq!(found.subject("cn"), Err(SubjectError::Missing));
        assert_eq!(found.texts("cn").count(), 0);
        let found = entry("uid=ada", &[("cn;lang-de", &["Gräfin"]), ("cn", &["Ada"])], &[("mail", &[0xff, 0x00])]);
        assert_eq!(found.claims(&wanted)["name"], "Ada");
        assert!(!found.claims(&wanted).contains_key("email"));
    }

    #[test]
    fn a_claim_without_text_is_reported_and_a_missing_one_is_not() {
        let wanted = [("name", "jpegPhoto"), ("email", "mail"), ("nickname", "cn"), ("x", "empty")];
        let wanted = wanted.map(|(claim, attribute)| (claim.to_owned(), attribute.to_owned())).into();
        let found = entry("uid=ada", &[("cn", &["Ada"]), ("empty", &[""])], &[("jpegPhoto", &[0xff, 0xd8])]);
        let claims = found.claims(&wanted);
        assert_eq!(found.unreadable_claims(&wanted, &claims).collect::<Vec<_>>(), [("name", "jpegPhoto")]);
    }

    #[test]
    fn an_attribute_in_parts_is_read_to_its_end() {
        let part = |option: &str| {
            let found = entry("cn=ada", &[(option, &["cn=staff,dc=x"]), ("memberOf", &[])], &[]);
            let groups = found.groups(&MemberOf { attribute: "memberOf".into(), groups: GroupNameForm::Name });
            assert_eq!(groups.into_iter().collect::<Vec<_>>(), ["staff"], "{option}");
            found.next_range("memberOf")
        };
        assert_eq!(part("memberOf;range=0-1499").as_deref(), Some("memberOf;range=1500-*"));
        assert_eq!(part("MEMBEROF;Range=1500-2999").as_deref(), Some("memberOf;range=3000-*"));
        for end in ["memberOf;range=1500-*", "memberOf;range=0-4294967295", "memberOf;range=x", "memberOf;x-range=0-1"]
        {
            assert_eq!(part(end), None, "{end}");
        }
    }

    #[test]
    fn groups_are_named_by_their_dn_or_their_name() {
        let found = entry("uid=ada", &[("memberOf", &["cn=staff,ou=groups", "cn=a+ou=b,dc=x"])], &[]);
        let by = |groups| found.groups(&MemberOf { attribute: "memberof".into(), groups });
        assert_eq!(by(GroupNameForm::Dn).into_iter().collect::<Vec<_>>(), ["cn=a+ou=b,dc=x", "cn=staff,ou=groups"]);
        assert_eq!(by(GroupNameForm::Name).into_iter().collect::<Vec<_>>(), ["staff"]);
    }
}
